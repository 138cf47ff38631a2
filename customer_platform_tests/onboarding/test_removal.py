"""What takes a source out leaves no trace of it, or says what keeps it."""

import csv
import shutil
import textwrap
from pathlib import Path

import pytest
import yaml

from customer_platform.declarations import read_declarations
from customer_platform.errors import OnboardingError
from customer_platform.onboarding import describe_changes, make_changes, plan_removal, plan_source
from customer_platform.project import REPOSITORY
from customer_platform_tests.onboarding.test_plan import APP, CUSTOMERS, _plan
from customer_platform_tests.support.onboarding import MEMBERS, Deliver, content
from customer_platform_tests.support.projects import checkout

# What each business model's demo has that a company doesn't.
DEMO = {
    "retail": ["crm", "newsletter", "pos", "support", "web", "webshop"],
    "marketplace": ["app", "helpdesk", "sales_crm", "seller_portal", "web"],
    "b2b": ["crm", "erp", "web", "webinar"],
}


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    """A copy of all business models, without what dbt leaves when it is called by hand."""
    made = shutil.ignore_patterns("target", "logs", "__pycache__")
    for folder in ("customer_platform/defs", "dbt"):
        shutil.copytree(REPOSITORY / folder, tmp_path / folder, ignore=made)
    return tmp_path


def test_taking_out_what_was_added_restores_every_file(deliver: Deliver, project: Path) -> None:
    before = content(project)
    make_changes(_plan(project, deliver(MEMBERS)))
    make_changes(plan_removal(checkout(project), "retail", ["app"]))
    assert content(project) == before
    assert not (project / "dbt/models/retail/staging/app").exists()
    assert not (project / "customer_platform/defs/retail/sources/app").exists()


@pytest.mark.parametrize("model", DEMO)
def test_the_sources_of_the_demo_leave_nothing_behind_that_names_them(
    whole: Path, model: str
) -> None:
    make_changes(plan_removal(checkout(whole), model, DEMO[model]))
    declared = read_declarations(checkout(whole), model)
    assert declared.sources == {}
    assert declared.facts is not None
    listed = [
        view
        for views in (
            *(entity.sources for entity in declared.entities.values()),
            *declared.facts.sources.values(),
        )
        for view in views
    ]
    staging = whole / "dbt" / "models" / model / "staging"
    left = {path.stem for path in staging.rglob("stg_*.sql")}
    gone = {path.stem for path in (REPOSITORY / "dbt" / "models" / model).rglob("stg_*.sql")} - left
    assert gone
    assert gone.isdisjoint(listed)
    read = [path for path in (whole / "dbt").rglob("*") if path.suffix in (".sql", ".yml")]
    text = "".join(path.read_text() for path in read if model in path.parts)
    assert not [view for view in gone if f"ref('{view}')" in text]
    with (whole / "dbt" / "seeds" / model / "source_precedence.csv").open() as seed:
        assert {row["source"] for row in csv.DictReader(seed)}.isdisjoint(DEMO[model])


def test_a_source_can_be_added_where_the_last_one_was_taken_out(
    deliver: Deliver, whole: Path
) -> None:
    make_changes(plan_removal(checkout(whole), "retail", DEMO["retail"]))
    path = whole / CUSTOMERS
    assert yaml.safe_load(path.read_text())["attributes"]["sources"] == []
    make_changes(_plan(whole, deliver(MEMBERS)))
    assert yaml.safe_load(path.read_text())["attributes"]["sources"] == ["stg_app__members"]


def test_what_refers_to_a_source_keeps_it_and_is_listed(whole: Path) -> None:
    reader = whole / "dbt/models/b2b/master/mail_opens.sql"
    reader.write_text("select * from {{ ref('stg_web__events') }}\n")
    before = content(whole)
    overrides = whole / "dbt/seeds/b2b/contact_link_overrides.csv"
    overrides.write_text(overrides.read_text() + "same,web,1,crm,2,anna,2024-01-01,one person\n")
    with pytest.raises(OnboardingError) as raised:
        plan_removal(checkout(whole), "b2b", ["web"])
    message = str(raised.value)
    assert "dbt/models/b2b/master/mail_opens.sql: refers to stg_web__events" in message
    assert "contact_link_overrides.csv: 1 line names records of it" in message
    overrides.write_text(before["dbt/seeds/b2b/contact_link_overrides.csv"])
    assert content(whole) == before


@pytest.mark.parametrize(
    "text",
    [
        "select * from {{ ref('customer_platform', 'stg_support__contacts') }}",
        '{% set model = ref( "stg_support__contacts" ) %}select * from {{ model }}',
        "select 1 -- {{ ref('stg_support__contacts') }}",
        "select 1 -- {{ source('support', 'contacts') }}",
    ],
)
def test_dbt_is_understood_however_it_names_a_view(whole: Path, text: str) -> None:
    model = whole / "dbt/models/retail/master/mine.sql"
    model.write_text(text)
    named = r"master/mine\.sql: (refers to stg_|reads source )support"
    with pytest.raises(OnboardingError, match=named):
        plan_removal(checkout(whole), "retail", ["support"])
    model.write_text("select 'ref' as said {# ref('stg_support__contacts') #}")
    assert plan_removal(checkout(whole), "retail", ["support"])


def test_a_template_that_cannot_be_read_is_named_with_its_line(whole: Path) -> None:
    model = whole / "dbt/models/retail/master/mine.sql"
    model.write_text("select 1\nfrom {{ ref('orders' }}")
    with pytest.raises(OnboardingError, match=r"mine\.sql:2: is no valid template"):
        plan_removal(checkout(whole), "retail", ["support"])


def test_a_source_that_is_not_there_is_told_with_those_that_are(whole: Path) -> None:
    with pytest.raises(OnboardingError, match=r"no source 'crn'; did you mean 'crm'.*webshop"):
        plan_removal(checkout(whole), "retail", ["crn"])


def test_unit_tests_over_its_views_go_and_the_others_stay(whole: Path) -> None:
    tests = whole / "dbt/models/b2b/identity/account_source_lookup_unit_tests.yml"
    kept = yaml.safe_load(tests.read_text())["unit_tests"][0] | {"name": "of_others", "given": []}
    tests.write_text(tests.read_text() + textwrap.indent(yaml.safe_dump([kept]), "  "))
    changes = plan_removal(checkout(whole), "b2b", ["crm", "erp"])
    said = describe_changes(changes, whole)
    assert "removed    customer_platform/defs/b2b/sources/crm/defs.yaml" in said
    assert "shortened  dbt/models/b2b/identity/account_source_lookup_unit_tests.yml" in said
    make_changes(changes)
    names = [each["name"] for each in yaml.safe_load(tests.read_text())["unit_tests"]]
    assert names == ["of_others"]


def test_where_a_file_cannot_be_taken_away_all_stay(
    deliver: Deliver, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_changes(_plan(project, deliver(MEMBERS)))
    before = content(project)
    unlink = Path.unlink

    def fails(path: Path, missing_ok: bool = False) -> None:
        if path.name == "stg_app__members.sql":
            raise PermissionError(path)
        unlink(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", fails)
    with pytest.raises(PermissionError):
        make_changes(plan_removal(checkout(project), "retail", ["app"]))
    assert content(project) == before
    assert plan_source(checkout(project), APP, []) == []
