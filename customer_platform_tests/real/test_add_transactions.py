"""What `add-source` makes of real files of purchases: lines that count as the files do."""

from collections import Counter

import duckdb
import pytest

from customer_platform_tests.onboarding.delivered_facts import delivered
from customer_platform_tests.support.real_data import DATA, needs

RETAIL, CDNOW = DATA / "online_retail.parquet", DATA / "cdnow_master.csv"

pytestmark = [*needs(RETAIL.name, CDNOW.name), pytest.mark.slow]


def test_online_retail_has_its_returns_apart_from_its_write_offs() -> None:
    found = delivered(RETAIL)
    types = Counter(row["transaction_type"] for row in found.facts)
    # On C invoices 9,288 lines; of the other negative quantities none is a customer's return, and
    # two lines are bad debt.
    assert types == {"sale": 541_909 - 9_288 - 1_336 - 2, "return": 9_288, "adjustment": 1_338}
    assert len({row["transaction_id"] for row in found.facts}) == 541_909
    assert sum(row["source_record_id"] is None for row in found.facts) == 135_080
    assert len(found.records) == 4_372
    [(total,)] = duckdb.execute(
        f"select sum((Quantity * UnitPrice)::decimal(18, 4)) from '{RETAIL}'"
    ).fetchall()
    assert sum(row["amount"] for row in found.facts) == total


def test_every_purchase_of_cdnow_counts_once_with_its_customer() -> None:
    found = delivered(CDNOW)
    assert {row["transaction_type"] for row in found.facts} == {"sale"}
    assert len({row["transaction_id"] for row in found.facts}) == 69_659
    assert len({row["order_id"] for row in found.facts}) == 69_659
    assert len(found.records) == 23_570
    [(total,)] = duckdb.execute(f"select sum(Amount::decimal(18, 4)) from '{CDNOW}'").fetchall()
    assert sum(row["amount"] for row in found.facts) == total
