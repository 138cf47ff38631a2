"""Of several postal addresses in a row, one, as SQL."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from customer_platform.onboarding.addresses import CORE, PARTS
from customer_platform.onboarding.attributes import Attribute
from customer_platform.onboarding.column_names import column_name
from customer_platform.onboarding.columns import Column
from customer_platform.onboarding.proposal import Proposal
from customer_platform.onboarding.sql_naming import Naming
from customer_platform.onboarding.types import ColumnType


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
