"""The frames that show how good records, rules and map are."""

import duckdb
import pandas as pd
import pytest

from customer_platform.errors import RulesError
from customer_platform.identity import OutputTables
from customer_platform.identity.matching.links import ProposedValue
from customer_platform.identity.store import IdentityStore
from customer_platform.stewardship import quality
from customer_platform_tests.identity.helpers import (
    OUTPUT,
    Row,
    different,
    make_rules,
    run,
)

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
    frame = quality.rule_statistics(IdentityStore(resolved, "records", RULES, OUTPUT))
    assert list(frame["rule"]) == ["email", "phone", "name_birth"]
    assert list(frame["match_keys"]) == ["email", "phone", "name + birth"]
    assert list(frame["links"]) == [2, 1, 0]
    assert list(frame["linking_values"]) == [1, 1, 0]
    assert list(frame["pairs"]) == [3, 3, 0]
    assert list(frame["matched_records"]) == [3, 3, 0]
    assert list(frame["matched_share"]) == [3 / 8, 3 / 8, 0]
    assert list(frame["over_shared_values"]) == [1, 0, 0]
    assert list(frame["over_shared_records"]) == [4, 0, 0]


def test_customers_by_a_rule_alone_are_those_that_no_other_rule_links(
    connection: Connection,
) -> None:
    by_email: list[Row] = [("s", "1", "a"), ("s", "2", "a"), ("s", "3", "a")]
    by_both: list[Row] = [("s", "4", "b"), ("s", "5", "b", "1"), ("s", "6", None, "1")]
    run(connection, [*by_email, *by_both, ("s", "7", "c")])
    frame = quality.rule_statistics(IdentityStore(connection, "records", RULES, OUTPUT))
    assert list(frame["customers_by_it_alone"]) == [1, 0, 0]


def test_over_shared_values_are_listed(resolved: Connection) -> None:
    frame = quality.over_shared_values(IdentityStore(resolved, "records", RULES, OUTPUT))
    assert rows_of(frame[["rule", "value", "records"]]) == [("email", "hub", 4)]
    assert frame["people"].isna().all()


def test_what_many_people_share_is_proposed_as_ignored_and_what_one_has_often_is_not(
    connection: Connection,
) -> None:
    rules = make_rules(
        {
            "name": "email",
            "match": ["email"],
            "max_people_per_value": 2,
            "max_records_per_value": 4,
        },
        {"name": "both", "match": ["phone", "birth"], "max_people_per_value": 2},
        people=["name"],
    )
    names = ("Ann", "Bob", "Cas")
    rows: list[Row] = [("s", name, "info@x.nl", "1", name, "1990") for name in names]
    rows += [("s", f"loyal {i}", "dora@x.nl", None, "Dora") for i in range(6)]
    rows += [("s", f"star {name}", "*@x.nl", None, name) for name in names]
    run(connection, rows, rules)
    assert rows_of(
        quality.over_shared_values(IdentityStore(connection, "records", RULES, OUTPUT))
    ) == [
        ("email", "dora@x.nl", 6, 1),
        ("both", "1 + 1990", 3, 3),
        ("email", "*@x.nl", 3, 3),
        ("email", "info@x.nl", 3, 3),
    ]
    proposed = quality.ignored_value_proposals(IdentityStore(connection, "records", rules, OUTPUT))
    assert rows_of(proposed) == [("email", "info@x.nl", "3 records of 3 different names share it")]
    line = ProposedValue("email", "info@x.nl", 3, 3).line
    assert line == 'email: ["info@x.nl"]  # 3 records of 3 different names share it'


def test_key_statistics_leave_out_empty_and_ignored_values(resolved: Connection) -> None:
    assert rows_of(quality.key_statistics(IdentityStore(resolved, "records", RULES))) == [
        ("email", 8, 7, 7 / 8, 2),
        ("phone", 8, 3, 3 / 8, 1),
        ("name", 8, 0, 0.0, 0),
        ("birth", 8, 0, 0.0, 0),
    ]


def test_keys_that_only_a_limit_uses_are_counted(resolved: Connection) -> None:
    rules = make_rules(("email", ["email"]), limits={"birth": 1})
    frame = quality.key_statistics(IdentityStore(resolved, "records", rules))
    assert list(frame["match_key"]) == ["email", "birth"]


def test_shared_values_are_the_most_shared_per_key_without_those_of_one_record(
    resolved: Connection,
) -> None:
    assert rows_of(quality.shared_values(IdentityStore(resolved, "records", RULES))) == [
        ("email", "hub", 4),
        ("email", "a", 3),
        ("phone", "1", 3),
    ]
    assert rows_of(quality.shared_values(IdentityStore(resolved, "records", RULES), limit=1)) == [
        ("email", "hub", 4),
        ("phone", "1", 3),
    ]


def test_shared_values_of_no_records_are_none(resolved: Connection) -> None:
    assert (
        rows_of(quality.shared_values(IdentityStore(resolved, "from records where false", RULES)))
        == []
    )


def test_key_statistics_of_no_records_are_zero(resolved: Connection) -> None:
    frame = quality.key_statistics(IdentityStore(resolved, "from records where false", RULES))
    assert list(frame["fill_rate"]) == [0, 0, 0, 0]


def test_key_statistics_name_a_missing_column(resolved: Connection) -> None:
    with pytest.raises(RulesError, match="match key 'email'"):
        quality.key_statistics(IdentityStore(resolved, "select source, id from records", RULES))


def test_customer_sizes_are_a_histogram(resolved: Connection) -> None:
    assert rows_of(quality.customer_sizes(IdentityStore(resolved, "records", RULES, OUTPUT))) == [
        (1, 4, 4),
        (4, 1, 4),
    ]


def test_largest_customers_come_first_with_their_rules(resolved: Connection) -> None:
    frame = quality.largest_customers(IdentityStore(resolved, "records", RULES, OUTPUT), limit=2)
    assert list(frame["records"]) == [4, 1]
    assert list(frame["sources"]) == [2, 1]
    assert list(frame["rules"]) == ["email, phone", ""]


def test_source_overlap_has_every_pair_of_sources_also_those_without_customers(
    resolved: Connection,
) -> None:
    frame = quality.source_overlap(IdentityStore(resolved, "records", RULES, OUTPUT))
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


def test_refused_links_are_counted_by_what_refused_them(connection: Connection) -> None:
    pairs: list[Row] = [("s", str(n), f"mail {n // 2}") for n in range(4)]
    limited: list[Row] = [
        ("s", "5", "family", None, None, "1980"),
        ("s", "6", "family", None, None, "1990"),
    ]
    rules = make_rules(("email", ["email"]), limits={"birth": 1})
    run(
        connection,
        [*pairs, *limited],
        rules,
        overrides=[different("0", "1"), different("2", "3")],
    )
    assert rows_of(
        quality.refused_link_statistics(IdentityStore(connection, "records", RULES, OUTPUT))
    ) == [
        ("override different", "email", 2, 4),
        ("limit birth", "email", 1, 2),
    ]


def test_last_changes_are_those_of_the_last_run_by_reason(connection: Connection) -> None:
    stay: list[Row] = [("s", "1", "a"), ("s", "2", "a")]
    run(connection, [*stay, ("s", "3", "a"), ("s", "4", "b")])
    assert rows_of(quality.last_changes(IdentityStore(connection, "records", RULES, OUTPUT))) == [
        ("new record", 4, 0, 0)
    ]
    run(connection, [*stay, ("s", "3", "c"), ("s", "5", "d")])
    assert rows_of(quality.last_changes(IdentityStore(connection, "records", RULES, OUTPUT))) == [
        ("changed key", 0, 1, 0),
        ("deletion", 0, 0, 1),
        ("new record", 1, 0, 0),
    ]


def test_last_changes_of_a_run_that_changed_nothing_are_none(resolved: Connection) -> None:
    run(resolved, ROWS, RULES)
    assert rows_of(quality.last_changes(IdentityStore(resolved, "records", RULES, OUTPUT))) == []


def test_the_report_holds_every_frame(resolved: Connection) -> None:
    report = quality.quality_report(IdentityStore(resolved, "records", RULES, OUTPUT))
    assert list(report) == [
        "match_keys",
        "shared_values",
        "match_rules",
        "over_shared_values",
        "ignored_value_proposals",
        "refused_links_per_rule",
        "customer_sizes",
        "source_overlap",
        "changes",
        "largest_customers",
        "fragile_customers",
    ]
    assert all(isinstance(frame, pd.DataFrame) for frame in report.values())


def test_the_report_on_a_map_without_history_and_sources_leaves_them_out(
    resolved: Connection,
) -> None:
    rules = RULES.model_copy(update={"source": None})
    tables = OutputTables("one_off")
    resolved.execute("create schema one_off")
    for table in ("customer_id_map", "match_rule_statistics", "over_shared_values"):
        resolved.execute(f"create table one_off.{table} as from identity.{table}")
    resolved.execute("create table one_off.refused_links as from identity.refused_links")
    report = quality.quality_report(IdentityStore(resolved, "records", rules, tables))
    assert "changes" not in report
    assert "source_overlap" not in report
    assert len(report["customer_sizes"]) == 2
