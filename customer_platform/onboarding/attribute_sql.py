"""One attribute of a record as SQL: its column or columns, cleaned up by the platform's macros."""

from collections.abc import Sequence
from dataclasses import dataclass

from customer_platform.onboarding.attributes import Column
from customer_platform.onboarding.candidates import MOMENTS
from customer_platform.onboarding.column_names import column_name
from customer_platform.onboarding.platform import CONSENT, SEVERAL, Platform
from customer_platform.onboarding.proposal import Proposal
from customer_platform.onboarding.sql_naming import Naming, data_type, read_as
from customer_platform.onboarding.vocabulary import ATTRIBUTES
from customer_platform.onboarding.written_dates import COMPACT_DAY

# Text of several words: the macro of names leaves one blank between two.
_SHOWN = ("first_name", "last_name", "company_name", "parent_name", "street", "city")
_OF_FULL_NAME = {"first_name": "first_of_full_name", "last_name": "last_of_full_name"}
_TYPES = {"birth_date": "date", "email_consent": "boolean"}


def attribute_type(name: str, column: Column | None) -> str:
    """The portable type of an attribute; one that the vocabulary doesn't have keeps its column's.

    Args:
        name: The attribute.
        column: Its column, None where it is made of others.
    """
    if name in _TYPES or column is None or name in ATTRIBUTES:
        return _TYPES.get(name, "string")
    return data_type(column.type.staged)


def aliased(expression: str, name: str) -> str:
    """An expression of a select under a name."""
    return expression if expression == name else f"{expression} as {name}"


@dataclass(frozen=True)
class AttributeSql:
    """The attributes of a record as SQL.

    Attributes:
        proposal: The table.
        naming: How its columns are written.
        platform: The macros that there are.
        country: The column that holds the country's code, where there is one already.
        before: SQL of what stands before the key in the ID of a record.
    """

    proposal: Proposal
    naming: Naming
    platform: Platform
    country: str | None
    before: str

    def of(self, name: str) -> str:
        """An attribute that the table knows."""
        column = self.proposal.column_of(name)
        if name == "email_consent":
            return self._consent()
        if column is None:
            full_name = self.proposal.column_of("full_name")
            assert full_name is not None, f"the table does not know {name}"
            return f"{{{{ {_OF_FULL_NAME[name]}({self.naming.argument(full_name.name)}) }}}}"
        if name in SEVERAL:
            return self._first_of_several(name)
        reference, argument = self._as_text(name, column)
        if name == "street":
            return self._street(reference, argument)
        if name == "last_name":
            argument = self._with_prefix(argument)
        if name == "country" and self.country is not None:
            return self.country
        if name == "parent_source_record_id":
            return f"{self.before}nullif(trim({reference}), '')"
        if name == "birth_date" and column.type.reading is None:
            return _birth_date(reference, column)
        if column.type.reading is not None and attribute_type(name, column) != "string":
            return read_as(column.type.reading, self.naming, column.name)
        if attribute_type(name, column) != "string":
            return _cast(reference, column)
        return self._cleaned(name, reference, argument)

    def _cleaned(self, name: str, reference: str, argument: str) -> str:
        macro = "name" if name in _SHOWN else name
        if macro in self.platform.normalisers:
            return f"{{{{ normalise_{macro}({argument}) }}}}"
        return f"nullif(trim({reference}), '')"

    def _as_text(self, name: str, column: Column) -> tuple[str, str]:
        """A column in SQL and as the argument of a macro, as text where the attribute is."""
        reference, argument = self.naming.reference(column.name), self.naming.argument(column.name)
        if column.type.type == "bigint" and attribute_type(name, column) == "string":
            inner = f"'cast(' ~ {argument} ~ ' as string)'"
            return f"cast({reference} as string)", inner
        return reference, argument

    def _first_of_several(self, name: str) -> str:
        """A phone or email: of the columns that hold one, the first that is filled with one."""
        cleaned = [self._one(name, each) for each in self.proposal.all_of(name)]
        if len(cleaned) == 1:
            return cleaned[0]
        separator = ",\n            "
        return f"coalesce(\n            {separator.join(cleaned)}\n        )"

    def _one(self, name: str, column: Column) -> str:
        reference, argument = self._as_text(name, column)
        stated = self.proposal.column_of("country")
        if name == "phone" and self.country is not None and stated is not None:
            of_country = f"'{self.country}', {self.naming.argument(stated.name)}"
            return f"{{{{ normalise_phone({argument}, {of_country}) }}}}"
        return self._cleaned(name, reference, argument)

    def _with_prefix(self, argument: str) -> str:
        prefix = self.proposal.column_of("last_name_prefix")
        if prefix is None:
            return argument
        return f"with_prefix({self.naming.argument(prefix.name)}, {argument})"

    def _street(self, reference: str, argument: str) -> str:
        behind = [
            self._text_of(column)
            for name in ("house_number", "house_number_addition", "street_2")
            if (column := self.proposal.column_of(name)) is not None
        ]
        if not behind:
            return self._cleaned("street", reference, argument)
        # Without its street a number says nothing; a street without a number does.
        added = [f"coalesce(' ' || nullif(trim({each}), ''), '')" for each in behind]
        return " || ".join([f"nullif(trim({reference}), '')", *added])

    def _text_of(self, column: Column) -> str:
        reference = self.naming.reference(column.name)
        return reference if column.type.type == "varchar" else f"cast({reference} as string)"

    def _consent(self) -> str:
        """Consent as all columns say it: no where one refuses, else yes where one agrees.

        That somebody has not opted out is a yes only where no column says who agreed.
        """
        of_agreement, of_refusal = map(self.proposal.all_of, CONSENT)
        states = [column for column in of_agreement if column.type.type not in MOMENTS]
        agreed = [self._agreed(column, states) for column in of_agreement]
        refused = [self._refused(column) for column in of_refusal]
        said = agreed or refused
        assert said, "the table does not know email_consent"
        if len(agreed) + len(refused) == 1:
            return said[0]
        # The refusals of every column first; past those, nothing but agreement is left.
        denied = refused if len(agreed) == 1 else [*refused, *agreed]
        terms = [*(f"nullif({each}, true)" for each in denied), *said]
        if len(terms) == 2:
            return f"coalesce({', '.join(terms)})"
        separator = ",\n            "
        return f"coalesce(\n            {separator.join(terms)}\n        )"

    def _agreed(self, column: Column, states: Sequence[Column]) -> str:
        reference, kind = self.naming.reference(column.name), column.type.type
        if kind == "boolean":
            return reference
        if kind == "bigint":
            return f"{reference} = 1"
        if kind == "varchar":
            return self._says_yes(column)
        # The moment of a state such as `pending` is no agreement.
        unsaid = "".join(f" and {self.naming.reference(each.name)} is null" for each in states)
        return f"case when {reference} is not null{unsaid} then true end"

    def _refused(self, column: Column) -> str:
        reference, kind = self.naming.reference(column.name), column.type.type
        if kind in ("boolean", "bigint", "varchar") and _may_end_more(column):
            said = {"boolean": reference, "bigint": f"{reference} <> 0"}
            return f"case when {said.get(kind) or self._opted_out(column)} then false end"
        if kind == "boolean":
            return f"not {reference}"
        if kind == "bigint":
            return f"{reference} = 0"
        if kind == "varchar":
            return f"not {self._opted_out(column)}"
        return f"case when {reference} is not null then false end"

    def _opted_out(self, column: Column) -> str:
        return f"{{{{ opted_out({self.naming.argument(column.name)}) }}}}"

    def _says_yes(self, column: Column) -> str:
        return f"{{{{ says_yes({self.naming.argument(column.name)}) }}}}"


def _may_end_more(column: Column) -> bool:
    """Whether a refusal known from the column's name alone may be of something else than email."""
    called = column_name(column.name)
    by_name = column.attribute is not None and column.attribute.by == "name"
    return by_name and called is not None and called.may_end_more


def _cast(reference: str, column: Column) -> str:
    portable = data_type(column.type.type)
    return reference if portable == column.type.type else f"cast({reference} as {portable})"


def _birth_date(reference: str, column: Column) -> str:
    if column.type.type == "date":
        return reference
    if column.type.type == "varchar" and COMPACT_DAY in column.type.note:
        day = f"trim({reference})"
        parts = f"substr({day}, 1, 4) || '-' || substr({day}, 5, 2) || '-' || substr({day}, 7, 2)"
        return f"try_cast({parts} as date)"
    return (
        f"try_cast({reference} as date)"
        if column.type.type == "varchar"
        else (f"cast({reference} as date)")
    )
