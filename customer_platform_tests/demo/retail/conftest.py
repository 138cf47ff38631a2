"""One demo for all tests of this folder: generating it is the slow part."""

import duckdb
import pytest

from customer_platform.demo import DemoSummary
from customer_platform.demo.retail import generate
from customer_platform_tests.support.retail_demo import DAYS, END


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoSummary:
    return generate(tmp_path_factory.mktemp("demo"), customers=1_500, days=DAYS, seed=42, end=END)


@pytest.fixture(scope="session")
def landed(demo: DemoSummary) -> duckdb.DuckDBPyConnection:
    """The landing files as tables named `<source>__<table>`, all days together, and the truth."""
    connection = duckdb.connect()
    text = "filename = true, all_varchar = true"
    for name, reader in {
        "crm__customers": f"read_csv('{{}}/crm/customers/*.csv', {text})",
        "webshop__customers": f"read_csv('{{}}/webshop/customers/*.csv', {text})",
        "webshop__order_lines": """read_csv('{}/webshop/order_lines/*.csv', filename = true,
            columns = {{'InvoiceNo': 'varchar', 'StockCode': 'varchar', 'Description': 'varchar',
            'Quantity': 'bigint', 'InvoiceDate': 'timestamp', 'UnitPrice': 'decimal(18, 4)',
            'CustomerID': 'bigint', 'Country': 'varchar'}})""",
        "pos__receipt_lines": "read_parquet('{}/pos/receipt_lines/*.parquet', filename = true)",
        "newsletter__subscribers": "read_json('{}/newsletter/subscribers/*', filename = true)",
        "support__contacts": f"read_csv('{{}}/support/contacts/*.csv', {text})",
        "web__events": "read_json('{}/web/events/*.jsonl.gz', filename = true)",
    }.items():
        connection.execute(f"create table {name} as from {reader.format(demo.landing)}")
    connection.execute(f"create table truth as select * from '{demo.truth}'")
    return connection
