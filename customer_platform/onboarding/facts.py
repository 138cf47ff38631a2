"""Whether the rows of a table are transactions or events, and how they are to be read."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from customer_platform.errors import OnboardingError
from customer_platform.onboarding.fact_notes import time_notes, transaction_notes
from customer_platform.onboarding.fact_reading import Facts
from customer_platform.onboarding.fact_roles import (
    CALLED,
    FACT_KINDS,
    PRICES,
    find_roles,
    part_of_transactions,
)
from customer_platform.onboarding.keys import PrimaryKey, is_unique
from customer_platform.onboarding.loaded_rows import LoadedRows
from customer_platform.onboarding.platform import Entity
from customer_platform.onboarding.tools import Export, recognise, spelling
from customer_platform.onboarding.vocabulary import KEY_WORDS, words
from customer_platform.onboarding.wishes import Wishes
from customer_platform.warehouse.sql import identifier

# Of the rows of orders with a prefix, the share that takes back, where the prefix says so.
_PREFIX_SHARE = 0.95
# What every line of an order has of its own, whatever a few orders look like.
_OF_LINES = {
    "order_id", "line_id", "product_code", "description", "quantity", "unit_price", "line_total",
    "line_discount", "commission", "seller_id", "original_order_id",
}  # fmt: skip
_OF_LINE_WORDS = {"item", "line", "lineitem", "regel", "ligne", "riga", "linea"}
# Who buys, in the business models that there are.
_OWNERS = ("customer", "buyer", "account")
# Columns of more different values are no status.
_MOST_STATUSES = 40


def find_facts(rows: LoadedRows, key: PrimaryKey, wishes: Wishes) -> Facts | None:
    """How the rows are transactions or events, None where they are neither.

    Args:
        rows: The rows.
        key: The primary key that was found.
        wishes: What the user has said.

    Raises:
        OnboardingError: They were said to be, and a column is missing that they need.
    """
    if wishes.kind in ("records", "other") or (wishes.kind is None and wishes.entity):
        return None
    export = recognise(rows.types)
    if wishes.kind is None and export is not None and export.kind not in FACT_KINDS:
        return None
    for kind in wishes.told if wishes.kind is None else (wishes.kind,):
        asked = {} if wishes.kind is None else wishes.attributes
        roles, told = find_roles(kind, rows.types, rows.found, asked)
        if kind == "transactions":
            _tell_id(rows, roles, is_said=wishes.kind is not None)
        absent = _absent(kind, roles)
        if wishes.kind is None and not told and not _are_clear(kind, roles, key):
            continue
        if absent and wishes.kind is None:
            continue
        if absent:
            part = part_of_transactions(rows.types, rows.found) if kind == "transactions" else None
            raise OnboardingError(
                f"table {rows.table.rpartition('__')[2]!r}: no column says {absent[0][1]} of its "
                f"{kind}; say which, with --attribute {absent[0][0]}=COLUMN (columns are "
                f"{', '.join(rows.types)})" + (f". As they are, {part}" if part else "")
            )
        if kind == "events":
            return _events(rows, roles, told, wishes)
        return _transactions(rows, key, roles, told, wishes)
    return None


def fact_key(rows: LoadedRows, key: PrimaryKey, facts: Facts, wishes: Wishes) -> PrimaryKey:
    """The key of facts: what identifies a line or an event, and not what is unique by chance.

    Rows that repeat a key are rejected, and a product may well be on an order twice.

    Args:
        rows: The rows.
        key: The key that was found.
        facts: How the rows are to be read.
        wishes: What the user has said.
    """
    known = facts.export.key if facts.export is not None else ""
    most = max(each.filled for each in rows.found.values())
    if not wishes.primary_key and facts.kind == "transactions":
        for column in (name for name in rows.found if spelling(name) == known):
            if rows.found[column].filled == most and is_unique(
                rows.connection, rows.table, [column]
            ):
                return PrimaryKey((column,), f"the key of {facts.export}")
    if wishes.primary_key or not key.columns:
        return key
    roles = [facts.role_of(column) for column in key.columns]
    if facts.kind == "events":
        # Tools deliver an event twice rather than not at all: the view takes the first.
        return PrimaryKey((), "an event may be delivered twice: the view takes the first")
    if facts.has_lines:
        named = set(words(key.columns[0])) & KEY_WORDS
        of_line = roles == ["line_id"] or (roles == [None] and bool(named))
        is_key = of_line or set(roles) == {"order_id", "line_id"}
    else:
        is_key = len(roles) == 1 and roles[0] in ("order_id", None)
    if is_key:
        return key
    return PrimaryKey((), f"{', '.join(key.columns)} may repeat: rows are numbered as they stand")


def customers_table(table: str) -> str:
    """The name that the customers of a table of facts go by."""
    return f"{table}_customers"


def fact_owner(facts: Facts, entities: Sequence[Entity]) -> Entity | None:
    """The entity whose records facts belong to: who buys, or visits."""
    by_name = {entity.name: entity for entity in entities}
    return next((by_name[name] for name in _OWNERS if name in by_name and facts.customer), None)


def _tell_id(rows: LoadedRows, roles: dict[str, str], *, is_said: bool) -> None:
    """Adds what a column called `ID` is, where nothing else says whose rows are, or of which order.

    Somebody buys on several days; an order has one.
    """
    column = next((name for name in rows.types if spelling(name) == "id"), None)
    if column is None or {"occurred_at"} - set(roles) or column in roles.values():
        return
    if "order_id" in roles:
        return
    if {"customer_id", "customer_email"} & set(roles):
        if is_said or CALLED & set(words(rows.table.rpartition("__")[2])):
            roles["order_id"] = column
        return
    is_of_one_day = rows.have_one_per(column, roles["occurred_at"], over_days=True)
    roles["order_id" if is_of_one_day else "customer_id"] = column


def _absent(kind: str, roles: Mapping[str, str]) -> list[tuple[str, str]]:
    """Roles that the facts can't be without, each with what it says."""
    missing = [] if "occurred_at" in roles else [("occurred_at", "the time")]
    if kind == "events":
        return missing + ([] if "event_type" in roles else [("event_type", "what happened")])
    if PRICES.isdisjoint(roles):
        missing.append(("total", "the amount"))
    return missing


def _are_clear(kind: str, roles: Mapping[str, str], key: PrimaryKey) -> bool:
    """Whether columns say by themselves what the rows are, without a word of the user."""
    if kind == "events":
        who = {"anonymous_id", "account_id"} & set(roles)
        named = {"event_id", "anonymous_id"} & set(roles)
        return bool(who and named) and "event_type" in roles
    own = {roles.get("customer_id"), roles.get("customer_email")} - {None}
    if set(key.columns) & own and len(key.columns) == 1:
        # A row per customer.
        return False
    sold = {"quantity", "product_code", "currency"} & set(roles)
    return bool(own and ("order_id" in roles or "quantity" in roles) and (sold or len(roles) > 4))


def _transactions(
    rows: LoadedRows,
    key: PrimaryKey,
    roles: dict[str, str],
    export: Export | None,
    wishes: Wishes,
) -> Facts:
    order = roles.get("order_id")
    repeated = order is not None and rows.repeat(order)
    priced = {"unit_price", "line_total"} & set(roles)
    has_lines = bool(priced and (repeated or {"quantity", "product_code"} & set(roles)))
    if "status" in roles and rows.found[roles["status"]].distinct > _MOST_STATUSES:
        del roles["status"]
    if "discount" in roles and not has_lines:
        # The total of an order is what was paid.
        del roles["discount"]
    total = "order_total" if "order_total" in roles else "total"
    if has_lines:
        of_order = {
            role
            for role, column in roles.items()
            if role not in _OF_LINES
            and not _OF_LINE_WORDS & set(words(column))
            and (not repeated or rows.have_one_per(str(order), column))
        }
    else:
        of_order = set(roles)
        amount = next(role for role in (total, "line_total", "unit_price") if role in roles)
        roles["total"] = roles.pop(amount)
    first_row = (
        repeated and not has_lines and (len(key.columns) != 1 or key.columns == (order,))
        and rows.have_one_per(str(order), roles["total"])
    )  # fmt: skip
    gaps = rows.gaps(roles)
    prefix = _return_prefix(rows, roles)
    facts = Facts(
        "transactions", roles, export, has_lines, frozenset(of_order), gaps, first_row, prefix,
        has_lines or repeated,
        wishes.currency.strip().upper(),
    )  # fmt: skip
    return replace(facts, notes=transaction_notes(rows, facts))


def _events(
    rows: LoadedRows, roles: dict[str, str], export: Export | None, wishes: Wishes
) -> Facts:
    facts = Facts(
        "events", roles, export, False, gaps=rows.gaps(roles), accounts_of=wishes.accounts_of
    )
    notes = time_notes(rows.types, roles)
    if "event_id" not in roles:
        notes.append(
            "no column identifies an event: its ID is a hash of its row, and of how often that row "
            "has come"
        )
    else:
        event = rows.found[roles["event_id"]]
        if event.distinct < event.filled:
            notes.append(
                f"{roles['event_id']}: rows that repeat one: {event.filled - event.distinct:,}; an "
                "event counts once, as it came first"
            )
    if not facts.customer:
        notes.append("no column says who a visitor is: no event gets a customer")
    return replace(facts, notes=notes)


def _return_prefix(rows: LoadedRows, roles: Mapping[str, str]) -> str:
    """The letters that the numbers of orders begin with that take goods back, if only some do."""
    order = roles.get("order_id")
    measure = next(
        (roles[role] for role in ("quantity", "total", "line_total") if role in roles), ""
    )
    if order is None or not measure:
        return ""
    found = rows.connection.execute(
        f"select upper(regexp_extract(trim({identifier(order)}::varchar), "
        f"'^([A-Za-z]{{1,3}})[-_]?[0-9]', 1)) as prefix, count(*), "
        f"count_if(trim({identifier(measure)}::varchar) like '-%') "
        f"from {rows.table} group by prefix order by 3 desc"
    ).fetchall()
    others = sum(count for prefix, count, _ in found if not prefix)
    for prefix, count, negative in found:
        if prefix and negative and negative >= _PREFIX_SHARE * count and others:
            return str(prefix)
    return ""
