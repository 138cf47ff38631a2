"""How the rows of a table are read as transactions or events."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from customer_platform.onboarding.fact_inside import InnerColumn
from customer_platform.onboarding.tools import Export


@dataclass(frozen=True)
class Facts:
    """How the rows of a table are transactions or events.

    Attributes:
        kind: `transactions` or `events`.
        roles: What of a transaction or event -> the column that holds it.
        export: The tool's export that it is recognised as, None where it is none.
        has_lines: Whether rows are lines of orders; otherwise a row is an order.
        of_order: Roles that an order has once, on its first line or on each.
        gaps: Roles whose column isn't filled in every row.
        first_row: Whether only the first row of an order counts, as each repeats its total.
        return_prefix: What the number of an order begins with that takes goods back.
        names_order: Whether a row that takes back has the number of the order that it undoes.
        currency: The currency of all amounts, where no column says it; empty for the currency that
            the company reports in.
        accounts_of: Of events: the source whose accounts they name; empty for the default.
        notes: What a person should know.
        inside: What of the columns in `roles` is inside of JSON columns.
    """

    kind: str
    roles: Mapping[str, str]
    export: Export | None = None
    has_lines: bool = True
    of_order: frozenset[str] = frozenset()
    gaps: frozenset[str] = frozenset()
    first_row: bool = False
    return_prefix: str = ""
    names_order: bool = True
    currency: str = ""
    accounts_of: str = ""
    notes: Sequence[str] = ()
    inside: Mapping[str, InnerColumn] = field(default_factory=dict)

    @property
    def customer(self) -> tuple[str, ...]:
        """The roles that say whose a fact is, the surest first."""
        names = ("customer_id", "customer_email", "account_id", "email")
        return tuple(role for role in names if role in self.roles)

    def role_of(self, column: str) -> str | None:
        """What a column is of the fact."""
        return next((role for role, name in self.roles.items() if name == column), None)
