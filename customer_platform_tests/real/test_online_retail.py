"""UCI Online Retail, every order line of a real web shop, as the sensors bring it in."""

import os
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import dagster as dg
import duckdb
import pandas as pd
import pytest

from customer_platform.environment import Environment
from customer_platform_tests.support.homes import rows, run_job, separate_home, value
from customer_platform_tests.support.real_data import DATA, needs

FILE = DATA / "online_retail.parquet"
FIRST, LAST = "2010-12-01", "2011-12-09"
# Lines returned, and those whose pieces all found a sale; pieces by how they did.
RETURNED_LINES = (9_288, 7_516)
RETURNED_PIECES = {"customer": 250_838, "unmatched": 26_736}
ORDER_LINES = dg.AssetKey(["raw", "webshop__order_lines"])

pytestmark = needs(FILE.name)


def _fingerprint(environment: Environment) -> list[object]:
    """Rows and hashes of the map and of the masters, whatever the order of their rows."""
    return [
        rows(environment, f"select count(*), sum(hash(t)), bit_xor(hash(t)) from {table} as t")
        for table in (
            "identity.customer_id_map",
            "master.golden_records",
            "master.transactions",
            "master.returns",
        )
    ]


def _land(environment: Environment) -> int:
    """Cuts the file into the shop's daily files, untouched for an hour; returns how many."""
    folder = environment.landing / "webshop" / "order_lines"
    folder.mkdir(parents=True)
    with duckdb.connect() as connection:
        connection.execute(
            "create table lines as select * replace (InvoiceDate::timestamp as InvoiceDate, "
            f"UnitPrice::decimal(18, 4) as UnitPrice) from '{FILE}'"
        )
        days = connection.execute(
            "select distinct InvoiceDate::date::varchar from lines order by 1"
        ).fetchall()
        for (day,) in days:
            path = folder / f"order_lines_{day}.csv"
            connection.execute(
                f"copy (from lines where InvoiceDate::date = '{day}') to '{path}' "
                "(format csv, header, timestampformat '%Y-%m-%d %H:%M:%S')"
            )
            os.utime(path, (1_600_000_000, 1_600_000_000))
    return len(days)


def _shop_and_downstream() -> list[dg.AssetKey]:
    """The job main but for the sources that have delivered nothing."""
    from customer_platform.definitions import defs

    sources = dg.AssetSelection.groups("sources")
    selection = dg.AssetSelection.all() - sources | dg.AssetSelection.assets(ORDER_LINES)
    return sorted(selection.resolve(defs.resolve_asset_graph()))


def _tick(
    instance: dg.DagsterInstance, name: str, cursor: str | None = None
) -> tuple[list[dg.RunRequest], str | None]:
    """The run requests of a sensor's tick, and the cursor it leaves."""
    from customer_platform.definitions import defs

    with dg.build_sensor_context(instance=instance, definitions=defs, cursor=cursor) as context:
        result = defs.resolve_sensor_def(name)(context)
    if isinstance(result, dg.SensorResult):
        return list(result.run_requests or []), result.cursor
    assert isinstance(result, dg.SkipReason)
    return [], cursor


def _days(request: dg.RunRequest) -> tuple[str, str]:
    return (
        request.tags["dagster/asset_partition_range_start"],
        request.tags["dagster/asset_partition_range_end"],
    )


@pytest.fixture(scope="module")
def brought(
    prepared: Environment, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Environment]:
    """All days, brought in by the sensors: a run of the landed files, and a refresh after it."""
    # In memory: a thousand partitions in the event log's files take a minute.
    with (
        separate_home(tmp_path_factory.mktemp("shop"), prepared, runs_dbt=True) as environment,
        dg.DagsterInstance.ephemeral() as instance,
    ):
        assert _land(environment) == 305
        landing, _ = _tick(instance, "webshop_landing_sensor")
        assert [(_days(request), request.asset_selection) for request in landing] == [
            ((FIRST, LAST), [ORDER_LINES])
        ]
        assert run_job(instance, None, *_days(landing[0]), [ORDER_LINES]).success
        refresh, cursor = _tick(instance, "refresh_sensor")
        assert [_days(request) for request in refresh] == [(FIRST, LAST)]
        assert run_job(instance, "refresh", *_days(refresh[0])).success
        assert _tick(instance, "refresh_sensor", cursor)[0] == []
        yield environment


@pytest.fixture(scope="module")
def reference() -> Iterator[duckdb.DuckDBPyConnection]:
    """The file as it is, with prices as decimals."""
    with duckdb.connect() as connection:
        connection.execute(
            "create view lines as select *, (Quantity * UnitPrice::decimal(18, 4))"
            f"::decimal(18, 4) as amount from '{FILE}'"
        )
        yield connection


def _sum(reference: duckdb.DuckDBPyConnection, condition: str) -> Decimal:
    total = reference.execute(f"select sum(amount) from lines where {condition}").fetchall()[0][0]
    assert isinstance(total, Decimal)
    return total


def _counts(environment: Environment) -> dict[str, Any]:
    return dict(
        rows(
            environment,
            "select transaction_type, count(*) from master.transactions group by 1",
        )
    )


def test_every_line_of_the_file_is_a_transaction(brought: Environment) -> None:
    assert value(brought, "select count(*) from master.transactions") == 541_909
    assert value(brought, "select count(*) from raw.webshop__order_lines__rejected") == 0
    assert value(brought, "select count(distinct transaction_id) from master.transactions") == (
        541_909
    )
    assert value(brought, "select count(distinct partition_date) from master.transactions") == (305)


def test_returns_and_adjustments_are_told_apart(brought: Environment) -> None:
    assert _counts(brought) == {
        "return": 9_288,
        # Stock written off, and three corrections of bad debt (invoices A...).
        "adjustment": 1_336 + 3,
        "sale": 541_909 - 9_288 - 1_336 - 3,
    }
    assert (
        value(
            brought,
            "select count(*) from master.transactions where transaction_type = 'adjustment' "
            "and quantity < 0 and order_id not like 'C%'",
        )
        == 1_336
    )


def test_most_pieces_that_came_back_find_their_sale_and_the_rest_has_a_reason(
    brought: Environment,
) -> None:
    """The file names no original invoice, so all of it is by customer, product and quantity."""
    pieces = dict(
        rows(brought, "select return_match, sum(quantity) from master.returns group by 1")
    )
    assert set(pieces) == {"customer", "unmatched"}
    lines = rows(
        brought,
        "select count(distinct transaction_id), count(distinct transaction_id) filter "
        "(where transaction_id not in (select transaction_id from master.returns "
        "where return_match = 'unmatched')) from master.returns",
    )[0]
    assert lines == RETURNED_LINES
    assert pieces == RETURNED_PIECES
    # What is unmatched: no customer, or never sold to that customer before in the file, or more
    # pieces than were sold.
    unexplained = value(
        brought,
        "select count(*) from master.returns as r where return_match = 'unmatched' "
        "and customer_id is not null and quantity <= coalesce((select sum(s.quantity) "
        "from master.transactions as s where s.transaction_type = 'sale' "
        "and s.customer_id = r.customer_id and s.product_code = r.product_code "
        "and s.occurred_at <= r.occurred_at), 0) - coalesce((select sum(m.quantity) "
        "from master.returns as m where m.customer_id = r.customer_id "
        "and m.product_code = r.product_code and m.original_transaction_id is not null "
        "and m.occurred_at <= r.occurred_at), 0)",
    )
    assert unexplained == 0


def test_customers_and_anonymous_lines_are_counted(brought: Environment) -> None:
    anonymous = "select count(*) from master.transactions where customer_id is null"
    assert value(brought, anonymous) == 135_080
    assert value(brought, "select count(*) from master.customers") == 4_372
    assert value(brought, "select count(distinct customer_id) from master.transactions") == 4_372
    assert value(brought, "select count(distinct order_id) from master.transactions") == 25_900


def test_amounts_reconcile_with_the_file_to_the_cent(
    brought: Environment, reference: duckdb.DuckDBPyConnection
) -> None:
    assert value(brought, "select sum(amount) from master.transactions") == _sum(reference, "true")
    customers = rows(
        brought,
        "select sum(gross_revenue), sum(returned_revenue), sum(net_revenue) from master.customers",
    )
    known = "CustomerID is not null"
    assert customers == [
        (
            _sum(reference, f"{known} and Quantity > 0"),
            -_sum(reference, f"{known} and InvoiceNo like 'C%'"),
            _sum(reference, known),
        )
    ]
    per_day = "select {day}::date, sum({amount}) from {lines} group by 1 order by 1"
    expected = reference.execute(
        per_day.format(day="InvoiceDate", amount="amount", lines="lines")
    ).fetchall()
    assert (
        rows(
            brought,
            per_day.format(day="partition_date", amount="amount", lines="master.transactions"),
        )
        == expected
    )


def test_every_customer_has_the_orders_and_amounts_of_a_group_by_of_the_file(
    brought: Environment,
) -> None:
    lines = pd.read_parquet(FILE)
    lines = lines[lines["CustomerID"].notna()]
    amounts = [
        Decimal(str(price)).quantize(Decimal("0.0001")) * quantity
        for price, quantity in zip(lines["UnitPrice"], lines["Quantity"].astype(int), strict=True)
    ]
    lines = lines.assign(amount=pd.Series(amounts, index=lines.index, dtype=object))
    is_return = lines["InvoiceNo"].str.startswith("C")
    sales, returns = lines[~is_return], lines[is_return]
    expected = pd.DataFrame(
        {
            "orders": sales.groupby("CustomerID")["InvoiceNo"].nunique(),
            "items": sales.groupby("CustomerID")["Quantity"].sum(),
            "gross": sales.groupby("CustomerID")["amount"].sum(),
            "returned": -returns.groupby("CustomerID")["amount"].sum(),
        }
    ).fillna(0)
    found = rows(
        brought,
        "select cast(source_record_id as integer), order_count, item_count, gross_revenue, "
        "returned_revenue from master.customers "
        "join master.customer_records using (customer_id) order by 1",
    )
    assert [(int(number), *row) for number, *row in expected.itertuples()] == found


def test_a_backfill_of_every_day_on_top_changes_nothing(brought: Environment) -> None:
    before = _fingerprint(brought)
    loaded_before = value(brought, "select max(_loaded_at) from raw.webshop__order_lines")
    with dg.DagsterInstance.ephemeral() as instance:
        assert run_job(instance, "main", FIRST, LAST, _shop_and_downstream()).success
    not_again = f"from raw.webshop__order_lines where _loaded_at <= '{loaded_before}'"
    assert value(brought, f"select count(*) {not_again}") == 0
    assert _fingerprint(brought) == before
