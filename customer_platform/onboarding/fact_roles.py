"""Which column of an export is what of a transaction or an event."""

import re
from collections.abc import Collection, Mapping
from functools import cache
from importlib import resources

import yaml

from customer_platform.onboarding.column_statistics import ColumnStatistics
from customer_platform.onboarding.readings import NumberReading
from customer_platform.onboarding.tools import Export, known_exports, recognise, spelling
from customer_platform.onboarding.types import ColumnType
from customer_platform.onboarding.vocabulary import NO_WORDS, YES_WORDS

_WORDS = yaml.safe_load(
    resources.files("customer_platform.onboarding").joinpath("facts.yaml").read_text("utf-8")
)
FACT_KINDS = ("transactions", "events")

# Kind -> role -> names of columns, the likeliest first.
ROLES: Mapping[str, Mapping[str, list[str]]] = {
    kind: {role: names.split() for role, names in _WORDS[kind].items()} for kind in FACT_KINDS
}
_FLAGS = ROLES["transactions"]["is_refunded"]
# Roles that only a known export's columns have; see `tools.yaml`.
_OF_TOOLS = {"transactions": ("line_discount", "order_total"), "events": ("event_kind",)}
STATUSES: Mapping[str, list[str]] = {
    state: words.split() for state, words in _WORDS["statuses"].items()
}
TYPES: Mapping[str, list[str]] = {said: words.split() for said, words in _WORDS["types"].items()}
# Columns of the zone of a time of day.
ZONES = frozenset(_WORDS["zones"].split())
# Words in names of tables of transactions.
CALLED = frozenset(_WORDS["called"].split())
# Role of an event -> paths into JSON columns that hold it, the surest first.
INSIDE: Mapping[str, list[str]] = {role: paths.split() for role, paths in _WORDS["inside"].items()}

_CLOCK = re.compile(r"\s*\d{1,2}:\d\d(?!\d)")

AMOUNTS = (
    "quantity", "unit_price", "line_total", "total", "order_total", "discount", "line_discount",
    "refunded", "commission",
)  # fmt: skip
_MOMENTS = ("occurred_at", "refunded_at", "cancelled_at")


def as_text(types: Mapping[str, ColumnType]) -> dict[str, ColumnType]:
    """Types with the IDs of visitors as text: `1234.5670` is no number, and would lose a digit.

    Args:
        types: Column -> its type.
    """
    names = ROLES["events"]["anonymous_id"]
    return {
        column: ColumnType("varchar")
        if spelling(column) in names and kind.type.startswith(("decimal", "double"))
        else kind
        for column, kind in types.items()
    }


def known_roles(kind: str) -> tuple[str, ...]:
    """What a column may be of a transaction or an event."""
    return (*ROLES[kind], *_OF_TOOLS[kind])


@cache
def names_of_events() -> frozenset[str]:
    """What columns of events are called, as `spelling` has them, also in exports of known tools."""
    named = {name for names in ROLES["events"].values() for name in names}
    exports = [export for export in known_exports() if export.kind == "events"]
    return frozenset(named).union(*(export.telling | {*export.columns} for export in exports))


def find_roles(
    kind: str,
    types: Mapping[str, ColumnType],
    found: Mapping[str, ColumnStatistics],
    asked: Mapping[str, str],
) -> tuple[dict[str, str], Export | None]:
    """Per role the column that has it, and the tool's export that the table is recognised as.

    What the user says goes first, then what is known of a tool's export, then what columns are
    called. A column has one role; one that is empty, or of a type that the role can't have, none.

    Args:
        kind: `transactions` or `events`.
        types: Column -> its type.
        found: Column -> its statistics.
        asked: Role -> column, where the user has said it.
    """
    export = recognise(types, [kind])
    roles = {role: column for role, column in asked.items() if role in known_roles(kind)}
    taken = set(roles.values())
    if export is not None:
        said = {column: export.says_of(column) for column in types}
        for name, role in export.columns.items():
            free = [each for each in types if spelling(each) == name and each not in taken]
            if role in roles or role not in known_roles(kind):
                continue
            for column in free:
                if _fits(role, types[column], found[column]):
                    roles[role] = column
                    taken.add(column)
        taken |= {column for column, role in said.items() if role == "none"}
        if "event_kind" in roles and "event_type" not in roles:
            # Older versions, and tables of one kind of event, say no more of it.
            roles["event_type"] = roles.pop("event_kind")
    for role, names in ROLES[kind].items():
        if role in roles:
            continue
        named = _by_name(role, names, types, found, taken)
        if named is not None:
            roles[role] = named
            taken.add(named)
    day = roles.get("occurred_at")
    if day is None or not _is_day(types[day], found[day]):
        roles.pop("occurred_time", None)
    return roles, export


def _is_day(kind: ColumnType, statistics: ColumnStatistics) -> bool:
    """Whether a column of moments has no time of day."""
    return kind.type == "date" or (kind.type == "varchar" and statistics.longest <= 10)


def _by_name(
    role: str,
    names: Collection[str],
    types: Mapping[str, ColumnType],
    found: Mapping[str, ColumnStatistics],
    taken: Collection[str],
) -> str | None:
    by_spelling = {spelling(column): column for column in reversed(list(types))}
    for name in names:
        column = by_spelling.get(name)
        if column is None or column in taken or not _fits(role, types[column], found[column]):
            continue
        if role == "refunded" and name in _FLAGS and _is_flag(types[column], found[column]):
            # Whether it was, and not how much: 1 is no money.
            continue
        return column
    return None


def is_number(kind: ColumnType) -> bool:
    """Whether a column holds numbers, in the raw table or as the view reads it."""
    if isinstance(kind.reading, NumberReading):
        return True
    return kind.type.startswith(("decimal", "double", "float")) or "int" in kind.type


def _is_flag(kind: ColumnType, statistics: ColumnStatistics) -> bool:
    """Whether a column says yes or no, as far as its least and greatest value show."""
    shown = {str(each).strip().lower() for each in (statistics.least, statistics.most)}
    return kind.type in ("boolean", "bigint", "varchar") and shown <= YES_WORDS | NO_WORDS


def _is_written(statistics: ColumnStatistics) -> bool:
    """Whether text is a moment, as far as its least and greatest value show."""
    shown = (statistics.least or "", statistics.most or "")
    return all(re.match(r"\d{4}-\d\d-\d\d([ T]|$)", each) for each in shown)


def _fits(role: str, kind: ColumnType, statistics: ColumnStatistics) -> bool:
    """Whether a column of that type and these values may have the role."""
    if not statistics.filled:
        return False
    if role == "is_refunded":
        return _is_flag(kind, statistics)
    if role in AMOUNTS:
        return is_number(kind)
    if role == "cancelled_at":
        return True
    if role in _MOMENTS:
        # A number is a moment as seconds, or parts of one, since 1970.
        is_epoch = kind.type == "bigint" and statistics.shortest >= 10
        return kind.type.startswith(("date", "timestamp")) or is_epoch or _is_written(statistics)
    if role == "occurred_time":
        shown = (statistics.least or "", statistics.most or "")
        return kind.type == "time" or all(map(_CLOCK.match, shown))
    if role == "currency":
        return kind.type == "varchar" and statistics.longest <= 5
    if role in ("status", "type", "event_type", "channel", "url", "email", "customer_email"):
        return kind.type == "varchar"
    if role == "product_code" or role.endswith("_id"):
        return kind.type in ("varchar", "bigint", "uuid", "integer")
    return True


PRICES = frozenset({"unit_price", "line_total", "total", "order_total"})
_OWNERS = frozenset({"customer_id", "customer_email"})
# What a row with an amount is, by what else it says.
_OF_LINES = frozenset({"line_id", "product_code", "description", "quantity"})


def part_of_transactions(
    types: Mapping[str, ColumnType], found: Mapping[str, ColumnStatistics]
) -> str | None:
    """What rows say of transactions, and what another table has to; None if they say all or none.

    Args:
        types: Column -> its type.
        found: Column -> its statistics.
    """
    roles, _ = find_roles("transactions", types, found, {})
    order = roles.get("order_id")
    if order is None:
        return None
    owner, dated = _OWNERS & roles.keys(), "occurred_at" in roles
    if PRICES.isdisjoint(roles):
        if not owner or not dated:
            return None
        says, absent = "who ordered and when", "what was bought and for how much"
    elif owner and dated:
        return None
    else:
        says = "what was bought" if _OF_LINES & roles.keys() else "an amount"
        absent = " and ".join(
            said for said, is_there in (("when", dated), ("by whom", owner)) if not is_there
        )
    alone = (
        "; with --kind transactions they are read as they are, without customers"
        if dated and not PRICES.isdisjoint(roles)
        else ""
    )
    return (
        f"of each {order} the rows say {says}, and not {absent}: by themselves they are no whole "
        "transactions. Bring in the table that says it, too, both with --kind other, and join "
        f'them by {order} in a view (docs/add-a-source.md, "Orders in several tables"){alone}'
    )
