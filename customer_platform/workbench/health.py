"""How identities fare: the figures of the last runs, and what the checks on the map find."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from customer_platform.declarations import Entity
from customer_platform.stewardship.health.check import check_health
from customer_platform.stewardship.health.findings import HealthReport
from customer_platform.stewardship.health.ignoring import propose_ignored
from customer_platform.stewardship.health.measures import SharedValue
from customer_platform.warehouse import sql
from customer_platform.warehouse.duckdb import columns_of, table_kind
from customer_platform.workbench.reading import Published

RUNS = 30
_WIDTH, _HEIGHT = 220, 36


@dataclass(frozen=True)
class Run:
    """A run that made a map.

    Attributes:
        resolved_at: When, UTC.
        mode: `full` or `incremental`.
        records: Records in the map.
        customers: Customers they are.
        new_records: Records that came with it.
        moved_records: Records that got another customer.
        refused_links: Links that were refused.
    """

    resolved_at: datetime
    mode: str
    records: int
    customers: int
    new_records: int
    moved_records: int
    refused_links: int

    @property
    def consolidation(self) -> float:
        """The share of records that are merged into others."""
        return 1 - self.customers / self.records if self.records else 0.0


@dataclass(frozen=True)
class Figures:
    """What is counted of a map.

    Attributes:
        runs: The last runs, the newest first.
        rules: By rule: links, records it matches, over-shared values.
        refused: What has refused links, and how many.
        sizes: Records per customer, and how many customers have so many.
        known: By kind of fact: facts whose customer is known, and all.
        line: The consolidation rate over the runs, as points of a line.
    """

    runs: tuple[Run, ...]
    rules: tuple[tuple[str, int, int, int], ...]
    refused: tuple[tuple[str, int], ...]
    sizes: tuple[tuple[int, int], ...]
    known: tuple[tuple[str, int, int], ...]
    line: str


def read_report(published: Published, entity: Entity) -> tuple[HealthReport, list[SharedValue]]:
    """What the checks find of an entity, and the values that they propose to ignore.

    Args:
        published: The publication.
        entity: The entity.
    """
    with published.store(entity) as store:
        return check_health(store, entity.health), propose_ignored(store, entity.health)


def read_figures(published: Published, entity: Entity) -> Figures:
    """What is counted of the map of an entity.

    Args:
        published: The publication.
        entity: The entity.
    """
    with published.store(entity) as store:
        runs = tuple(Run(*row) for row in store.rows("stewardship/last_runs", {"most": RUNS}))
        rules = store.rows("stewardship/rules_at_work")
        refused = store.rows("stewardship/refused_by")
        sizes = store.connection.execute(
            f"select records_per_customer, customers from {store.quoted.customer_sizes} order by 1"
        ).fetchall()
    return Figures(
        runs=runs,
        rules=tuple(tuple(row) for row in rules),
        refused=tuple(tuple(row) for row in refused),
        sizes=tuple(tuple(row) for row in sizes),
        known=tuple(_known(published, entity)),
        line=line_of([run.consolidation for run in reversed(runs)]),
    )


def line_of(shares: Sequence[float]) -> str:
    """Shares over time as the points of a line in a drawing of 220 by 36."""
    step = _WIDTH / max(len(shares) - 1, 1)
    return " ".join(
        f"{number * step:.1f},{_HEIGHT - share * _HEIGHT:.1f}"
        for number, share in enumerate(shares)
    )


def _known(published: Published, entity: Entity) -> list[tuple[str, int, int]]:
    """By kind of fact, how many say whose they are."""
    column = f"{entity.entity}_id"
    found = []
    with published.masters() as cursor:
        for fact in ("transactions", "sessions", "events"):
            if table_kind(cursor, "master", fact) is None:
                continue
            relation = f"master.{sql.identifier(fact)}"
            if column not in columns_of(cursor, relation):
                continue
            [(known, count)] = cursor.execute(
                f"select count({sql.identifier(column)}), count(*) from {relation}"
            ).fetchall()
            found.append((fact, known, count))
    return found
