"""CDNOW, every purchase of 23,570 real customers, through the masters beside a pandas group-by."""

from pathlib import Path

import duckdb
import pandas as pd
import pytest

from customer_platform_tests.dbt.project import Project
from customer_platform_tests.support.real_data import DATA, needs

FILE = DATA / "cdnow_master.csv"

pytestmark = needs(FILE.name)


@pytest.fixture(scope="module")
def purchases() -> pd.DataFrame:
    """The file: customer_id, day, cds, dollars; a row per purchase."""
    frame = pd.read_csv(FILE)
    frame.columns = pd.Index(["customer_id", "day", "cds", "dollars"])
    frame["day"] = pd.to_datetime(frame["day"].astype(str))
    return frame


def test_every_customer_has_the_purchases_and_spend_of_a_group_by(
    tmp_path: Path, purchases: pd.DataFrame
) -> None:
    project = Project(tmp_path)
    with duckdb.connect(str(project.warehouse)) as connection:
        connection.register("purchases", purchases)
        # A purchase is an invoice of one line; its price is what was paid.
        connection.execute("""
            insert into raw.webshop__order_lines by name
            select cast(row_number() over () as varchar) as "InvoiceNo", 'CD' as "StockCode",
                1 as "Quantity", day as "InvoiceDate",
                cast(dollars as decimal(18, 4)) as "UnitPrice",
                customer_id as "CustomerID", day::date as _partition, 'cdnow' as _source_file,
                row_number() over () as _row_number
            from purchases;
            insert into identity.customer_id_map by name
            select distinct 'webshop' as source, cast(customer_id as varchar) as source_record_id,
                'c_' || customer_id as customer_id
            from purchases;
        """)
    project.dbt("seed")
    project.run({})
    by_customer = purchases.groupby("customer_id")
    expected = pd.DataFrame(
        {
            "orders": by_customer.size(),
            "spend": (by_customer["dollars"].sum() * 100).round().astype(int),
            "first": by_customer["day"].min(),
            "last": by_customer["day"].max(),
        }
    )
    found = project.rows(
        "select cast(substr(customer_id, 3) as integer) as number, order_count, "
        "cast(gross_revenue * 100 as integer), first_purchase_at, last_purchase_at "
        "from master.customers order by number"
    )
    assert len(found) == 23_570
    assert found == [tuple(row) for row in expected.itertuples()]
