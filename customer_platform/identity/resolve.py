"""Resolves records to customers in one go, from wherever they are."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import perf_counter
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from customer_platform.identity.entities import CUSTOMER
from customer_platform.identity.linking import link_staged
from customer_platform.identity.matching.clustering import LinkedRecords
from customer_platform.identity.matching.naming import NO_ID, NamedCustomers, PreviousIds
from customer_platform.identity.matching.records import RecordOrder, StagedRecords, names_of
from customer_platform.identity.matching.result import ResolvedMap
from customer_platform.identity.naming import (
    PREVIOUS_IDS,
    name_customers,
    no_previous_ids,
    read_previous_map,
)
from customer_platform.identity.overrides import Override
from customer_platform.identity.rules import OVERRIDE_RULE, ResolutionRules
from customer_platform.identity.similar import (
    SimilarityModel,
    SimilarPairs,
    find_pairs,
    linking_pairs,
    threshold_of,
)
from customer_platform.identity.similar.matching import FoundPairs, compared_records
from customer_platform.identity.staging import ordered_inserts, staged_records, staging_query
from customer_platform.identity.store import IDENTITY, IdentityStore, OutputTables

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# Called with the share that is done, from 0 to 1, and what is being done.
Progress = Callable[[float, str], None]


def no_progress(share: float, phase: str) -> None:
    """Tells nobody."""


@dataclass
class Clock:
    """Adds up the wall time of phases, and tells how far they are.

    Attributes:
        progress: Is told.
        seconds: Wall time by phase.
    """

    progress: Progress = no_progress
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def phase(self, name: str, starts_at: float) -> Iterator[None]:
        """Times a phase, which starts when this share of the whole is done."""
        self.progress(starts_at, name)
        started = perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + perf_counter() - started


@dataclass(frozen=True)
class Resolution:
    """What resolving records gave.

    Attributes:
        rules: The rules.
        order: The records by number.
        linked: Clusters, links and refused links.
        customers: Who every cluster is.
        map: The finished map.
        previous: What records had before.
        models: The model of every similar rule whose pairs were found, by the rule's name.
        seconds: Wall time by phase.
    """

    rules: ResolutionRules
    order: RecordOrder
    linked: LinkedRecords
    customers: NamedCustomers
    map: ResolvedMap
    previous: PreviousIds
    models: Mapping[str, SimilarityModel]
    seconds: dict[str, float]

    @property
    def records(self) -> int:
        """How many records were resolved."""
        return self.order.count

    @property
    def customer_count(self) -> int:
        """How many customers they belong to."""
        return len(self.customers.clusters)

    @property
    def kept_customers(self) -> int:
        """Customers whose ID was there before."""
        return int(np.count_nonzero(self.customers.kept[self.customers.clusters] != NO_ID))

    @property
    def largest_customer(self) -> int:
        """Records of the largest customer."""
        return int(np.bincount(self.linked.clusters).max(initial=0))


@contextmanager
def resolving(
    connection: "DuckDBPyConnection",
    records: str,
    rules: ResolutionRules,
    *,
    previous: str | None = None,
    issued: str | None = None,
    overrides: Sequence[Override] = (),
    models: Mapping[str, SimilarityModel] = MappingProxyType({}),
    known_pairs: Mapping[str, SimilarPairs] = MappingProxyType({}),
    entity: str = CUSTOMER,
    progress: Progress = no_progress,
) -> Iterator[Resolution]:
    """Resolves records to customers; inside the with block the result can be written.

    Records that are equal in all keys of a match rule, or similar enough, are one customer, and so
    are records that are connected through others, as far as limits, overrides and cohesion allow.
    The result depends on the records, the rules, the overrides, the models and the previous map
    alone: not on the order of rows and not on the number of threads.

    Args:
        connection: A connection; temporary tables are made in it, and dropped afterwards.
        records: The records: a table name or a query. One row per source and record id.
        rules: The rules.
        previous: The map whose customer IDs are carried over: a table name or a query with the
            columns of the map. None starts from nothing.
        issued: The IDs issued before: a table name or a query with customer_id and issued_at.
        overrides: As `read_overrides` returns them.
        models: Models of similar rules, by the rule's name. A rule without one of its version has
            one trained.
        known_pairs: Pairs of similar rules, by the rule's name, that needn't be found again.
        entity: What the IDs are of.
        progress: Is told how far it is.

    Raises:
        RulesError: The records lack a column that the rules use.
        SimilarRulesError: There is a similar rule, and Splink isn't installed.
        RecordsError: A record has no id, or two have the same source and id.
        PreviousMapError: The previous map lacks a column or has a record twice.
    """
    store = IdentityStore(connection, records, rules, OutputTables(IDENTITY, entity=entity))
    clock = Clock(progress)
    with ExitStack() as cleaning:
        cleaning.enter_context(ordered_inserts(connection))
        cleaning.callback(connection.execute, f"drop table if exists {PREVIOUS_IDS}")
        with clock.phase("read", 0.0):
            query = staging_query(store)
            staged = cleaning.enter_context(staged_records(store, query))
        with clock.phase("compare", 0.15):
            found = _found_pairs(store, models, known_pairs)
        with clock.phase("link", 0.25):
            linked = link_staged(
                store,
                overrides,
                staged,
                similar=linking_pairs(
                    rules,
                    {**known_pairs, **{name: each.pairs for name, each in found.items()}},
                    staged.order,
                    {
                        rule.name: threshold_of(
                            rule,
                            found[rule.name].model if rule.name in found else models.get(rule.name),
                        )
                        for rule in rules.match_rules
                        if rule.similar
                    },
                ),
                on_rule=lambda number: progress(
                    0.25 + 0.35 * (number + 1) / len(rules.match_rules), "link"
                ),
            )
        with clock.phase("name", 0.6):
            was = (
                read_previous_map(connection, previous, issued, staged.order)
                if previous
                else no_previous_ids(connection, staged.order.count)
            )
            named = named_map(
                store,
                staged,
                linked,
                was,
                PREVIOUS_IDS,
            )
        progress(0.75, "write")
        yield Resolution(
            rules=rules,
            order=staged.order,
            linked=linked,
            customers=named.customers,
            map=named,
            previous=was,
            models={name: each.model for name, each in found.items()},
            seconds=clock.seconds,
        )
        progress(1.0, "done")


def _found_pairs(
    store: IdentityStore,
    models: Mapping[str, SimilarityModel],
    known_pairs: Mapping[str, SimilarPairs],
) -> dict[str, FoundPairs]:
    """Per name of a similar rule whose pairs aren't known, its pairs and its model."""
    return {
        rule.name: find_pairs(
            store.connection,
            compared_records(store.records, store.rules, rule),
            store.rules,
            rule,
            models.get(rule.name),
            datetime.now(UTC),
        )
        for rule in store.rules.match_rules
        if rule.similar and rule.name not in known_pairs
    }


def named_map(
    store: IdentityStore,
    staged: StagedRecords,
    linked: LinkedRecords,
    previous: PreviousIds,
    issued: str,
) -> ResolvedMap:
    """Gives linked records their customer IDs, and makes each customer's founder its root.

    Args:
        store: The rules, and what is resolved; its connection has `PREVIOUS_IDS`.
        staged: The records.
        linked: Their links.
        previous: What they had before.
        issued: Table or query with the customer_id of every ID ever issued.
    """
    names = names_of(staged)
    customers = name_customers(
        store.connection,
        linked.clusters,
        previous,
        staged.order,
        names,
        issued,
        store.tables.entity,
    )
    linked.forest.make_roots(customers.founders[customers.clusters])
    return ResolvedMap(
        order=staged.order,
        names=names,
        forest=linked.forest,
        clusters=linked.clusters,
        customers=customers,
        # By the position of the rule; overrides come last.
        link_names=[*(rule.name for rule in store.rules.match_rules), OVERRIDE_RULE],
        has_source=store.rules.source is not None,
    )
