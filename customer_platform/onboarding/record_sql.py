"""The records of an entity as SQL: every attribute the table has, one address of several."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from customer_platform.onboarding.addresses import CORE, PARTS
from customer_platform.onboarding.attribute_sql import AttributeSql, aliased
from customer_platform.onboarding.attributes import Attribute, Column
from customer_platform.onboarding.column_names import column_name
from customer_platform.onboarding.platform import Entity, Platform
from customer_platform.onboarding.proposal import Proposal
from customer_platform.onboarding.sql_naming import Naming, final_cte, jinja
from customer_platform.onboarding.types import ColumnType, epoch_unit


def record_ctes(
    source: str,
    proposal: Proposal,
    entity: Entity,
    naming: Naming,
    platform: Platform,
    *,
    is_qualified: bool = False,
    who_and_when: Sequence[str] = (),
) -> list[str]:
    """The lines of the CTEs that make records of the rows, the last of them `final`.

    Args:
        source: Name of the source.
        proposal: The table.
        entity: Whose records they are.
        naming: How its columns are written.
        platform: The macros that there are.
        is_qualified: Whether the table stands before the key in the ID of a record.
        who_and_when: The columns that every record has, where the key is no column of the table.
    """
    before = f"'{proposal.table}:' || " if is_qualified else ""
    lines: list[str] = []
    relation, code = naming.cte, None
    if any(each.attribute and each.attribute.address > 1 for each in proposal.columns):
        lines, relation, proposal = one_address(proposal, naming)
        naming = Naming(proposal)
    phone, country = proposal.column_of("phone"), proposal.column_of("country")
    if phone is not None and country is not None:
        code = naming.unused("country_code")
        of_address = f"{{{{ normalise_country({naming.argument(country.name)}) }}}}"
        lines += [
            "-- A phone number without a country code is one of the country of the address.",
            "located as (", "    select", "        *,", f"        {of_address} as {code}",
            f"    from {relation}", "),", "",
        ]  # fmt: skip
        relation = "located"
    attributes = AttributeSql(proposal, naming, platform, code, before)
    columns = [
        *(who_and_when or _who_and_when(source, proposal, naming, before)),
        *(aliased(attributes.of(name), name) for name in delivered_attributes(proposal, entity)),
    ]
    deleted = proposal.column_of("deleted")
    kept = [] if deleted is None else [f"    where {_is_kept(naming, deleted)}"]
    *selected, end = final_cte(columns, relation)
    return [*lines, *selected, *kept, end]


# What other columns make up where an attribute has none of its own.
_MADE_OF = {
    "first_name": ("full_name",),
    "last_name": ("full_name",),
    "email_consent": ("email_opt_out",),
}


def delivered_attributes(proposal: Proposal, entity: Entity) -> list[str]:
    """The attributes of an entity that the table knows, in the entity's order.

    Args:
        proposal: The table.
        entity: Whose records they are.
    """
    return [
        name
        for name in entity.attributes
        if any(proposal.column_of(column) is not None for column in (name, *_MADE_OF.get(name, ())))
    ]


def _who_and_when(source: str, proposal: Proposal, naming: Naming, before: str) -> list[str]:
    """The columns that every record has."""
    created, updated = proposal.column_of("created_at"), proposal.column_of("updated_at")
    since = _timestamp(naming, created) if created else None
    changed = _timestamp(naming, updated) if updated else since
    return [
        f"'{source}' as source",
        aliased(before + _record_id(proposal, naming), "source_record_id"),
        aliased(since or changed or "cast(null as timestamp)", "created_at"),
        aliased(changed or "cast(_partition as timestamp)", "updated_at"),
    ]


def _record_id(proposal: Proposal, naming: Naming) -> str:
    of_key = [each for each in proposal.columns if each.name in proposal.primary_key.columns]
    return " || ':' || ".join(_as_text(naming, column) for column in of_key)


def _as_text(naming: Naming, column: Column) -> str:
    reference = naming.reference(column.name)
    if column.type.type != "varchar":
        return f"cast({reference} as string)"
    if (column.statistics.most or "").startswith("'"):
        # Every value begins with it: so that a spreadsheet takes it for text.
        return f"{{{{ replace_regex({naming.argument(column.name)}, '^\\\\x27', \"''\") }}}}"
    return reference


def _timestamp(naming: Naming, column: Column) -> str:
    reference = naming.reference(column.name)
    unit = epoch_unit(column.type, column.statistics)
    if unit is not None:
        return f"{{{{ from_epoch({naming.argument(column.name)}, {jinja(unit)}) }}}}"
    return reference if column.type.type == "timestamp" else f"cast({reference} as timestamp)"


def _is_kept(naming: Naming, deleted: Column) -> str:
    """What holds for rows whose record has not been deleted at the source."""
    reference, kind = naming.reference(deleted.name), deleted.type.type
    if kind == "boolean":
        return f"not coalesce({reference}, false)"
    if kind == "varchar":
        # A yes, or the moment of it.
        said = f"{{{{ says_yes({naming.argument(deleted.name)}) }}}}"
        return f"not coalesce({said}, nullif(trim({reference}), '') is not null)"
    if kind == "bigint":
        return f"coalesce({reference}, 0) = 0"
    return f"{reference} is null"


def one_address(proposal: Proposal, naming: Naming) -> tuple[list[str], str, Proposal]:
    """The CTEs that take of each row the first address that is whole in it, else the first of all.

    Args:
        proposal: The table, with columns of several addresses.
        naming: How its columns are written.

    Returns:
        The lines, the name of the last CTE, and the proposal with the parts of the address that was
        taken in the place of those of all.
    """
    addresses: dict[int, dict[str, Column]] = {}
    for column in proposal.columns:
        if column.attribute is not None and column.attribute.base in PARTS:
            of_it = addresses.setdefault(column.attribute.address, {})
            of_it[column.attribute.base] = column
    numbers = sorted(addresses)
    core = [part for part in CORE if part in addresses[1]]
    country = addresses[1].get("country")
    if country is not None and not _is_placed(country) and _is_placed(addresses[1][core[0]]):
        # It belongs to no address in particular.
        for each in addresses.values():
            each.setdefault("country", country)
    number = naming.unused("address_number")
    lines = [
        "-- Of several addresses the first that is whole counts, and no parts of two.",
        "addressed as (", "    select", "        *,", "        case",
        *_cases(addresses, numbers, core, naming),
        f"        end as {number}", f"    from {naming.cte}", "),", "",
        "of_one_address as (", "    select", "        *,",
    ]  # fmt: skip
    taken, picked = [], []
    for part in PARTS:
        columns = {each: addresses[each][part] for each in numbers if part in addresses[each]}
        if not columns:
            continue
        first = next(iter(columns.values()))
        by = first.attribute.by if first.attribute else "name"
        name = naming.unused(f"address_{part}")
        picked.append(Column(name, ColumnType("varchar"), first.statistics, Attribute(part, by)))
        cases = " ".join(f"when {each} then {_text(columns[each], naming)}" for each in columns)
        taken.append(f"        case {number} {cases} end as {name}")
    lines += [*(f"{each}," for each in taken[:-1]), taken[-1], "    from addressed", "),", ""]
    others = [
        replace(column, attribute=None) if _is_of(column, addresses) else column
        for column in proposal.columns
    ]
    return lines, "of_one_address", replace(proposal, columns=[*others, *picked])


def _is_placed(column: Column) -> bool:
    """Whether a column's name says of which address it is."""
    called = column_name(column.name)
    return called is None or bool(called.places) or called.number > 1


def _is_of(column: Column, addresses: Mapping[int, Mapping[str, Column]]) -> bool:
    return any(column in parts.values() for parts in addresses.values())


def _cases(
    addresses: Mapping[int, Mapping[str, Column]],
    numbers: Sequence[int],
    core: Sequence[str],
    naming: Naming,
) -> list[str]:
    """The number of the first address that is whole, else of the first that has any part."""
    texts = {each: [_text(addresses[each][part], naming) for part in core] for each in numbers}
    filled = {each: " and ".join(f"{text} is not null" for text in texts[each]) for each in numbers}
    whole = [f"            when {filled[each]} then {each}" for each in numbers]
    if len(core) == 1:
        return whole
    some = [
        f"            when coalesce({', '.join(texts[each])}) is not null then {each}"
        for each in numbers
    ]
    return [*whole, *some]


def _text(column: Column, naming: Naming) -> str:
    """A column as text, null where it is blank."""
    reference = naming.reference(column.name)
    if column.type.type == "varchar":
        return f"nullif(trim({reference}), '')"
    return f"cast({reference} as string)"
