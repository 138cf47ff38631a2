"""After retention has taken ended versions, the masters are built on as if nothing had happened."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from customer_platform.declarations import Declarations, RetentionSpec, read_declarations
from customer_platform.privacy.outdated_history import outdated_versions
from customer_platform_tests.dbt.project import Project
from customer_platform_tests.support.masters_life import FIRST, SECOND, THIRD, days, order_line
from customer_platform_tests.support.projects import checkout

_CHECK = "every_customer_has_one_current_version_its_golden_record"
_VERSIONS = "select customer_id, net_revenue, valid_from, valid_to from master.customers_history"


def _deleted(project: Project, declared: Declarations) -> int:
    """Deletes the versions that have ended, as on the day after tomorrow; and says how many."""
    rows = 0
    with duckdb.connect(str(project.warehouse)) as connection:
        for each in outdated_versions(
            connection, declared, datetime.now(UTC).date() + timedelta(2)
        ):
            found = each.counted(connection)
            rows += found.rows if found else 0
            connection.execute(each.statement)
    return rows


# Five runs of dbt.
@pytest.mark.slow
def test_neither_a_run_of_days_nor_a_full_rebuild_brings_ended_versions_back(
    tmp_path: Path,
) -> None:
    project = Project(tmp_path)
    project.insert(
        "raw.webshop__customers",
        {"customer_id": 12346, "first_name": "J.", "_partition": FIRST, "_row_number": 1},
        {"customer_id": 12347, "first_name": "K.", "_partition": FIRST, "_row_number": 2},
    )
    project.insert(
        "raw.webshop__order_lines",
        order_line(FIRST, 1, "101", 2, 12346),
        order_line(FIRST, 2, "102", 1, 12347),
    )
    project.insert(
        "identity.customer_id_map",
        {"source": "webshop", "source_record_id": "12346", "customer_id": "c_1"},
        {"source": "webshop", "source_record_id": "12347", "customer_id": "c_2"},
    )
    project.dbt("seed")
    project.run({})
    project.insert("raw.webshop__order_lines", order_line(SECOND, 1, "103", 1, 12346))
    project.run(days(SECOND, SECOND))
    ended = set(project.rows(f"{_VERSIONS} where valid_to is not null"))
    assert {row[:1] for row in ended} == {("c_1",)}

    retention = RetentionSpec(owner="team:test", history_days=1)
    declared = replace(read_declarations(checkout(), "retail"), retention=retention)
    assert _deleted(project, declared) == len(ended)
    kept = set(project.rows(_VERSIONS))
    assert {row[3] for row in kept} == {None}

    project.insert("raw.webshop__order_lines", order_line(THIRD, 1, "104", 1, 12347))
    project.run(days(THIRD, THIRD))
    assert project.test(_CHECK) == ""
    of_third = project.rows(f"{_VERSIONS} where valid_to is not null")
    assert [row[0] for row in of_third] == ["c_2"]
    project.run({}, "--full-refresh")
    assert project.test(_CHECK) == ""
    assert not ended & set(project.rows(_VERSIONS))
    assert {row[0] for row in project.rows(_VERSIONS)} == {"c_1", "c_2"}
