"""A preview as files: all changes, not only the biggest."""

import csv
from pathlib import Path
from typing import TYPE_CHECKING

from customer_platform.identity.explain.wording import value_text
from customer_platform.identity.preview.compare import CHANGES, FLOWS, RECORDS, REFUSED
from customer_platform.identity.preview.model import RulePreview
from customer_platform.identity.preview.revenue import MOVED_REVENUE
from customer_platform.warehouse import sql

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_QUERIES = {
    "changes.csv": f"select * from {CHANGES} "
    "order by moved_records desc, records desc, kind, customer_id",
    "changed_customers.csv": "select now as customer_id, later as new_customer_id, records, "
    f"merges, splits from {FLOWS} order by customer_id, new_customer_id",
    "moved_records.csv": "select source, record_id as source_record_id, now as customer_id, "
    f"later as new_customer_id from {RECORDS} where now <> later "
    "order by customer_id, source, source_record_id",
    "moved_revenue.csv": "select now as customer_id, later as new_customer_id, currency, "
    f"sum(amount) as amount, cast(sum(lines) as bigint) as lines from {MOVED_REVENUE} "
    "group by all order by customer_id, new_customer_id, currency",
    "refused_links.csv": f"select * from {REFUSED} order by all",
}

_LINK_COLUMNS = ("kind", "customer_id", "record", "linked_to", "rule", "values", "sharing", "why")

FILES = (*_QUERIES, "links.csv")


def write_files(connection: "DuckDBPyConnection", folder: Path, preview: RulePreview) -> None:
    """Writes `FILES` into a folder, which is made where it isn't there.

    Args:
        connection: A connection in which the maps are compared, and their revenue.
        folder: The folder.
        preview: Its biggest changes have the links of `links.csv`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, query in _QUERIES.items():
        connection.execute(
            f"copy ({query}) to {sql.literal(str(folder / name))} (format csv, header)"
        )
    with (folder / "links.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(_LINK_COLUMNS)
        for change in preview.changes:
            for link in change.links:
                writer.writerow(
                    [
                        change.kind,
                        change.customer_id,
                        link.record,
                        link.linked_to,
                        link.rule,
                        ", ".join(value_text(value) for value in link.values),
                        link.sharing,
                        link.reason,
                    ]
                )
