"""The frames that show how good records, rules and map are."""

import duckdb
import pandas as pd
import pytest

from customer_platform.identity import RulesError, quality
from customer_platform_tests.identity.helpers import MAP, OUTPUT, Row, make_rules, run

Connection = duckdb.DuckDBPyConnection

RULES = make_rules(
    {"name": "email", "match": ["email"], "max_records_per_value": 3},
    ("phone", ["phone"]),
    ("name_birth", ["name", "birth"]),
    ignored_values={"phone": ["0*"]},
)
ROWS: list[Row] = [
    ("crm", "1", "a", "1"),
    ("crm", "2", "a"),
    ("web", "1", "a", "1"),
    ("web", "2", None, "1"),
    ("pos", "1", "hub"),
    ("pos", "2", "hub", "012"),
    ("pos", "3", "hub"),
    ("pos", "4", "hub", ""),
]


def rows_of(frame: pd.DataFrame) -> list[tuple[object, ...]]:
    return [tuple(row) for row in frame.itertuples(index=False)]


@pytest.fixture
def resolved(connection: Connection) -> Connection:
    run(connection, ROWS, RULES)
    return connection


def test_rule_statistics_count_links_values_pairs_and_records(resolved: Connection) -> None:
    frame = quality.rule_statistics(resolved, OUTPUT)
    assert list(frame["rule"]) == ["email", "phone", "name_birth"]
    assert list(frame["match_keys"]) == ["email", "phone", "name + birth"]
    assert list(frame["links"]) == [2, 1, 0]
    assert list(frame["linking_values"]) == [1, 1, 0]
    assert list(frame["pairs"]) == [3, 3, 0]
    assert list(frame["matched_records"]) == [3, 3, 0]
    assert list(frame["matched_share"]) == [3 / 8, 3 / 8, 0]
    assert list(frame["over_shared_values"]) == [1, 0, 0]
    assert list(frame["over_shared_records"]) == [4, 0, 0]


def test_over_shared_values_are_listed(resolved: Connection) -> None:
    assert rows_of(quality.over_shared_values(resolved, OUTPUT)) == [("email", "hub", 4)]


def test_key_statistics_leave_out_empty_and_ignored_values(resolved: Connection) -> None:
    assert rows_of(quality.key_statistics(resolved, "records", RULES)) == [
        ("email", 8, 7, 7 / 8, 2),
        ("phone", 8, 3, 3 / 8, 1),
        ("name", 8, 0, 0.0, 0),
        ("birth", 8, 0, 0.0, 0),
    ]


def test_key_statistics_of_no_records_are_zero(resolved: Connection) -> None:
    frame = quality.key_statistics(resolved, "from records where false", RULES)
    assert list(frame["fill_rate"]) == [0, 0, 0, 0]


def test_key_statistics_name_a_missing_column(resolved: Connection) -> None:
    with pytest.raises(RulesError, match="match key 'email'"):
        quality.key_statistics(resolved, "select source, id from records", RULES)


def test_customer_sizes_are_a_histogram(resolved: Connection) -> None:
    assert rows_of(quality.customer_sizes(resolved, MAP)) == [(1, 4, 4), (4, 1, 4)]


def test_largest_customers_come_first_with_their_rules(resolved: Connection) -> None:
    frame = quality.largest_customers(resolved, MAP, limit=2)
    assert list(frame["records"]) == [4, 1]
    assert list(frame["sources"]) == [2, 1]
    assert list(frame["rules"]) == ["email, phone", ""]


def test_source_overlap_has_every_pair_of_sources_also_those_without_customers(
    resolved: Connection,
) -> None:
    frame = quality.source_overlap(resolved, MAP)
    assert rows_of(frame) == [
        ("crm", "crm", 1),
        ("crm", "pos", 0),
        ("crm", "web", 1),
        ("pos", "crm", 0),
        ("pos", "pos", 4),
        ("pos", "web", 0),
        ("web", "crm", 1),
        ("web", "pos", 0),
        ("web", "web", 1),
    ]
