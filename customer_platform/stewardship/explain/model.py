"""What an explanation consists of: plain values, ready to be shown as text or HTML."""

from dataclasses import dataclass
from datetime import date, datetime

from customer_platform.identity.entities import CUSTOMER


@dataclass(frozen=True, order=True)
class RecordName:
    """A record's source (the empty string where the rules name no source) and its id."""

    source: str
    record_id: str

    @classmethod
    def parse(cls, text: str) -> "RecordName":
        """Reads SOURCE:ID; the id may have colons, and without a colon there is no source."""
        source, colon, record_id = text.partition(":")
        return cls(source, record_id) if colon else cls("", text)

    def __str__(self) -> str:
        return f"{self.source}:{self.record_id}" if self.source else self.record_id


@dataclass(frozen=True)
class KeyValue:
    """A match key's normalised value; `column` is the column of the records it comes from."""

    key: str
    column: str
    value: str | None


@dataclass(frozen=True)
class Record:
    """A record of the customer.

    Attributes:
        name: Its source and id.
        customer_id: Its customer.
        is_founding: Whether it is the founding record, which is linked to no other.
        values: The match keys that rules use, in the order of the rules' YAML. Empty when the
            record isn't among the records any more.
        valid_from: Since when it has this customer ID, UTC.
        reason: Why it came to this customer; None where the map doesn't say.
    """

    name: RecordName
    customer_id: str
    is_founding: bool
    values: tuple[KeyValue, ...]
    valid_from: datetime | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Override:
    """Who decided that two records are the same customer, when and why."""

    author: str | None
    date: date | str | None
    reason: str | None


@dataclass(frozen=True)
class Contribution:
    """What the values that two records have of a match key say of the two.

    Attributes:
        left: The one record's value.
        right: The other's.
        level: How alike they are, in words.
        weight: log2 of how much likelier this is of one customer than of two; below 0 it speaks
            against.
        rarity: What the weight has more, or less, because the shared value is rare or common.
    """

    left: KeyValue
    right: KeyValue
    level: str
    weight: float
    rarity: float


@dataclass(frozen=True)
class Similarity:
    """How similar two records are by a rule.

    Attributes:
        probability: That they are one customer.
        threshold: The probability from which the rule links.
        prior: log2 of the odds that any two records are one customer.
        contributions: One per match key that the rule compares; they and the prior add up to the
            log2 of the odds. Empty where Splink isn't installed.
    """

    probability: float
    threshold: float
    prior: float = 0.0
    contributions: tuple[Contribution, ...] = ()


@dataclass(frozen=True)
class Link:
    """A link of the proof forest: why a record belongs to the customer of another.

    A match is a pair of records that are equal in all keys of one rule or similar enough by it, or
    that an override says are the same. The link parts the customer's records in two: those that
    are led to the founding record through it, and the others.

    Attributes:
        record: The record that the link explains.
        linked_to: The record it is linked to, one step closer to the founding record.
        rule: The match rule, or `override`.
        values: The keys of the rule with the value that both records have; empty for an override,
            for a similar rule, for a rule that the rules don't have, and when the values differ by
            now.
        sharing: How many of all records have these values; None where there are no values.
        also_matched_by: Further rules that match the same two records, in priority order.
        supporting_matches: Further matches between the two parts, these rules' included.
        parts: Records on the founding record's side, and on the other.
        is_bridge: Whether no other pair of records joins the two parts.
        holds: Whether the records still match; False when they changed since the map was made.
        override: Author, date and reason of an override.
        similarity: How similar the two are, of a link by a similar rule.
    """

    record: RecordName
    linked_to: RecordName
    rule: str
    values: tuple[KeyValue, ...]
    sharing: int | None
    also_matched_by: tuple[str, ...]
    supporting_matches: int
    parts: tuple[int, int]
    is_bridge: bool
    holds: bool = True
    override: Override | None = None
    similarity: Similarity | None = None


@dataclass(frozen=True)
class SharedValue:
    """Records that a rule matches with each other: by the same values, or two by similarity."""

    rule: str
    records: tuple[RecordName, ...]


@dataclass(frozen=True)
class RefusedLink:
    """A link that a constraint refused.

    Attributes:
        rule: The rule that asked for it.
        record: One record.
        customer_id: Its customer.
        other: The other record.
        other_customer_id: The other's customer.
        refused_by: `limit KEY`, `override different` or `cohesion`.
        this_side: The record's side of the constraint: a value of the limited key, or a record.
        other_side: The other record's side of it.
    """

    rule: str
    record: RecordName
    customer_id: str
    other: RecordName
    other_customer_id: str
    refused_by: str
    this_side: KeyValue
    other_side: KeyValue


@dataclass(frozen=True)
class KeyComparison:
    """A match key of two records.

    `equal` stands beside the values because masked values may look alike: null never equals.
    """

    left: KeyValue
    right: KeyValue
    equal: bool


@dataclass(frozen=True)
class RuleComparison:
    """What a rule says of two records that are two customers.

    Attributes:
        rule: The rule.
        keys: Its match keys, with the values of both records.
        over_shared_by: How many records have these values, when too many share them to link.
        over_shared_people: How many different names those have, when people are too many.
        similarity: How similar the two are, by a similar rule; None where there is no model.
        is_kept_pair: Whether a similar rule has compared the two as records that it links; its
            blocking doesn't bring all records together.
    """

    rule: str
    keys: tuple[KeyComparison, ...]
    over_shared_by: int | None = None
    is_similar_rule: bool = False
    similarity: Similarity | None = None
    is_kept_pair: bool = False
    over_shared_people: int | None = None

    @property
    def matches(self) -> bool:
        """Whether all keys agree, or are similar enough."""
        if self.is_similar_rule:
            found = self.similarity
            return found is not None and found.probability >= found.threshold
        return all(key.equal for key in self.keys)


@dataclass(frozen=True)
class Retirement:
    """A customer ID that was asked for and is no longer in use."""

    customer_id: str
    retired_at: datetime | None
    successor: str


@dataclass(frozen=True)
class Explanation:
    """Why records are one customer, or why they aren't.

    Attributes:
        customers: IDs of the customers that the records belong to: one, or two for a pair of
            records that are two customers.
        records: Records by name. For a pair: those on the way from one to the other.
        links: Links between those records, by the name of the record they explain.
        weakest: The weakest of the links; None when there is none.
        shared: Which records match which, beyond the links; the most matches are here.
        refused: Refused links that touch the customer; for two customers: those between them.
        customer_records: How many records each of `customers` has.
        asked: The records that were asked for; empty when a customer was.
        comparisons: For a pair that is two customers: every rule's verdict.
        retirements: The retired IDs that led to this customer, the one asked for first.
        entity: What a customer is called here, as `buyer`.
    """

    customers: tuple[str, ...]
    records: tuple[Record, ...]
    links: tuple[Link, ...]
    weakest: Link | None
    shared: tuple[SharedValue, ...]
    refused: tuple[RefusedLink, ...]
    customer_records: tuple[int, ...]
    asked: tuple[RecordName, ...] = ()
    comparisons: tuple[RuleComparison, ...] = ()
    retirements: tuple[Retirement, ...] = ()
    entity: str = CUSTOMER

    @property
    def is_path(self) -> bool:
        """Whether only the way between two records of one customer is shown."""
        return len(self.asked) == 2 and len(self.customers) == 1
