import duckdb
import numpy as np
import pytest

from customer_platform.demo.randomness import Window
from customer_platform.demo.retail.orders import open_days
from customer_platform_tests.support.retail_demo import value


@pytest.mark.parametrize(
    ("kind", "at_least"),
    {
        "InvoiceNo like 'C%' and Quantity < 0 and CustomerID is not null": 20,
        "InvoiceNo like 'C%' and CustomerID is null": 1,
        "InvoiceNo not like 'C%' and Quantity < 0 and UnitPrice = 0 and CustomerID is null": 5,
        "InvoiceNo like 'A%' and UnitPrice < 0": 1,
        "regexp_matches(InvoiceNo, '^[0-9]{6}$') and Quantity > 0 and CustomerID is null": 100,
        "regexp_matches(InvoiceNo, '^[0-9]{6}$') and Quantity > 0 and CustomerID >= 12346": 500,
        "StockCode = 'POST'": 1,
    }.items(),
)
def test_order_lines_are_of_every_kind_the_uci_file_has(
    landed: duckdb.DuckDBPyConnection, kind: str, at_least: int
) -> None:
    assert value(landed, f"select count(*) from webshop__order_lines where {kind}") >= at_least


def test_no_line_is_of_a_kind_the_uci_file_lacks(landed: duckdb.DuckDBPyConnection) -> None:
    for odd in (
        "not regexp_matches(InvoiceNo, '^[CA]?[0-9]+$')",
        "InvoiceNo like 'C%' and Quantity >= 0",
        "Quantity = 0",
        "UnitPrice < 0 and InvoiceNo not like 'A%'",
        "Quantity < 0 and InvoiceNo not like 'C%' and (UnitPrice <> 0 or CustomerID is not null)",
        "Country not in ('Netherlands', 'Belgium', 'Germany', 'United Kingdom')",
    ):
        assert value(landed, f"select count(*) from webshop__order_lines where {odd}") == 0


def test_some_lines_repeat_another_in_every_field(landed: duckdb.DuckDBPyConnection) -> None:
    lines = value(landed, "select count(*) from webshop__order_lines")
    distinct = value(landed, "select count(*) from (select distinct * from webshop__order_lines)")
    assert 0.005 * lines < lines - distinct < 0.02 * lines


def test_most_returns_match_an_earlier_sale_of_the_customer_and_some_match_none(
    landed: duckdb.DuckDBPyConnection,
) -> None:
    returns = (
        "from webshop__order_lines as r where r.InvoiceNo like 'C%' and CustomerID is not null"
    )
    explained = """
        and exists (
            select 1 from webshop__order_lines as s
            where s.CustomerID = r.CustomerID and s.StockCode = r.StockCode
                and s.Quantity >= -r.Quantity and s.InvoiceDate <= r.InvoiceDate
        )
    """
    all_returns = value(landed, f"select count(*) {returns}")
    matched = value(landed, f"select count(*) {returns} {explained}")
    assert 0.7 * all_returns < matched < all_returns


def test_an_invoice_belongs_to_one_customer_at_one_moment(
    landed: duckdb.DuckDBPyConnection,
) -> None:
    mixed = """
        select 1 from webshop__order_lines group by InvoiceNo
        having count(distinct InvoiceDate) > 1 or count(distinct coalesce(CustomerID, -1)) > 1
    """
    assert value(landed, f"select count(*) from ({mixed})") == 0


def test_nobody_orders_before_the_account_exists(landed: duckdb.DuckDBPyConnection) -> None:
    orders = """
        from webshop__order_lines as o
        left join (
            select customer_id::bigint as customer_id, min(registered_at::timestamp) as since
            from webshop__customers group by all
        ) as c on c.customer_id = o.CustomerID
        where o.CustomerID is not null
    """
    assert value(landed, f"select count(*) {orders} and c.since is null") == 0
    assert value(landed, f"select count(*) {orders} and o.InvoiceDate < c.since") == 0


def test_a_long_window_has_closed_days_and_an_open_last_day() -> None:
    window = Window(20_000, 20_299)
    days = open_days(1, window)
    assert 288 <= len(days) <= 290
    assert days[-1] == window.last
    assert np.all(np.diff(days) > 0)
