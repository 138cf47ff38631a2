from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import duckdb
import pytest
from hypothesis import given

from customer_platform.errors import RulesError
from customer_platform.identity import Override, ResolutionRules
from customer_platform.identity.overrides import check_overrides
from customer_platform.identity.store import IdentityStore
from customer_platform.stewardship.preview import RulePreview, applied_overrides, preview
from customer_platform.stewardship.preview.preview import FILES
from customer_platform_tests.identity.helpers import (
    OUTPUT,
    Row,
    different,
    ids,
    load,
    make_rules,
    read_map,
    run,
    same,
)
from customer_platform_tests.identity.strategies import (
    contested_records,
    random_overrides,
    random_rules,
)
from customer_platform_tests.support.examples import examples

EMAIL = make_rules(("email", ["email"]))
EMAIL_AND_PHONE = make_rules(("email", ["email"]), ("phone", ["phone"]))

# ann and bea share a phone, cor and dirk an email.
ROWS: list[Row] = [
    ("s", "ann", "ann@x", "1"),
    ("s", "bea", "bea@x", "1"),
    ("s", "cor", "cor@x", "2"),
    ("s", "dirk", "cor@x", "3"),
    ("s", "eva", "eva@x", "4"),
]


def _preview(
    connection: duckdb.DuckDBPyConnection,
    rules: ResolutionRules,
    overrides: Sequence[Override] = (),
    current_rules: ResolutionRules | None = None,
    **options: Path | int,
) -> RulePreview:
    return preview(
        IdentityStore(connection, "records", rules, OUTPUT),
        overrides,
        current_rules=current_rules,
        **options,  # type: ignore[arg-type]
    )


def _sell(connection: duckdb.DuckDBPyConnection, *lines: tuple[str, str, str]) -> None:
    """Transaction lines as (record, currency, amount)."""
    connection.execute("create schema if not exists master")
    connection.execute(
        "create or replace table master.transactions (source varchar, source_record_id varchar, "
        "customer_id varchar, amount decimal(12, 2), currency varchar)"
    )
    for line in lines:
        connection.execute("insert into master.transactions values ('s', $1, 'x', $3, $2)", line)


def _files(folder: Path) -> dict[str, str]:
    return {
        path.name: sha256(path.read_bytes()).hexdigest()
        for path in folder.iterdir()
        if path.is_file()
    }


def test_a_rule_that_is_added_merges_customers_by_its_links(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    run(connection, ROWS, EMAIL)
    found = _preview(connection, EMAIL_AND_PHONE)
    totals = found.totals
    assert (totals.customers_now, totals.customers_then) == (4, 3)
    assert (totals.merging, totals.merged, totals.unchanged) == (2, 1, 2)
    assert (totals.splitting, totals.parts, totals.moved_records) == (0, 0, 1)
    [change] = found.changes
    assert (change.kind, change.customers, change.records) == ("merge", 2, 2)
    assert {part.customer_id for part in change.parts} == {
        ids(connection)["ann"],
        ids(connection)["bea"],
    }
    assert change.links_by_rule == (("phone", 1),)
    [link] = change.links
    assert {link.record.record_id, link.linked_to.record_id} == {"ann", "bea"}
    assert [(value.key, value.value) for value in link.values] == [("phone", "1")]
    assert (link.sharing, link.reason) == (2, None)


def test_a_rule_that_is_taken_out_splits_customers_and_says_why(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    run(connection, ROWS, EMAIL_AND_PHONE)
    found = _preview(connection, EMAIL, current_rules=EMAIL_AND_PHONE)
    assert (found.totals.splitting, found.totals.parts) == (1, 2)
    [change] = found.changes
    assert (change.kind, change.customer_id) == ("split", ids(connection)["ann"])
    assert sum(part.records for part in change.parts) == 2
    [link] = change.links
    assert link.reason == "there is no rule phone any more"
    assert [(value.key, value.value) for value in link.values] == [("phone", "1")]


@pytest.mark.parametrize(
    ("rules", "overrides", "reason"),
    [
        (
            make_rules({"name": "email", "match": ["email", "phone"]}),
            [],
            "phone of the two is not equal",
        ),
        (
            make_rules({"name": "email", "match": ["email", "name"]}),
            [],
            "name of the two is missing or ignored",
        ),
        (
            make_rules(("email", ["email"]), ignored_values={"email": ["cor*"]}),
            [],
            "email of the two is missing or ignored",
        ),
        (make_rules(("email", ["email"]), limits={"phone": 1}), [], "refused by limit phone: "),
        (EMAIL, [different("cor", "dirk")], "refused by override different: "),
    ],
)
def test_a_link_that_ends_says_what_ends_it(
    connection: duckdb.DuckDBPyConnection,
    rules: ResolutionRules,
    overrides: list[Override],
    reason: str,
) -> None:
    run(connection, ROWS, EMAIL)
    [change] = _preview(connection, rules, overrides, EMAIL).changes
    [link] = change.links
    assert link.reason
    assert link.reason.startswith(reason)


def test_a_value_that_too_many_share_by_the_new_rules_is_named_as_the_reason(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    run(connection, [("s", str(number), "shop@x") for number in range(3)], EMAIL)
    capped = make_rules({"name": "email", "match": ["email"], "max_records_per_value": 2})
    [change] = _preview(connection, capped, current_rules=EMAIL).changes
    assert change.customers == 3
    assert {link.reason for link in change.links} == {
        "3 records have the value: the rule links at most 2"
    }


def test_a_value_of_too_many_people_by_the_new_rules_is_named_as_the_reason(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    names = ("Ann", "Bob", "Cas")
    run(connection, [("s", name, "shop@x", None, name) for name in names], EMAIL)
    bounded = make_rules(
        {"name": "email", "match": ["email"], "max_people_per_value": 2}, people=["name"]
    )
    [change] = _preview(connection, bounded, current_rules=EMAIL).changes
    assert {link.reason for link in change.links} == {
        "3 records of 3 different names have the value: the rule links at most 2 people"
    }


def test_an_override_that_is_gone_is_the_reason_of_a_split(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    run(connection, ROWS, EMAIL, overrides=[same("ann", "eva")])
    assert applied_overrides(IdentityStore(connection, "records", EMAIL, OUTPUT)) == [
        same("ann", "eva")
    ]
    [change] = _preview(connection, EMAIL).changes
    assert change.links[0].reason == "the override is not there any more"
    assert not _preview(connection, EMAIL, [same("ann", "eva")]).changes


def test_the_same_rules_change_nothing_and_are_said_to_be_the_same(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    run(connection, ROWS, EMAIL)
    found = _preview(connection, EMAIL)
    assert found.same_rules
    assert (found.totals.moved_records, found.totals.unchanged) == (0, 4)
    assert found.changes == ()
    assert not _preview(connection, EMAIL_AND_PHONE).same_rules


def test_records_that_came_and_went_since_the_map_are_counted_apart(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    run(connection, ROWS, EMAIL)
    load(connection, [*ROWS[1:], ("s", "new", "new@x"), ("s", "newer", "eva@x")])
    totals = _preview(connection, EMAIL).totals
    assert (totals.records, totals.new_records, totals.gone_records) == (6, 2, 1)
    assert (totals.moved_records, totals.unchanged) == (0, 3)
    assert (totals.customers_now, totals.customers_then) == (4, 4)


def test_revenue_moves_with_the_records_that_change_their_customer(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    run(connection, ROWS, EMAIL)
    customers = ids(connection)
    _sell(
        connection,
        ("ann", "EUR", "10"),
        ("bea", "EUR", "10"),
        ("ann", "EUR", "-3"),
        ("bea", "EUR", "-3"),
        ("cor", "EUR", "100"),
        ("eva", "USD", "5"),
    )
    found = _preview(connection, EMAIL_AND_PHONE)
    assert found.revenue is not None
    euro, dollar = found.revenue
    assert (euro.currency, euro.total) == ("EUR", Decimal("114"))
    assert (euro.moved, euro.moved_lines) == (Decimal("7"), 2)
    assert (dollar.total, dollar.moved, dollar.moved_lines) == (Decimal("5"), Decimal(0), 0)
    assert found.buyers == (len({customers[name] for name in ("ann", "bea", "cor", "eva")}), 3)
    assert found.changes[0].revenue == (("EUR", Decimal("7")),)


def test_without_transactions_revenue_is_unknown_rather_than_nothing(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    run(connection, ROWS, EMAIL)
    found = _preview(connection, EMAIL_AND_PHONE)
    assert found.revenue is found.buyers is None


def test_half_of_the_biggest_changes_are_splits_however_small(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    rows: list[Row] = [("s", "cor", "cor@x", "a"), ("s", "dirk", "cor@x", "b")]
    rows += [
        ("s", f"{group} {number}", f"{group} {number}@x", str(group))
        for group in range(5)
        for number in range(4)
    ]
    run(connection, rows, EMAIL)
    found = _preview(connection, make_rules(("phone", ["phone"])), changes=4)
    assert [change.kind for change in found.changes] == ["merge", "merge", "merge", "split"]


def test_a_preview_leaves_the_warehouse_as_it_is_byte_by_byte(tmp_path: Path) -> None:
    path = tmp_path / "warehouse" / "warehouse.duckdb"
    path.parent.mkdir()
    with duckdb.connect(str(path)) as connection:
        run(connection, ROWS, EMAIL)
        _sell(connection, ("bea", "EUR", "10"))
    before = _files(path.parent)
    with duckdb.connect(str(path), read_only=True) as connection:
        found = _preview(connection, EMAIL_AND_PHONE, output=tmp_path / "out")
        assert found.totals.moved_records == 1
        left = connection.execute(
            "select table_name from duckdb_tables() where temporary"
        ).fetchall()
        assert left == []
    assert _files(path.parent) == before


def test_rules_that_do_not_fit_the_records_leave_no_table_behind(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    run(connection, ROWS, EMAIL)
    rules = EMAIL.model_copy(update={"record_id": "number"})
    with pytest.raises(RulesError, match="number"):
        _preview(connection, rules)
    assert connection.execute("select * from duckdb_tables() where temporary").fetchall() == []


def test_all_changes_are_written_as_files(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    run(connection, ROWS, EMAIL)
    _sell(connection, ("ann", "EUR", "10"), ("bea", "EUR", "10"))
    found = _preview(connection, EMAIL_AND_PHONE, output=tmp_path / "deep" / "out", changes=0)
    assert found.changes == ()
    folder = tmp_path / "deep" / "out"
    assert {path.name for path in folder.iterdir()} == set(FILES)
    customers = ids(connection)
    moved = connection.execute(f"select * from '{folder / 'moved_records.csv'}'").fetchall()
    [(_, record, now, then)] = moved
    assert {now, then} == {customers["ann"], customers["bea"]}
    assert customers[record] == now
    revenue = connection.execute(f"select * from '{folder / 'moved_revenue.csv'}'").fetchall()
    assert revenue == [(now, then, "EUR", 10.0, 1)]


@examples(12)
@given(
    records=contested_records,
    before=random_rules(),
    after=random_rules(),
    overrides=random_overrides(),
)
def test_what_is_previewed_is_what_the_next_run_does(
    records: list[Row],
    before: ResolutionRules,
    after: ResolutionRules,
    overrides: list[Override],
) -> None:
    with duckdb.connect() as connection:
        run(connection, records, before)
        had = _customers(connection)
        found = _preview(connection, after, check_overrides(overrides), before, changes=100)
        summary = run(connection, records, after, overrides=overrides, everything=True)
        has = _customers(connection)
        assert found.totals.moved_records == summary.moved_records
        assert found.totals.customers_then == summary.customers
        assert found.totals.refused_then == summary.refused_links
        assert found.totals.largest_then == summary.largest_customer
        flows = {(had[record], has[record]) for record in had}
        splits = _repeated(now for now, _ in flows)
        merges = _repeated(then for _, then in flows)
        assert {(change.kind, change.customer_id) for change in found.changes} == {
            *(("split", now) for now in splits),
            *(("merge", then) for then in merges),
        }
        assert (found.totals.splitting, found.totals.merged) == (len(splits), len(merges))
        touched = {now for now, then in flows if now in splits or then in merges}
        assert found.totals.unchanged == len(set(had.values()) - touched)
        assert all(change.links for change in found.changes)


def _customers(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], str]:
    return {name: member.customer_id for name, member in read_map(connection).items()}


def _repeated(customers: Iterable[str]) -> set[str]:
    return {customer for customer, count in Counter(customers).items() if count > 1}
