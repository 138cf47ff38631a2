"""What is written: valid, the same when run again, and never over what a person has written."""

from pathlib import Path

import pytest
import yaml

from customer_platform.components import DatabaseSource, FileSource
from customer_platform.errors import OnboardingError
from customer_platform.ingestion import SourceSpec
from customer_platform.onboarding import (
    Change,
    DatabaseOrigin,
    FileOrigin,
    NewSource,
    Wishes,
    find_deliveries,
    make_changes,
    plan_source,
    propose,
)
from customer_platform_tests.support.onboarding import (
    CUSTOMER,
    DAY,
    MARKETPLACE,
    MEMBERS,
    Deliver,
    content,
)
from customer_platform_tests.support.projects import checkout

APP = NewSource("app", "team:loyalty", "The loyalty app: members.", "retail")
DEFS = "customer_platform/defs/retail/sources/app/defs.yaml"
CUSTOMERS = "customer_platform/defs/retail/identity/defs.yaml"
SELLERS = "customer_platform/defs/marketplace/identity/seller/defs.yaml"
STAGING = "dbt/models/retail/staging/app/"


def _plan(project: Path, *paths: Path, source: NewSource = APP) -> list[Change]:
    tables = []
    for delivery in find_deliveries(paths, DAY):
        path = f"{source.name}/{delivery.table}/{delivery.table}_{{partition}}.csv"
        tables.append((propose(delivery, Wishes(), [CUSTOMER]), FileOrigin(path, delivery)))
    return plan_source(checkout(project), source, tables)


def test_a_source_is_a_declaration_a_view_its_contract_and_two_lines(
    deliver: Deliver, project: Path
) -> None:
    before = content(project)
    make_changes(_plan(project, deliver(MEMBERS)))
    after = content(project)
    assert set(after) - set(before) == {
        DEFS, f"{STAGING}app.yml", f"{STAGING}stg_app__members.sql",
        f"{STAGING}stg_app__members.yml",
    }  # fmt: skip
    assert yaml.safe_load(after[CUSTOMERS])["attributes"]["sources"][-1] == "stg_app__members"
    assert after["dbt/seeds/retail/source_precedence.csv"].endswith("app,*,6\n")
    # Nothing else of the files that were there is touched.
    changed = {path: text for path, text in before.items() if after[path] != text}
    assert set(changed) == {CUSTOMERS, "dbt/seeds/retail/source_precedence.csv"}
    for path, text in changed.items():
        added = [line for line in after[path].splitlines() if line not in text.splitlines()]
        assert len(added) == 1, added
        assert "".join(after[path].splitlines(keepends=True)).replace(f"{added[0]}\n", "") == text


def test_the_declaration_is_valid_and_says_what_was_found(deliver: Deliver, project: Path) -> None:
    make_changes(_plan(project, deliver(MEMBERS)))
    attributes = yaml.safe_load((project / DEFS).read_text())["attributes"]
    spec = SourceSpec.model_validate(attributes)
    assert FileSource.resolve_from_yaml(yaml.safe_dump(attributes)).source == "app"
    [table] = spec.tables
    assert (table.load_mode, table.primary_key, table.partition_column, table.required) == (
        "delta", ["member_no"], "changed", False,
    )  # fmt: skip
    assert spec.description == "The loyalty app: members."
    assert all(column.description for column in table.columns.values())


def test_running_it_again_changes_nothing(deliver: Deliver, project: Path) -> None:
    paths = [deliver(MEMBERS), deliver("order_id,qty\n1,2\n2,2\n", "orders.csv")]
    make_changes(_plan(project, *paths))
    before = content(project)
    again = _plan(project, *paths)
    assert not any(change.is_change or change.difference for change in again)
    make_changes(again)
    assert content(project) == before


def test_another_table_is_added_to_the_source_that_is_there(
    deliver: Deliver, project: Path
) -> None:
    make_changes(_plan(project, deliver(MEMBERS)))
    comment = "# Reviewed by the loyalty team.\n"
    (project / DEFS).write_text((project / DEFS).read_text() + comment)
    make_changes(_plan(project, deliver("order_id,qty\n1,2\n2,2\n", "orders.csv")))
    declared = (project / DEFS).read_text()
    assert declared.endswith(comment)
    tables = yaml.safe_load(declared)["attributes"]["tables"]
    assert [table["name"] for table in tables] == ["members", "orders"]
    [source] = yaml.safe_load((project / STAGING / "app.yml").read_text())["sources"]
    assert [table["identifier"] for table in source["tables"]] == ["app__members", "app__orders"]


def test_what_a_person_has_changed_is_kept_and_shown(deliver: Deliver, project: Path) -> None:
    path = deliver(MEMBERS)
    make_changes(_plan(project, path))
    view = project / STAGING / "stg_app__members.sql"
    view.write_text(view.read_text().replace("changed as created_at", "null as created_at"))
    declared = project / DEFS
    declared.write_text(declared.read_text().replace("load_mode: delta", "load_mode: append"))
    before = content(project)
    changes = {str(change.path.relative_to(project)): change for change in _plan(project, path)}
    assert not any(change.is_change for change in changes.values())
    assert "-        null as created_at,\n+        changed as created_at," in (
        changes[f"{STAGING}stg_app__members.sql"].difference
    )
    assert changes[DEFS].difference == "load_mode: 'append' is declared, 'delta' proposed"
    make_changes(list(changes.values()))
    assert content(project) == before


def test_a_source_of_another_kind_is_not_mixed_up(deliver: Deliver, project: Path) -> None:
    path = deliver(MEMBERS)
    make_changes(_plan(project, path))
    [delivery] = find_deliveries([path], DAY)
    table = (propose(delivery, Wishes(), [CUSTOMER]), DatabaseOrigin("APP_DATABASE_URL", "members"))
    with pytest.raises(OnboardingError, match="is a FileSource already; give this one another"):
        plan_source(checkout(project), APP, [table])


def test_a_table_of_a_database_is_declared_without_its_password(
    deliver: Deliver, project: Path
) -> None:
    [delivery] = find_deliveries([deliver(MEMBERS)], DAY)
    table = (
        propose(delivery, Wishes(), [CUSTOMER]),
        DatabaseOrigin("APP_DATABASE_URL", "public.members"),
    )
    make_changes(plan_source(checkout(project), APP, [table]))
    attributes = yaml.safe_load((project / DEFS).read_text())["attributes"]
    source = DatabaseSource.resolve_from_yaml(yaml.safe_dump(attributes))
    assert source.connection == "APP_DATABASE_URL"
    assert source.tables[0].table == "public.members"


def test_records_of_another_entity_are_let_into_its_own_lookup(
    deliver: Deliver, project: Path
) -> None:
    shop = NewSource("shop", "team:sellers", "The shop.", "marketplace")
    [delivery] = find_deliveries(
        [deliver("seller_id,vat_id\n1,NL001234567B01\n", "sellers.csv")], DAY
    )
    table = (
        propose(delivery, Wishes(), MARKETPLACE),
        FileOrigin("shop/sellers_{partition}.csv", delivery),
    )
    before = yaml.safe_load((project / SELLERS).read_text())["attributes"]
    make_changes(plan_source(checkout(project), shop, [table]))
    after = yaml.safe_load((project / SELLERS).read_text())["attributes"]
    assert after == before | {"sources": [*before["sources"], "stg_shop__sellers"]}
    written = set(content(project))
    assert "customer_platform/defs/marketplace/sources/shop/defs.yaml" in written
    assert "dbt/models/marketplace/staging/shop/stg_shop__sellers.sql" in written
    precedence = (project / "dbt/seeds/marketplace/source_precedence.csv").read_text()
    assert precedence == "source,attribute,precedence\nshop,*,1\n"
    assert not any(change.is_change for change in plan_source(checkout(project), shop, [table]))


def test_a_list_that_a_program_cannot_add_to_says_what_to_add_by_hand(
    deliver: Deliver, project: Path
) -> None:
    path = project / CUSTOMERS
    text = path.read_text()
    first, last = text.index("  sources:"), text.index("  # How the golden record")
    path.write_text(f"{text[:first]}  sources: [stg_crm__customers]\n{text[last:]}")
    before = content(project)
    with pytest.raises(OnboardingError, match="add by hand: - stg_app__members"):
        _plan(project, deliver(MEMBERS))
    assert content(project) == before


def test_a_file_that_cannot_be_written_leaves_nothing_half_written(
    deliver: Deliver, project: Path
) -> None:
    changes = _plan(project, deliver(MEMBERS))
    # A folder stands where the last file is to be written.
    last = [change for change in changes if change.is_change][-1]
    last.path.unlink()
    last.path.mkdir()
    before = content(project)
    with pytest.raises(OSError, match=r"source_precedence\.csv"):
        make_changes(changes)
    assert content(project) == before
    assert not (project / STAGING).exists()


def test_records_of_two_tables_of_one_source_never_have_one_id(
    deliver: Deliver, project: Path
) -> None:
    customers = deliver("id,email\n1,a@example.com\n2,b@example.com\n", "customers.csv")
    subscribers = deliver("id,email\n1,c@example.com\n2,d@example.com\n", "subscribers.csv")
    make_changes(_plan(project, customers, subscribers))
    first = (project / f"{STAGING}stg_app__customers.sql").read_text()
    second = (project / f"{STAGING}stg_app__subscribers.sql").read_text()
    assert "        cast(id as string) as source_record_id,\n" in first
    assert "        'subscribers:' || cast(id as string) as source_record_id,\n" in second
    # Brought in again one by one, neither differs from what is proposed.
    for path in (customers, subscribers):
        assert not any(change.is_change or change.difference for change in _plan(project, path))
