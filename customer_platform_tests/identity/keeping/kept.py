"""What an update keeps, as lists to compare, and what must hold of it at all times."""

from collections.abc import Mapping
from datetime import datetime

import duckdb

from customer_platform.identity import Override, ResolutionRules
from customer_platform_tests.identity.helpers import Record, registry
from customer_platform_tests.identity.reference import Values, people_named

# What depends neither on the way nor on the number of steps in which the state was reached. The
# text of an over-shared value is not always known.
COMPARED = {
    "customer_id_map": "*",
    "refused_links": "*",
    "customer_id_history": "*",
    "customer_id_changes": "*",
    "customer_id_registry": "*",
    "customer_id_redirects": "*",
    "match_rule_statistics": "*",
    "over_shared_values": "rule, records, value_hash, people",
    "customer_sizes": "*",
    "applied_overrides": "*",
    "resolution_state": "*",
    "resolution_runs": "resolved_at, records, customers, new_records, changed_records, "
    "deleted_records, moved_records, new_customers, retired_customers, refused_links",
}

Tables = dict[str, list[tuple[object, ...]]]


def read_tables(connection: duckdb.DuckDBPyConnection) -> Tables:
    """The rows of every kept table, sorted."""
    return {
        table: connection.execute(f"select {columns} from identity.{table} order by all").fetchall()
        for table, columns in COMPARED.items()
    }


def read_everything(connection: duckdb.DuckDBPyConnection) -> Tables:
    """The rows of every table and view in the schema, sorted, whatever they are."""
    names = connection.execute(
        "select table_name from information_schema.tables where table_schema = 'identity'"
    ).fetchall()
    return {
        name: connection.execute(f'select * from identity."{name}" order by all').fetchall()
        for (name,) in sorted(names)
    }


def check_proofs(connection: duckdb.DuckDBPyConnection) -> None:
    """Every record has one customer, and its links lead to the founding record of that."""
    rows = connection.execute(
        "select source, source_record_id, customer_id, linked_by_rule, linked_to_source, "
        "linked_to_record_id from identity.customer_id_map"
    ).fetchall()
    customer = {(row[0], row[1]): row[2] for row in rows}
    assert len(customer) == len(rows), "a record is in the map twice"
    links = {(row[0], row[1]): (row[4], row[5]) for row in rows if row[3] is not None}
    roots = set(customer) - set(links)
    assert sorted(customer[root] for root in roots) == sorted(set(customer.values()))
    for record in customer:
        at, steps = record, 0
        while at in links:
            assert customer[links[at]] == customer[record], "a link leads to another customer"
            at, steps = links[at], steps + 1
            assert steps < len(customer), "the links go in a circle"


def check_constraints(
    connection: duckdb.DuckDBPyConnection,
    values: Values,
    rules: ResolutionRules,
    overrides: list[Override],
) -> None:
    """No customer has more values than a limit allows, nor both records of a `different`.

    A limit on names allows what a steward has called the same.
    """
    customers: dict[str, list[Record]] = {}
    for source, record_id, customer_id in connection.execute(
        "select source, source_record_id, customer_id from identity.customer_id_map"
    ).fetchall():
        customers.setdefault(customer_id, []).append((source, record_id))
    for records in customers.values():
        stated = any(each.kind == "same" and set(each.sides) <= set(records) for each in overrides)
        for key, most in rules.limits.items():
            if key in rules.people and stated:
                continue  # Whether two names are one person's is what a steward knows better.
            held = {values[record][key] for record in records} - {None}
            assert (people_named(held) if key in rules.people else len(held)) <= most
        for source, most in rules.max_records_per_source.items():
            assert sum(record[0] == source for record in records) <= most
        for override in overrides:
            assert override.kind == "same" or not set(override.sides) <= set(records)


def check_registry(connection: duckdb.DuckDBPyConnection, live_before: set[str]) -> set[str]:
    """An ID is live or retired, for good; every retired one leads to a live one or to nothing.

    Returns:
        The IDs that are live now.
    """
    issued = registry(connection)
    mapped = connection.execute("select distinct customer_id from identity.customer_id_map")
    live = {row[0] for row in mapped.fetchall()}
    assert live == {key for key, entry in issued.items() if entry[2] is None}
    now = connection.execute("select max(resolved_at) from identity.resolution_runs").fetchall()
    reborn = {key for key in live - live_before if issued[key][0] != now[0][0]}
    assert not reborn, "a retired ID came back to life"
    redirects = dict(
        connection.execute(
            "select customer_id, successor from identity.customer_id_redirects"
        ).fetchall()
    )
    assert set(redirects) == set(issued) - live
    assert set(redirects.values()) <= live | {None}
    return live


def check_history(
    connection: duckdb.DuckDBPyConnection,
    maps: Mapping[datetime, Mapping[Record, str]],
) -> None:
    """The history gives the map of every day on which there was one.

    So a record has one customer at a time, and none only when it was not there.

    Args:
        connection: The database with the history.
        maps: Per time of a run, the customer ID of every record after it.
    """
    for moment, expected in maps.items():
        rows = connection.execute(
            "select source, source_record_id, customer_id from identity.customer_id_history "
            "where valid_from <= $1 and (valid_to is null or valid_to > $1)",
            [moment],
        ).fetchall()
        assert sorted(rows) == sorted((*record, key) for record, key in expected.items())
    broken = connection.execute(
        "select * from identity.customer_id_history where valid_from >= valid_to"
    ).fetchall()
    assert not broken
    moments = sorted(maps)
    changed = connection.execute(
        "select changed_at, source, source_record_id, previous_customer_id, customer_id "
        "from identity.customer_id_changes order by all"
    ).fetchall()
    expected_changes = [
        (now, *record, maps[before].get(record) if before else None, maps[now].get(record))
        for before, now in zip([None, *moments], moments, strict=False)
        for record in {*(maps[before] if before else {}), *maps[now]}
        if (maps[before].get(record) if before else None) != maps[now].get(record)
    ]
    assert sorted(changed, key=str) == sorted(expected_changes, key=str)
