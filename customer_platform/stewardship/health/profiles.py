"""What sources deliver for their match keys: how much, of which kind, and what stands out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from customer_platform.identity import key_sql
from customer_platform.stewardship.health import attributes as known
from customer_platform.stewardship.health.attributes import attribute_of, given_column
from customer_platform.stewardship.health.measures import RECORDS, Examined
from customer_platform.warehouse import sql
from customer_platform.warehouse.duckdb import columns_of, table_kind

VALUES = "temp.health_values"

# Where dbt delivers what was ordered, with the records that the orders name.
ORDERS = "staging.transaction_lines"

KINDS = ("email", "date", "phone", "number", "code", "mixed", "text")
EXPECTED = {
    known.GIVEN_NAME: ("text",),
    known.LAST_NAME: ("text",),
    known.BIRTH_DATE: ("date",),
    known.EMAIL: ("email",),
    known.PHONE: ("phone", "number"),
    known.POSTCODE: ("code", "number"),
}

# A kind that so few of the other records' values are of is another one than theirs.
_ANOTHER = 0.05
# A value that is so many times as frequent as nearly all others stands out.
_STANDS_OUT = 20
_NAME_STANDS_OUT = 5
# Below so many different values, the runner-up says what is frequent; else the 95th percentile.
_FEW_VALUES = 40


def stage_values(of: Examined) -> None:
    """Counts the values of every match key, one pass over the key's column.

    `VALUES` has a row per match key, source, is_new (see `examined`) and value: key, source,
    is_new, value, records, kind (one of `KINDS`).
    """
    selects = " union all ".join(
        f"select {sql.literal(key)} as key, coalesce(source, '') as source, is_new, "
        f"cast({column} as varchar) as value, count(*) as records from {RECORDS} "
        f"where {column} is not null group by all"
        for key in of.store.rules.match_keys
        for column in (key_sql.key_column(key),)
    )
    of.store.connection.execute(
        f"create or replace temp table {sql.bare(VALUES)} as "
        f"select *, case when contains(value, '@') then 'email' "
        r"when regexp_full_match(value, '\d{4}-\d{2}-\d{2}') then 'date' "
        r"when regexp_full_match(value, '\+[0-9]{7,}|0[0-9]{9,}') then 'phone' "
        r"when regexp_full_match(value, '[0-9]{7,}') then 'number' "
        r"when not regexp_matches(value, '[0-9]') then 'text' "
        f"when length(value) <= 10 then 'code' else 'mixed' end as kind from ({selects})"
    )


def drop_values(of: Examined) -> None:
    """Drops what `stage_values` has made."""
    of.store.connection.execute(f"drop table if exists {VALUES}")


@dataclass(frozen=True)
class Profile:
    """How well the records of a source have a match key.

    Attributes:
        key: The match key.
        source: The source.
        is_new: Whether these are its new records, see `examined`.
        records: So many there are.
        filled: Those of them that have a value.
        given: Those that have one before it is normalised; None where that isn't known.
        distinct_values: Different values.
        kinds: By kind of `KINDS`, how many values are of it.
    """

    key: str
    source: str
    is_new: bool
    records: int
    filled: int
    given: int | None
    distinct_values: int
    kinds: Mapping[str, int]


def source_profiles(of: Examined) -> list[Profile]:
    """The profiles of every source and match key, sorted; new records after the others."""
    given = {key: sql.identifier(given_column(key)) for key in of.given}
    counts = " union all ".join(
        f"select {sql.literal(key)} as key, coalesce(source, '') as source, is_new, "
        f"count(*) as records, count({key_sql.key_column(key)}) as filled, "
        f"{f'count_if({given[key]})' if key in given else 'null'}::bigint as given "
        f"from {RECORDS} group by all"
        for key in of.store.rules.match_keys
    )
    kinds = ", ".join(f"coalesce(sum(records) filter (kind = '{kind}'), 0)" for kind in KINDS)
    rows = of.rows(
        f"with counts as ({counts}), kinds as (select key, source, is_new, "
        f"count(*) as distinct_values, [{kinds}]::bigint[] as kinds from {VALUES} group by all) "
        f"select counts.*, coalesce(distinct_values, 0), "
        f"coalesce(kinds, {[0] * len(KINDS)}) from counts left join kinds "
        f"using (key, source, is_new) order by source, key, is_new"
    )
    return [
        Profile(
            key,
            source,
            is_new,
            records,
            filled,
            before,
            distinct,
            dict(zip(KINDS, of_kind, strict=True)),
        )
        for key, source, is_new, records, filled, before, distinct, of_kind in rows
    ]


def odd_kinds(of: Examined) -> list[tuple[Any, ...]]:
    """Per match key and source, how many of its values are of another kind than they should.

    That is, for an attribute of which the kind is known, another one; for another key that
    identifies, a kind that the other sources hardly deliver.

    Returns:
        Rows of key, source, values, odd values, the kind that most of these have, and one of them;
        only those with odd values.
    """
    role_of = {each.name: name for name, each in of.attributes.items() if each.is_key}
    selects = []
    for key in of.store.rules.match_keys:
        expected = EXPECTED.get(role_of.get(key, ""))
        if expected:
            odd = f"kind not in ({', '.join(sql.literal(kind) for kind in expected)})"
        elif key in known.identifying_keys(of.store.rules, of.attributes):
            odd = (
                f"all_records > of_source and (of_kind - of_source_kind) "
                f"< {_ANOTHER} * (all_records - of_source)"
            )
        else:
            continue
        selects.append(f"select *, {odd} as odd from counted where key = {sql.literal(key)}")
    if not selects:
        return []
    return of.rows(
        f"with kinds as (select key, source, kind, sum(records) as records, "
        f"arg_max(value, records) as example from {VALUES} group by all), "
        f"counted as (select *, records as of_source_kind, "
        f"sum(records) over (partition by key, source) as of_source, "
        f"sum(records) over (partition by key, kind) as of_kind, "
        f"sum(records) over (partition by key) as all_records from kinds) "
        f"select key, source, sum(records)::bigint, sum(records) filter (odd)::bigint, "
        f"arg_max(kind, records) filter (odd), arg_max(example, records) filter (odd) "
        f"from ({' union all '.join(selects)}) group by key, source having count_if(odd) > 0 "
        f"order by key, source"
    )


def frequent_values(of: Examined, share: float, tolerated: int) -> list[tuple[Any, ...]]:
    """The value of a source and match key that stands out by how many records have it.

    A value that identifies stands out when `share` of a source's values are it, or when it is much
    more frequent than nearly all others; a name when it is of that share, or of half of it and much
    more frequent than the next; a postcode when it is of that share and hardly occurs elsewhere.
    What many rightly share, such as a city or a company, isn't looked at.

    Args:
        of: The records, with `VALUES`.
        share: See above, from 0 to 1.
        tolerated: So many records are never too many.

    Returns:
        Rows of match key, source, the value, its records, and records that have any value; most
        records first. The values are personal data.
    """
    identifying = known.identifying_keys(of.store.rules, of.attributes)
    born = of.attributes.get(known.BIRTH_DATE)
    role_of = {each.name: name for name, each in of.attributes.items() if each.is_key}
    conditions = []
    for key in of.store.rules.match_keys:
        role = role_of.get(key) or attribute_of(of.store.rules, key)
        if key in identifying or (born and key == born.name):
            least = share if key in identifying else share / 10
            test = f"top >= {least} * filled or top >= {_STANDS_OUT} * usual"
        elif role == known.POSTCODE:
            # Everybody may live in one village, but not only those of one source.
            test = (
                f"top >= {share} * filled and case when elsewhere_filled = 0 "
                f"then top >= 0.9 * filled and filled > 5 * {tolerated} "
                f"else top * elsewhere_filled > 4.0 * elsewhere * filled end"
            )
        elif role in (known.COMPANY_NAME, known.PLACE, known.GENDER):
            continue
        else:
            test = (
                f"top >= 2.5 * {share} * filled "
                f"or (top >= {share / 2} * filled and top >= {_NAME_STANDS_OUT} * second)"
            )
        conditions.append(f"(key = {sql.literal(key)} and ({test}))")
    if not conditions:
        return []
    return of.store.rows(
        "stewardship/frequent_values",
        {"few_values": _FEW_VALUES, "tolerated": tolerated},
        conditions=" or ".join(conditions),
    )


def swapped_values(of: Examined) -> list[tuple[Any, ...]]:
    """Per match key, source and is_new, the values that other records have in another match key.

    Values that others have in both count where they are more frequent. A source's new records are
    compared with its earlier ones and with all other sources.

    Returns:
        Rows of key, source, is_new, values, those that others have at all, those of them that they
        have in another key, and that key; only those with some.
    """
    return of.store.rows("stewardship/swapped_values")


def frequent_records(of: Examined, tolerated: int, share: float) -> list[tuple[Any, ...]]:
    """Per source, the record that by far the most orders name, of the last 30 days there are.

    A till that sends one card for all makes one record of many people, whose values collapse to
    the last ones: only its orders show it. Companies may have as many orders as they like.

    Returns:
        Rows of source, orders that name a record, the record, its orders, and whether it stands
        out: has `share` of the orders and three times as many as the next, which the best of few
        customers hasn't, or 20 times as many as nearly all others. None where the orders don't name
        the entity's records.
    """
    companies = {known.REGISTRATION, known.VAT} & set(of.attributes)
    if companies or known.GIVEN_NAME not in of.attributes:
        return []
    columns = columns_of(of.store.connection, ORDERS) if _has_orders(of) else ()
    record = next(
        (
            name
            for name in (f"{of.store.tables.entity}_record_id", "source_record_id")
            if name in columns
        ),
        None,
    )
    if record is None or not {"order_id", "partition_date"} <= set(columns):
        return []
    named = f"{of.store.tables.entity}_source"
    source = named if named in columns else "source"
    [(last,)] = of.rows(f"select max(partition_date)::date from {ORDERS}")
    if last is None:
        return []
    return of.store.rows(
        "stewardship/frequent_records",
        {
            "last": last,
            "tolerated": tolerated,
            "share": share,
            "stands_out": _STANDS_OUT,
            "few_values": _FEW_VALUES,
        },
        record_source=source,
        record=record,
        lines=ORDERS,
    )


def _has_orders(of: Examined) -> bool:
    return table_kind(of.store.connection, *ORDERS.split(".")) is not None
