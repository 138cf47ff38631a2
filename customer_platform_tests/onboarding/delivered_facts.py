"""Files of orders and events on their way: proposed, landed in DuckDB, and read by their views."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from customer_platform.onboarding import Entity, Proposal, Wishes, find_deliveries, propose
from customer_platform.onboarding.delivered import SOURCE, read_delivery
from customer_platform.onboarding.fact_plan import records_of, records_sql
from customer_platform.onboarding.platform import read_platform
from customer_platform.onboarding.staging_sql import staging_sql
from customer_platform_tests.support.onboarding import CUSTOMER, DAY
from customer_platform_tests.support.projects import checkout
from customer_platform_tests.support.staging_views import rows_of_view


@dataclass(frozen=True)
class Delivered:
    """What comes of files.

    Attributes:
        proposal: What is proposed for them.
        facts: Rows of the staging view.
        records: Rows of the view of whose they are.
    """

    proposal: Proposal
    facts: Sequence[dict[str, Any]]
    records: Sequence[dict[str, Any]]

    def values(self, *columns: str) -> list[tuple[Any, ...]]:
        """Columns of the facts, in the order of their IDs; amounts as numbers."""
        return [
            tuple(float(row[name]) if name in _AMOUNTS else row[name] for name in columns)
            for row in self.facts
        ]


_AMOUNTS = ("amount", "unit_price")


def delivered(
    *paths: Path,
    model: str = "retail",
    entities: Sequence[Entity] = (CUSTOMER,),
    others: str = "",
    **wishes: object,
) -> Delivered:
    """Takes the files of one table of the source `shop` to the rows of its views."""
    [delivery] = find_deliveries(paths, DAY)
    proposal = propose(delivery, Wishes(**wishes), entities)  # type: ignore[arg-type]
    assert proposal.facts is not None, proposal
    platform = read_platform(checkout(), model)
    columns = {
        column.name: {"type": column.type.type, "format": column.type.format}
        if column.type.format
        else column.type.type
        for column in proposal.columns
    }
    with (
        tempfile.TemporaryDirectory() as folder,
        read_delivery(delivery, Path(folder), columns) as (connection, _),  # type: ignore[arg-type]
    ):
        raw = f'raw."{SOURCE}__{proposal.table}"'
        connection.execute(f'create view raw."{proposal.table}" as from {raw}')
        facts = rows_of_view(staging_sql("shop", proposal, platform, others=others), connection)
        found, records = records_of(proposal), []
        if found is not None:
            view = records_sql("shop", proposal, found, platform, others)
            records = rows_of_view(view, connection) if view is not None else []
    return Delivered(proposal, facts, records)
