"""The records of an entity as SQL: every attribute that the table knows, cleaned up."""

from dataclasses import dataclass

from customer_platform.onboarding.entities import Entity
from customer_platform.onboarding.platform import Platform
from customer_platform.onboarding.proposal import Column, Proposal
from customer_platform.onboarding.sql_naming import Naming, data_type, final_cte, jinja, read_as
from customer_platform.onboarding.vocabulary import ATTRIBUTES, YES_WORDS
from customer_platform.onboarding.written_dates import COMPACT_DAY


def record_ctes(
    source: str,
    proposal: Proposal,
    entity: Entity,
    naming: Naming,
    platform: Platform,
    *,
    is_qualified: bool = False,
) -> list[str]:
    """The lines of the CTEs that make records of the rows, the last of them `final`.

    Args:
        source: Name of the source.
        proposal: The table.
        entity: Whose records they are.
        naming: How its columns are written.
        platform: The macros that there are.
        is_qualified: Whether the table stands before the key in the ID of a record.
    """
    before = f"'{proposal.table}:' || " if is_qualified else ""
    phone, country = proposal.column_of("phone"), proposal.column_of("country")
    lines, relation, code = [], naming.cte, None
    if phone is not None and country is not None:
        code = naming.unused("country_code")
        of_address = f"{{{{ normalise_country({naming.argument(country.name)}) }}}}"
        lines = [
            "-- A phone number without a country code is one of the country of the address.",
            "located as (", "    select", "        *,", f"        {of_address} as {code}",
            f"    from {naming.cte}", "),", "",
        ]  # fmt: skip
        relation = "located"
    values = _Values(proposal, naming, platform, code, before)
    columns = [
        *_who_and_when(source, proposal, naming, before),
        *(_aliased(values.of(name), name) for name in delivered_attributes(proposal, entity)),
    ]
    return [*lines, *final_cte(columns, relation)]


def delivered_attributes(proposal: Proposal, entity: Entity) -> list[str]:
    """The attributes of an entity that the table knows, in the entity's order.

    Args:
        proposal: The table.
        entity: Whose records they are.
    """
    full_name = proposal.column_of("full_name") is not None
    return [
        name
        for name in entity.attributes
        if proposal.column_of(name) is not None or (full_name and name in _PARTS_OF_NAME)
    ]


def _who_and_when(source: str, proposal: Proposal, naming: Naming, before: str) -> list[str]:
    """The columns that every record has."""
    created, updated = proposal.column_of("created_at"), proposal.column_of("updated_at")
    since = _timestamp(naming, created) if created else None
    changed = _timestamp(naming, updated) if updated else since
    return [
        f"'{source}' as source",
        _aliased(before + _record_id(proposal, naming), "source_record_id"),
        _aliased(since or changed or "cast(null as timestamp)", "created_at"),
        _aliased(changed or "cast(_partition as timestamp)", "updated_at"),
    ]


# What is taken out of a full name so that its first word is left, or the others.
_PARTS_OF_NAME = {"first_name": r"'\\s.*$'", "last_name": r"'^\\S+'"}


def _aliased(expression: str, name: str) -> str:
    return expression if expression == name else f"{expression} as {name}"


def _record_id(proposal: Proposal, naming: Naming) -> str:
    types = {column.name: column.type.type for column in proposal.columns}
    parts = [
        naming.reference(name)
        if types[name] == "varchar"
        else f"cast({naming.reference(name)} as string)"
        for name in proposal.primary_key.columns
    ]
    return " || ':' || ".join(parts)


def _timestamp(naming: Naming, column: Column) -> str:
    reference = naming.reference(column.name)
    return reference if column.type.type == "timestamp" else f"cast({reference} as timestamp)"


# Text of several words, of which the macro of names leaves one blank between two.
_SHOWN = ("first_name", "last_name", "company_name", "parent_name", "street", "city")


@dataclass(frozen=True)
class _Values:
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
        if column is None:
            return self._part_of_full_name(name)
        reference, argument = self._as_text(name, column)
        number = self.proposal.column_of("house_number")
        if name == "street" and number is not None:
            return _street(reference, number, self.naming)
        if name == "country" and self.country is not None:
            return self.country
        if name == "phone" and self.country is not None:
            stated = self.proposal.column_of("country")
            assert stated is not None
            of_country = f"'{self.country}', {self.naming.argument(stated.name)}"
            return f"{{{{ normalise_phone({argument}, {of_country}) }}}}"
        if name == "parent_source_record_id":
            return f"{self.before}nullif(trim({reference}), '')"
        if name == "birth_date":
            return _birth_date(reference, column)
        if column.type.reading is not None and attribute_type(name, column) != "string":
            return read_as(column.type.reading, self.naming, column.name)
        if name == "email_consent":
            return _consent(reference, column)
        if attribute_type(name, column) != "string":
            return _cast(reference, column)
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

    def _part_of_full_name(self, name: str) -> str:
        full_name = self.proposal.column_of("full_name")
        assert full_name is not None
        trimmed = f"'trim(' ~ {self.naming.argument(full_name.name)} ~ ')'"
        part = f"replace_regex({trimmed}, {_PARTS_OF_NAME[name]}, \"''\")"
        return f"{{{{ normalise_name({part}) }}}}"


def attribute_type(name: str, column: Column | None) -> str:
    """The portable type of an attribute; one that the vocabulary doesn't have keeps its column's.

    Args:
        name: The attribute.
        column: Its column, None for a part of a full name.
    """
    if name in _TYPES or column is None or name in ATTRIBUTES:
        return _TYPES.get(name, "string")
    return data_type(column.type.staged)


_TYPES = {"birth_date": "date", "email_consent": "boolean"}


def _cast(reference: str, column: Column) -> str:
    portable = data_type(column.type.type)
    return reference if portable == column.type.type else f"cast({reference} as {portable})"


def _street(reference: str, number: Column, naming: Naming) -> str:
    behind = naming.reference(number.name)
    if number.type.type != "varchar":
        behind = f"cast({behind} as string)"
    # Without its street a number says nothing; a street without a number does.
    return f"nullif(trim({reference}), '') || coalesce(' ' || nullif(trim({behind}), ''), '')"


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


def _consent(reference: str, column: Column) -> str:
    if column.type.type == "boolean":
        return reference
    if column.type.type == "bigint":
        return f"{reference} = 1"
    agreed = ", ".join(jinja(word) for word in sorted(YES_WORDS))
    return f"lower(trim({reference})) in ({agreed})"
