"""What dbt offers on identities: the macro on their history, and the tests on overrides."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from customer_platform.identity import Delta, MatchKey, MatchRule, OutputTables, ResolutionRules
from customer_platform.identity import update_map as update
from customer_platform_tests.dbt.project import DbtError, Project

RULES = ResolutionRules(
    record_id="id",
    source="source",
    match_keys={"email": MatchKey(column="email")},
    match_rules=[MatchRule(name="email", match=["email"])],
)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Jan comes on the 1st, at the web shop on the 2nd, and leaves the CRM on the 4th."""
    project = Project(Path(tmp_path_factory.mktemp("dbt")))
    with duckdb.connect(str(project.warehouse)) as connection:
        connection.execute("drop table identity.customer_id_map")
        for moment, records in {
            "2026-01-01 23:59:59": "('crm', '1', 'jan'), ('web', '1', 'other')",
            "2026-01-02 00:00:00": "('crm', '1', 'jan'), ('web', '1', 'jan')",
            "2026-01-04 12:00:00": "('web', '1', 'jan')",
        }.items():
            update(
                connection,
                Delta(f"select * from (values {records}) as records(source, id, email)"),
                RULES,
                OutputTables("identity"),
                datetime.fromisoformat(moment),
            )
    return project


def _customers(project: Project, day: str) -> dict[tuple[str, str], str]:
    found = project.query(f"select * from {{{{ id_map_as_of('{day}') }}}} as customer_ids")
    return {(source, record_id): customer_id for source, record_id, customer_id in found}


def test_the_map_as_of_a_day_is_that_at_its_end(project: Project) -> None:
    first = _customers(project, "2026-01-01")
    assert set(first) == {("crm", "1"), ("web", "1")}
    assert first["crm", "1"] != first["web", "1"]
    second = _customers(project, "2026-01-02")
    assert set(second) == set(first)
    assert second["crm", "1"] == second["web", "1"]
    assert second["crm", "1"] in first.values()
    assert _customers(project, "2026-01-03") == second


def test_the_map_as_of_a_day_before_the_first_run_is_empty(project: Project) -> None:
    assert _customers(project, "2025-12-31") == {}


def test_a_deleted_record_is_in_no_customer_from_that_day_on(project: Project) -> None:
    assert set(_customers(project, "2026-01-04")) == {("web", "1")}


def test_the_map_as_of_no_day_is_refused(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(DbtError):
        _customers(project, "March")
    assert "id_map_as_of: 'March' is no day; write YYYY-MM-DD" in capsys.readouterr().out


def test_the_map_as_of_a_day_that_is_kept_no_longer_is_refused(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(project.declared, "history_days", 30)
    today = datetime.now(UTC).date()
    with pytest.raises(DbtError):
        _customers(project, (today - timedelta(33)).isoformat())
    assert "is kept no longer; the YAML of Retention says history_days: 30" in (
        " ".join(capsys.readouterr().out.split())
    )
    _customers(project, (today - timedelta(29)).isoformat())


@pytest.fixture
def decided(project: Project) -> Iterator[Project]:
    """The seed as it would be with a line of its own, and a lookup with the records of Jan."""
    project.execute(
        "create or replace table identity.link_overrides (kind varchar, source varchar, "
        "source_record_id varchar, other_source varchar, other_record_id varchar, "
        "author varchar, date date, reason varchar); create or replace table "
        "identity.source_lookup as from (values ('crm', '1'), ('web', '1')) "
        "as records(source, source_record_id)"
    )
    yield project
    project.execute("drop table identity.link_overrides; drop table identity.source_lookup")


def _test(project: Project, *lines: str) -> str:
    for line in lines:
        project.execute(
            f"insert into identity.link_overrides values ({line}, 'Ann', '2026-01-05', 'twins')"
        )
    return project.dbt("test", "--select", "link_overrides")


def test_an_empty_seed_and_two_known_records_pass(decided: Project) -> None:
    assert _test(decided) == ""
    assert _test(decided, "'different', 'crm', '1', 'web', '1'") == ""


@pytest.mark.parametrize(
    ("lines", "test"),
    [
        (["'maybe', 'crm', '1', 'web', '1'"], "accepted_values_link_overrides_kind"),
        (["'same', 'crm', '1', 'web', null"], "not_null_link_overrides_other_record_id"),
        (["'same', 'crm', '1', 'crm', '1'"], "link_overrides_decide_once_on_two_records"),
        (
            ["'same', 'crm', '1', 'web', '1'", "'different', 'web', '1', 'crm', '1'"],
            "link_overrides_decide_once_on_two_records",
        ),
    ],
)
def test_a_line_that_decides_nothing_fails(decided: Project, lines: list[str], test: str) -> None:
    failures = _test(decided, *lines)
    assert failures.startswith(test)
    assert "\n" not in failures


def test_a_record_that_no_source_has_is_a_warning(decided: Project) -> None:
    assert _test(decided, "'same', 'crm', '1', 'web', '2'") == ""
    warned = decided.warnings("test", "--select", "link_overrides_name_known_records")
    assert warned == ["link_overrides_name_known_records"]
