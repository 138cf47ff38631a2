"""The questions that can be asked: of a customer, of a record, of two records."""

from collections.abc import Collection, Iterable
from dataclasses import replace

from customer_platform.errors import ExplainError
from customer_platform.identity.rules import ResolutionRules
from customer_platform.identity.store import IdentityStore
from customer_platform.stewardship.explain.assembly import Assembled, assemble, priorities
from customer_platform.stewardship.explain.lookup import (
    current_customer,
    customer_of_record,
    read_refused_links,
    require_map,
)
from customer_platform.stewardship.explain.model import (
    Explanation,
    RecordName,
    RefusedLink,
    Retirement,
    RuleComparison,
    SharedValue,
)
from customer_platform.stewardship.explain.similarity import compare_by_rules, with_contributions
from customer_platform.stewardship.explain.strength import way_between, weakest_link


def explain_customer(store: IdentityStore, customer_id: str) -> Explanation:
    """Why the records of a customer are one.

    Args:
        store: The map, made by the store's rules, and next to it, as far as they are there, the
            registry, `refused_links` and `link_overrides`.
        customer_id: An ID; a retired one leads to its successor.

    Raises:
        ExplainError: The ID was never issued, or none of its records is left.
    """
    require_map(store)
    current, retirements = current_customer(store, customer_id)
    return _whole(store, current, retirements=retirements)


def explain_record(store: IdentityStore, source: str | None, record_id: str) -> Explanation:
    """Why a record belongs to its customer: the customer, with the record as the one asked for.

    Args:
        store: As for `explain_customer`.
        source: The record's source; None or empty where the rules name no source.
        record_id: The record's id.

    Raises:
        ExplainError: The map doesn't have the record.
    """
    require_map(store)
    name = RecordName(source or "", record_id)
    current = customer_of_record(store, name)
    return _whole(store, current, asked=(name,))


def explain_pair(store: IdentityStore, left: RecordName, right: RecordName) -> Explanation:
    """Why two records are one customer, or why they are two.

    For one customer: the way from one to the other, and its weakest link. For two: what every
    rule says of the two, and the refused links between the customers; the first of these is shown
    with the ways that lead to it.

    Args:
        store: As for `explain_customer`.
        left: A record.
        right: Another.

    Raises:
        ExplainError: The map lacks one of the records, or both are the same.
    """
    require_map(store)
    if left == right:
        raise ExplainError(f"{left} was given twice; name two different records")
    customers = [customer_of_record(store, name) for name in (left, right)]
    if customers[0] != customers[1]:
        return _two_customers(store, (left, right), customers)
    assembled = assemble(store, customers[:1])
    way = way_between(assembled.linked_to, left, right)
    refused = read_refused_links(store, customers[:1])
    return _with_contributions(
        store,
        _explanation(
            assembled,
            store.rules,
            customers[:1],
            way,
            asked=(left, right),
            refused=[link for link in refused if {link.record, link.other} & set(way)],
        ),
    )


def _whole(
    store: IdentityStore,
    customer_id: str,
    *,
    asked: tuple[RecordName, ...] = (),
    retirements: tuple[Retirement, ...] = (),
) -> Explanation:
    assembled = assemble(store, [customer_id])
    return _with_contributions(
        store,
        _explanation(
            assembled,
            store.rules,
            [customer_id],
            assembled.records,
            asked=asked,
            refused=read_refused_links(store, [customer_id]),
            retirements=retirements,
        ),
    )


def _two_customers(
    store: IdentityStore, asked: tuple[RecordName, RecordName], customers: list[str]
) -> Explanation:
    assembled = assemble(store, customers)
    refused = read_refused_links(store, customers, between=True)
    shown = set(asked)
    if refused:
        ends = {refused[0].record, refused[0].other}
        for name in asked:
            customer_id = assembled.records[name].customer_id
            for end in ends:
                if end in assembled.records and assembled.records[end].customer_id == customer_id:
                    shown.update(way_between(assembled.linked_to, name, end))
    return _with_contributions(
        store,
        _explanation(
            assembled,
            store.rules,
            customers,
            shown,
            asked=asked,
            refused=refused,
            comparisons=compare_by_rules(store, *asked),
        ),
    )


def _with_contributions(store: IdentityStore, explanation: Explanation) -> Explanation:
    """The explanation, its links by similar rules with what speaks for and against them."""
    weakest = explanation.weakest
    position = explanation.links.index(weakest) if weakest else None
    links = with_contributions(store, explanation.links)
    return replace(
        explanation,
        entity=store.tables.entity,
        links=tuple(links),
        weakest=None if position is None else links[position],
    )


def _explanation(
    assembled: Assembled,
    rules: ResolutionRules,
    customers: list[str],
    shown: Collection[RecordName],
    *,
    asked: tuple[RecordName, ...],
    refused: Iterable[RefusedLink],
    comparisons: tuple[RuleComparison, ...] = (),
    retirements: tuple[Retirement, ...] = (),
) -> Explanation:
    inside = set(shown)
    links = tuple(
        link
        for name, link in sorted(assembled.links.items())
        if name in inside and link.linked_to in inside
    )
    matches = [
        SharedValue(value.rule, tuple(name for name in value.records if name in inside))
        for value in assembled.shared
    ]
    return Explanation(
        customers=tuple(customers),
        records=tuple(
            record for name, record in sorted(assembled.records.items()) if name in inside
        ),
        links=links,
        weakest=weakest_link(links, priorities(rules)) if len(customers) == 1 else None,
        shared=tuple(value for value in matches if len(value.records) > 1),
        refused=tuple(refused),
        customer_records=tuple(assembled.sizes[customer_id] for customer_id in customers),
        asked=asked,
        comparisons=comparisons,
        retirements=retirements,
    )
