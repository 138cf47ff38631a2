"""A warehouse with small masters, written by hand."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from customer_platform.publishing import Publication, full_edition, publish
from customer_platform.publishing.relations import PublishedRelation

if TYPE_CHECKING:
    import pyarrow


RELATIONS = (
    PublishedRelation(name="golden_records"),
    PublishedRelation(name="customers", as_view=True),
    PublishedRelation(
        name="customers_history",
        source="customer_changes",
        since="valid_from",
        versions_of="customer_id",
    ),
    PublishedRelation(name="customer_records"),
    PublishedRelation(name="transactions", by_day=True),
    PublishedRelation(name="returns"),
    PublishedRelation(name="events", by_day=True),
    PublishedRelation(name="restatements"),
)


FIRST, SECOND, THIRD = (datetime(2026, 1, day) for day in (1, 2, 3))


class SmallMasters:
    """Masters of two days and two customers.

    Attributes:
        folder: Where they are published.
    """

    def __init__(self, home: Path) -> None:
        self.folder = home / "published"
        self.connection = duckdb.connect(str(home / "warehouse.duckdb"))
        self.connection.execute("""
            create schema master;
            create table master.pending_changes (kind varchar, source varchar, key varchar);
            create table master.golden_records as
            select 'c_' || i as customer_id, i as net_revenue from range(2) as t(i);
            create view master.customers as from master.golden_records;
            create table master.customer_changes as
            select *, timestamp '2026-01-01' as valid_from, false as is_deleted
            from master.customers;
            create table master.customer_records as
            select 'crm' as source, '1' as source_record_id, 'c_0' as customer_id;
            create table master.transactions as
            select i as transaction_id, 'c_0' as customer_id,
                date '2026-01-01' + i::int as partition_date
            from range(2) as t(i);
            create table master.returns as select * from master.transactions;
            create table master.events as select * from master.transactions where false;
            create table master.sessions as select * from master.transactions;
            create table master.restatements as select 'c_0' as customer_id where false;
        """)

    def publish(
        self, published_at: datetime, relations: Sequence[PublishedRelation] = RELATIONS
    ) -> Publication:
        """Publishes them, or only some of them."""
        [publication] = publish(
            self.connection, [full_edition(self.folder)], relations, published_at
        )
        return publication

    def change_day(self, day: str, customer: str) -> None:
        """Gives the lines of a day another customer, as a run of the masters would."""
        self.connection.execute(
            "update master.transactions set customer_id = ? where partition_date = ?",
            [customer, day],
        )
        self.connection.execute(
            "insert into master.pending_changes values ('day', 'transactions', ?)", [day]
        )


def rows(found: "pyarrow.Table") -> list[tuple[Any, ...]]:
    """The rows of a query's result."""
    return list(zip(*(column.to_pylist() for column in found.columns), strict=True))
