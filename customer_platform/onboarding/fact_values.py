"""The columns of facts as SQL: numbers, moments, texts, and whose they are."""

from customer_platform.onboarding.attributes import Column
from customer_platform.onboarding.fact_reading import Facts
from customer_platform.onboarding.fact_roles import INSIDE
from customer_platform.onboarding.proposal import Proposal
from customer_platform.onboarding.sql_naming import Naming, jinja, read_as
from customer_platform.onboarding.vocabulary import YES_WORDS

# Digits of a moment that is a number of a unit since 1970.
_EPOCHS = ((11, "seconds"), (14, "milliseconds"), (17, "microseconds"))


# Another table of the source has records of the customers: under the numbers that the facts name,
# or under others.
NUMBERED, APART = "numbered", "apart"


class FactValues:
    """The columns of a table of facts as SQL, over its raw table.

    Attributes:
        facts: How the rows are to be read.
        naming: How columns are written.
    """

    def __init__(self, proposal: Proposal, facts: Facts, naming: Naming, others: str) -> None:
        """Reads the columns of a proposal.

        Args:
            proposal: The table.
            facts: How its rows are to be read.
            naming: How its columns are written.
            others: Whether another table of the source has records of its customers, and under
                the numbers that the facts name.
        """
        self.facts, self.naming, self._others = facts, naming, others
        self._proposal = proposal
        self._own = [column.name for column in proposal.columns]
        inside = {name: inner.column for name, inner in facts.inside.items()}
        self._columns = {column.name: column for column in proposal.columns} | inside

    def column(self, role: str) -> Column | None:
        """The column of a role."""
        return self._columns.get(self.facts.roles.get(role, ""))

    def text(self, role: str) -> str | None:
        """A column as text without blanks around it, null where it is empty."""
        column = self.column(role)
        return None if column is None else self._text(column)

    def inside(self, role: str) -> str | None:
        """What a column says, or else JSON columns do: a role of events."""
        told = self.text(role)
        if told is not None:
            return told
        found = []
        for path in INSIDE.get(role, ()):
            name, _, rest = path.partition(".")
            column = self._columns.get(name)
            if column is not None and column.type.type == "json":
                argument = self.naming.argument(name)
                found.append(f"nullif({{{{ json_text({argument}, {jinja(rest)}) }}}}, '')")
        if len(found) > 1:
            return f"coalesce({', '.join(found)})"
        return found[0] if found else None

    def word(self, role: str) -> str | None:
        """A column as a word that is compared with others."""
        column = self.column(role)
        if column is None:
            return None
        return f"{{{{ one_word({self.naming.argument(column.name)}) }}}}"

    def says_yes(self, role: str) -> str:
        """Whether a column says yes."""
        column = self.column(role)
        if column is None or column.type.type == "boolean":
            return self.naming.reference(self.facts.roles[role])
        said = ", ".join(f"'{word}'" for word in sorted(YES_WORDS))
        return f"lower({self.text(role)}) in ({said})"

    def filled(self, role: str) -> str:
        """Whether a column has a value."""
        return f"{self.text(role)} is not null"

    def number(self, role: str) -> str | None:
        """A column as a number."""
        column = self.column(role)
        if column is None:
            return None
        if column.type.reading is not None:
            return read_as(column.type.reading, self.naming, column.name)
        return self.naming.reference(column.name)

    def is_whole(self, role: str) -> bool:
        """Whether a column holds whole numbers."""
        column = self.column(role)
        return column is not None and "int" in column.type.staged

    def moment(self, role: str) -> str | None:
        """A column as a timestamp, UTC."""
        column = self.column(role)
        if column is None:
            return None
        reference = self.naming.reference(column.name)
        argument = self.naming.argument(column.name)
        clock = self.column("occurred_time")
        if role == "occurred_at" and clock is not None:
            return f"{{{{ day_and_time({argument}, {self.naming.argument(clock.name)}) }}}}"
        if column.type.type == "bigint":
            digits = column.statistics.longest
            unit = next((unit for most, unit in _EPOCHS if digits <= most), "microseconds")
            return f"{{{{ from_epoch({argument}, {jinja(unit)}) }}}}"
        if column.type.type == "varchar":
            return f"{{{{ text_to_utc({argument}) }}}}"
        return reference if column.type.type == "timestamp" else f"cast({reference} as timestamp)"

    def identity(self, role: str) -> str | None:
        """A column as the ID of somebody, null where it names none."""
        column = self.column(role)
        if column is None:
            return None
        return f"{{{{ known_id({self.naming.argument(column.name)}) }}}}"

    def email(self, role: str) -> str | None:
        """A column as an email address."""
        column = self.column(role)
        if column is None:
            return None
        return f"{{{{ normalise_email({self.naming.argument(column.name)}) }}}}"

    def customer(self) -> str:
        """The ID of the record of whose a fact is: the source's number, else the email address."""
        known, guest = self._known(), self._guest()
        parts = [each for each in (known, guest) if each is not None]
        if not parts:
            return "cast(null as string)"
        return parts[0] if len(parts) == 1 else f"coalesce({', '.join(parts)})"

    def customer_of_records(self) -> str | None:
        """The ID of the records that the table has itself, None where it has none.

        Where another table of the source has those with a number, only the others are left.
        """
        known, guest = self._known(), self._guest()
        if self._others != NUMBERED or known is None:
            return self.customer()
        return None if guest is None else f"case when {known} is null then {guest} end"

    def _known(self) -> str | None:
        number = self.identity("customer_id") or self.identity("account_id")
        if number is None or self._others != APART:
            return number
        return f"'{self._proposal.table}:' || {number}"

    def _guest(self) -> str | None:
        email = self.email("customer_email") or self.email("email")
        if email is None or not self._others:
            return email
        return f"'{self._proposal.table}:' || {email}"

    def _as_text(self, column: Column) -> str:
        reference = self.naming.reference(column.name)
        return reference if column.type.type == "varchar" else f"cast({reference} as string)"

    def _text(self, column: Column) -> str:
        if column.type.type == "varchar":
            return f"nullif(trim({self.naming.reference(column.name)}), '')"
        return self._as_text(column)

    def key(self) -> str | None:
        """The primary key of a row as text, None where there is none."""
        parts = [self._as_text(self._columns[name]) for name in self._proposal.primary_key.columns]
        return " || ':' || ".join(parts) or None

    def row_digest(self) -> str:
        """A hash of the row, the same for rows that are the same."""
        names = ",\n".join(f"            {self.naming.argument(name)}" for name in self._own)
        return f"{{{{ row_digest([\n{names}\n        ]) }}}}"

    def others_as_json(self) -> str | None:
        """The columns that have no role, as a JSON object; None where each has one."""
        kept = ("properties", "email")
        taken = {column for role, column in self.facts.roles.items() if role not in kept}
        left = [name for name in self._own if name not in taken]
        if not left:
            return None
        pairs = ",\n".join(
            f"            ({jinja(name)}, {self.naming.argument(name)})" for name in left
        )
        return f"{{{{ json_object([\n{pairs}\n        ]) }}}}"
