"""What a preview consists of: plain values, ready to be shown."""

from dataclasses import dataclass
from decimal import Decimal

from customer_platform.identity.entities import CUSTOMER
from customer_platform.stewardship.explain.model import KeyValue, RecordName

MERGE = "merge"
SPLIT = "split"


@dataclass(frozen=True)
class Totals:
    """The map that is there (`now`) and the one that would be (`then`), in numbers.

    Attributes:
        records: Records that would be resolved.
        new_records: Those of them that the map doesn't have yet.
        gone_records: Records of the map that are no longer there.
        moved_records: Records of both whose customer would be another.
        customers_now: Customers of the map.
        customers_then: Customers that there would be.
        unchanged: Customers of the map that neither merge nor split.
        merging: Customers of the map that become one with others.
        merged: Customers that they become.
        splitting: Customers of the map that split.
        parts: Customers that their records go to.
        largest_now: Records of the largest customer.
        largest_then: The same of the map that would be.
        refused_now: Links that a constraint refuses; None where the map doesn't say.
        refused_then: The same of the map that would be.
    """

    records: int
    new_records: int
    gone_records: int
    moved_records: int
    customers_now: int
    customers_then: int
    unchanged: int
    merging: int
    merged: int
    splitting: int
    parts: int
    largest_now: int
    largest_then: int
    refused_now: int | None
    refused_then: int


@dataclass(frozen=True)
class Part:
    """A customer that merges with others, or one of those that another splits into."""

    customer_id: str
    records: int


@dataclass(frozen=True)
class ChangedLink:
    """A link that makes a merge, or that a split is the end of.

    Attributes:
        record: A record.
        linked_to: The record it would be, or was, linked to.
        rule: The match rule, or `override`.
        values: The match keys that the link is by; empty for an override, and where the rules it
            was made by aren't known.
        sharing: How many of all records have these values; None where there are no values.
        reason: Why a link would be no more; None for a link that would be made.
    """

    record: RecordName
    linked_to: RecordName
    rule: str
    values: tuple[KeyValue, ...]
    sharing: int | None
    reason: str | None


@dataclass(frozen=True)
class Change:
    """Customers that become one, or one that splits.

    Attributes:
        kind: `merge` or `split`.
        customer_id: The customer that there would be, or that splits.
        customers: How many customers it is made of, or splits into.
        records: Their records.
        moved_records: Those of them whose customer would be another.
        parts: The largest of these customers.
        links_by_rule: How many links between the parts there would be, or were, by each rule.
        links: A few of them.
        revenue: Net revenue that moves with the records, by currency.
    """

    kind: str
    customer_id: str
    customers: int
    records: int
    moved_records: int
    parts: tuple[Part, ...]
    links_by_rule: tuple[tuple[str, int], ...]
    links: tuple[ChangedLink, ...]
    revenue: tuple[tuple[str, Decimal], ...]


@dataclass(frozen=True)
class Revenue:
    """What moves between customers in one currency.

    Attributes:
        currency: The currency.
        total: Net revenue of all records: sales less returns.
        moved: Net revenue of the records whose customer would be another.
        moved_lines: Transaction lines of these records.
    """

    currency: str
    total: Decimal
    moved: Decimal
    moved_lines: int


@dataclass(frozen=True)
class RulePreview:
    """What rules would do to the customers.

    Attributes:
        totals: Numbers.
        links: Per rule, how many records are linked by it now and would be then; `override` for
            overrides. A rule that isn't there has none.
        changes: The biggest changes, by records that move.
        revenue: What moves between customers, by currency; None when there are no transactions.
        buyers: Customers with transactions, now and then; None when there are no transactions.
        same_rules: Whether the map was made by these rules, so that all that changes comes from
            records and overrides.
        entity: What a customer is called here, as `buyer`.
    """

    totals: Totals
    links: tuple[tuple[str, int, int], ...]
    changes: tuple[Change, ...]
    revenue: tuple[Revenue, ...] | None
    buyers: tuple[int, int] | None
    same_rules: bool
    entity: str = CUSTOMER
