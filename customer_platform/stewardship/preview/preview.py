"""The preview of a change of rules."""

import csv
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from customer_platform.identity.keeping.similar_tables import model_fingerprints
from customer_platform.identity.keeping.state import last_run, rules_fingerprint
from customer_platform.identity.overrides import Override, read_overrides
from customer_platform.identity.resolve import Progress, no_progress
from customer_platform.identity.rules import OVERRIDE_RULE, ResolutionRules
from customer_platform.identity.store import IdentityStore
from customer_platform.stewardship.explain.wording import value_text
from customer_platform.stewardship.preview.changes import biggest_changes
from customer_platform.stewardship.preview.compare import (
    CHANGES,
    FLOWS,
    LINKS,
    MOVED_REVENUE,
    RECORDS,
    REFUSED,
    comparing,
    comparing_built,
    current_links,
    find_moved_revenue,
)
from customer_platform.stewardship.preview.model import RulePreview, Totals
from customer_platform.warehouse import sql
from customer_platform.warehouse.duckdb import table_kind

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


TRANSACTIONS = ("master", "transactions")
BIGGEST_CHANGES = 10

_QUERIES = {
    "changes.csv": f"select * from {CHANGES} "
    "order by moved_records desc, records desc, kind, customer_id",
    "changed_customers.csv": "select now as customer_id, later as new_customer_id, records, "
    f"is_merge as merges, is_split as splits from {FLOWS} order by customer_id, new_customer_id",
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


def preview(
    store: IdentityStore,
    overrides: Sequence[Override],
    *,
    current_rules: ResolutionRules | None = None,
    changes: int = BIGGEST_CHANGES,
    output: Path | None = None,
    transactions: str | None = None,
    progress: Progress = no_progress,
) -> RulePreview:
    """What rules would do to the customers of a map, with their IDs carried over.

    Nothing is written but temporary tables, and the files that are asked for.

    Args:
        store: The map that is there, and the rules to try; a connection that only reads is enough.
            Revenue is that of `master.transactions`, where they say whose they are
            (`record_column`).
        overrides: The overrides to apply; with those that the map was made with, all that changes
            comes from the rules and from records that changed since.
        current_rules: The rules that the map was made by, if they are known: then the values of
            links that would be no more are told.
        changes: How many of the biggest changes to explain.
        output: Folder for all changes as CSV files.
        transactions: Table of the transactions, where that isn't `master.transactions`.
        progress: Is told how far it is.

    Raises:
        RulesError: The records lack a column that the rules use.
        RecordsError: A record has no id, or two have the same source and id.
    """
    comparison = comparing(store, overrides, progress=progress)
    return _previewed(store, comparison, current_rules, changes, output, transactions)


def preview_built(
    store: IdentityStore,
    database: str,
    *,
    current_rules: ResolutionRules | None = None,
    changes: int = BIGGEST_CHANGES,
) -> RulePreview:
    """What a map that was built in another database has made of the customers of this one.

    Args:
        store: The map that is there, and the rules that the other was built by; its records are
            those of the other.
        database: The name of the other database, which is attached to the connection.
        current_rules: The rules that the map that is there was made by.
        changes: How many of the biggest changes to explain.
    """
    return _previewed(store, comparing_built(store, database), current_rules, changes, None)


def _previewed(
    store: IdentityStore,
    comparison: AbstractContextManager[Totals],
    current_rules: ResolutionRules | None,
    changes: int,
    output: Path | None,
    transactions: str | None = None,
) -> RulePreview:
    last = last_run(store)
    if transactions is None and table_kind(store.connection, *TRANSACTIONS):
        transactions = ".".join(TRANSACTIONS)
    with comparison as totals:
        try:
            moved = find_moved_revenue(
                store.connection,
                transactions,
                store.tables.entity,
            )
            found = RulePreview(
                totals=totals,
                links=_links_by_rule(store),
                changes=biggest_changes(store, current_rules, changes),
                revenue=moved[0] if moved else None,
                buyers=moved[1] if moved else None,
                same_rules=last is not None
                and last.fingerprint == rules_fingerprint(store.rules, model_fingerprints(store)),
                entity=store.tables.entity,
            )
            if output:
                write_files(store.connection, output, found)
        finally:
            store.connection.execute(f"drop table if exists {MOVED_REVENUE}")
    return found


def applied_overrides(store: IdentityStore) -> list[Override]:
    """The overrides that the current map was made with."""
    if not store.has(store.tables.applied_overrides):
        return []
    return read_overrides(store.connection, store.quoted.applied_overrides)


def _links_by_rule(store: IdentityStore) -> tuple[tuple[str, int, int], ...]:
    def counts(links: str) -> dict[str, int]:
        rows = store.connection.execute(
            f"select linked_by_rule, count(*) from {links} as links "
            f"where linked_by_rule is not null group by linked_by_rule order by linked_by_rule"
        ).fetchall()
        return dict(rows)

    now, then = counts(current_links(store.quoted.customer_id_map)), counts(LINKS)
    names = [OVERRIDE_RULE] if OVERRIDE_RULE in {**now, **then} else []
    names += [rule.name for rule in store.rules.match_rules]
    names += [name for name in now if name not in names]
    return tuple((name, now.get(name, 0), then.get(name, 0)) for name in names)


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
