"""One warehouse, taken through the life of a platform; every test looks at one of its states."""

from pathlib import Path

import pytest

from customer_platform_tests.dbt.project import Project
from customer_platform_tests.support.masters_life import (
    FIRST,
    FOURTH,
    SECOND,
    THIRD,
    Life,
    days,
    event,
    mark_fourth_day,
    order_line,
    read_state,
    receipt_line,
)


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A warehouse with two days of data and a map of who is who."""
    project = Project(Path(tmp_path_factory.mktemp("dbt")))
    project.insert(
        "raw.crm__customers",
        {"customer_id": "CRM-1", "first_name": "Jan", "_partition": FIRST, "_row_number": 1},
    )
    project.insert(
        "raw.webshop__customers",
        {"customer_id": 12346, "first_name": "J.", "_partition": FIRST, "_row_number": 1},
    )
    project.insert(
        "raw.webshop__order_lines",
        order_line(FIRST, 1, "101", 2, 12346),
        order_line(FIRST, 2, "101", 2, 12346),
        order_line(FIRST, 3, "102", 1, None),
        order_line(SECOND, 1, "103", 3, 12347, "Q"),
        order_line(FOURTH, 1, "104", 1, None, "R"),
    )
    project.insert(
        "raw.pos__receipt_lines",
        receipt_line(FIRST, "R1", 2, "LC1"),
        receipt_line(SECOND, "R2", -1, None, "R1"),
    )
    project.insert(
        "raw.web__events", event(FIRST, "e1", "known later"), event(SECOND, "e2", "never known")
    )
    project.insert(
        "identity.customer_id_map",
        {"source": "crm", "source_record_id": "CRM-1", "customer_id": "c_1"},
        {"source": "webshop", "source_record_id": "12346", "customer_id": "c_1"},
        {"source": "webshop", "source_record_id": "12347", "customer_id": "c_2"},
        {"source": "pos", "source_record_id": "LC1", "customer_id": "c_3"},
    )
    return project


@pytest.fixture(scope="session")
def life(project: Project) -> Life:
    """Builds the states, each by one dbt run."""
    everything = ("build", "--exclude-resource-type", "unit_test")

    two_days = read_state(project, project.dbt(*everything))

    project.insert("raw.web__events", event(THIRD, "e3", "known later", 12346))
    project.insert(
        "raw.webshop__order_lines",
        order_line(THIRD, 1, "C105", -1, 12346),
        order_line(THIRD, 2, "C106", -1, 12346, "Q"),
    )
    visitor_known = read_state(project, project.dbt(*everything, variables=days(THIRD, THIRD)))

    # The file of the first day comes again with another line before the others; the tills had no
    # second day after all.
    mark_fourth_day(project, "not built again")
    project.execute(f"""
        update raw.webshop__order_lines set _row_number = _row_number + 1
        where _partition = '{FIRST}';
        delete from raw.pos__receipt_lines where _partition = '{SECOND}';
        delete from raw.webshop__order_lines where _partition = '{SECOND}';
    """)
    project.insert(
        "raw.webshop__order_lines",
        order_line(FIRST, 1, "100", 1, None, "S"),
        order_line(FIRST, 5, "107", 3, 12347, "Q"),
    )
    late_file = read_state(project, project.dbt(*everything, variables=days(FIRST, SECOND)))

    project.execute(
        "update identity.customer_id_map set customer_id = 'c_1' where customer_id = 'c_2'"
    )
    merged = read_state(project, project.dbt(*everything, variables=days(SECOND, SECOND)))

    rebuilt = read_state(
        project,
        project.dbt("run", "--full-refresh", "--select", "master", variables=days(SECOND, SECOND)),
    )
    return Life(two_days, visitor_known, late_file, merged, rebuilt)
