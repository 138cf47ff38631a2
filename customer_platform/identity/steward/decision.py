"""What a steward has decided about two records, and where it is written down."""

from dataclasses import dataclass

from customer_platform.identity.entities import CUSTOMER, noun, nouns
from customer_platform.identity.explain.model import RecordName
from customer_platform.identity.overrides import DIFFERENT, SAME, Override


@dataclass(frozen=True)
class Decision:
    """An override with who decided it, when and why.

    Attributes:
        kind: `same` or `different`.
        record: A record.
        other: Another.
        author: Who decided it.
        date: When, ISO.
        reason: Why.
    """

    kind: str
    record: RecordName
    other: RecordName
    author: str
    date: str
    reason: str

    @property
    def pair(self) -> frozenset[RecordName]:
        """The two records, in no order."""
        return frozenset((self.record, self.other))

    @property
    def override(self) -> Override:
        """What the engine needs of it."""
        return Override(
            self.kind,
            self.record.source,
            self.record.record_id,
            self.other.source,
            self.other.record_id,
        )

    def text(self, entity: str = CUSTOMER) -> str:
        """'crm:1 and crm:2 are one buyer (Eva, 2026-01-05, moved)', of the entity `buyer`."""
        said = ", ".join(part for part in (self.author, self.date, self.reason) if part)
        return f"{self.record} and {self.other} are {kind_text(self.kind, entity)}" + (
            f" ({said})" if said else ""
        )

    def __str__(self) -> str:
        return self.text()


@dataclass(frozen=True)
class OverrideLine:
    """An override in the file.

    Attributes:
        first: Its first line in the file, from 1.
        last: Its last; more than the first where a quoted reason has several lines.
        decision: What it says.
    """

    first: int
    last: int
    decision: Decision


def kind_text(kind: str, entity: str = CUSTOMER) -> str:
    """'one customer' or 'two customers'."""
    return {SAME: f"one {noun(entity)}", DIFFERENT: f"two {nouns(entity)}"}.get(kind, kind)
