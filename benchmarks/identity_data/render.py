"""Turns the numbers of records into the text that files would hold, and writes Parquet."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from customer_platform.demo.names import NamePool, first_names, last_names
from customer_platform.demo.places import CALLING_CODES, COUNTRIES
from customer_platform.demo.retail.people import EMAIL_DOMAINS
from customer_platform.demo.writing import words
from identity_data.addresses import AREAS, LETTERS, STREETS, SUFFIXES
from identity_data.blocks import SOURCES
from identity_data.details import NO_DAY, Column, Columns

_BATCH = 200_000

_HUBS = ("info@bedrijf.example", "verkoop@winkel.example", "kassa@filiaal.example")

# A letter dropped, swapped with the next, replaced or doubled; the first stays, as people see it.
_TYPO_MACRO = """
create macro with_typo(word, kind, share, letter) as case
    when length(word) < 4 then word || right(word, 1)
    when kind = 0 then left(word, 1 + floor(share * (length(word) - 1))::int)
        || substr(word, 3 + floor(share * (length(word) - 1))::int)
    when kind = 1 then left(word, 1 + floor(share * (length(word) - 3))::int)
        || substr(word, 3 + floor(share * (length(word) - 3))::int, 1)
        || substr(word, 2 + floor(share * (length(word) - 3))::int, 1)
        || substr(word, 4 + floor(share * (length(word) - 3))::int)
    when kind = 2 then left(word, 1 + floor(share * (length(word) - 2))::int) || chr(letter)
        || substr(word, 3 + floor(share * (length(word) - 2))::int)
    else left(word, 2 + floor(share * (length(word) - 2))::int)
        || substr(word, 2 + floor(share * (length(word) - 2))::int)
end
"""

_RECORDS = f"""
select
    case source
        when 'crm' then format('CRM-{{:08d}}', number)
        when 'newsletter' then format('NL-{{:08d}}', number)
        when 'support' then format('SUP-{{:08d}}', number)
        when 'webshop' then (12346 + number)::varchar
        else loyalty_id
    end as record_id,
    source::varchar as source,
    make_timestamp(updated_at::bigint * 1000000) as updated_at,
    loyalty_id,
    case email_state
        when 2 then 'test@test.com'
        when 3 then 'noreply@shop.example'
        when 4 then null
        when 6 then [{", ".join(f"'{hub}'" for hub in _HUBS)}][1 + number % {len(_HUBS)}]
        else
            case when email_blanks then ' ' else '' end
            || case when email_case
                then upper(left(email, strpos(email, '@') + 1))
                    || substr(email, strpos(email, '@') + 2)
                else email
            end
            || case when email_blanks then ' ' else '' end
    end as email,
    case
        when phone_state = 4 then null
        when phone_state = 2 then '0000000000'
        when phone_state = 3 then '0612345678'
        when phone_format = 0 then '0' || phone
        when phone_format = 1
            then '0' || left(phone, phone_area) || '-' || substr(phone, phone_area + 1)
        when phone_format = 2
            then '+' || calling_code || ' ' || left(phone, phone_area) || ' '
                || substr(phone, phone_area + 1)
        when phone_format = 3 then '00' || calling_code || phone
        else '+' || calling_code || phone
    end as phone,
    case
        when name_blanks then ' ' || first_name || ' '
        when name_case = 1 then upper(first_name)
        when name_case = 2 then lower(first_name)
        else first_name
    end as first_name,
    case
        when name_blanks then last_name || ' '
        when name_case = 1 then upper(last_name)
        when name_case = 2 then lower(last_name)
        else last_name
    end as last_name,
    birth_date,
    case postcode_format
        when 0 then postcode
        when 1 then lower(postcode)
        else replace(postcode, ' ', '')
    end as postcode,
    case when street_short then replace(replace(street, 'straat', 'str.'), 'straße', 'str.')
        else street
    end as street
from spelt
"""

# An address ends in its owner's number: no two people share one, and no typo makes one of another.
_SPELT = """
select
    * replace (
        phone::varchar as phone,
        case
            when initial then left(first_name, 1) || '.'
            when first_typo then with_typo(first_name, typo_kind, typo_share, typo_letter)
            else first_name
        end as first_name,
        case
            when last_typo then with_typo(last_name, typo_kind, typo_share, typo_letter)
            else last_name
        end as last_name,
        case country
            when 'GB' then street_number || ' ' || street
            else street || ' ' || street_number
        end as street
    ),
    case when card >= 0
        then (2600000000000 + (card * 387420489::bigint + 271828182) % 10000000000)::varchar
    end as loyalty_id,
    case when area >= 0 then case country
        when 'NL' then area || ' ' || letter_1 || letter_2
        when 'GB' then area_letters || area || ' ' || street_number[1] || letter_1
            || letter_2
        when 'DE' then lpad(area::varchar, 5, '0')
        else area::varchar
    end end as postcode,
    case when email_state = 1
        then with_typo(local_part, typo_kind, typo_share, typo_letter) else local_part
    end || email_owner || '@' || email_domain as email
from (
    select
        *,
        house || suffix as street_number,
        case email_style
            when 0 then email_first || '.' || email_last
            when 1 then email_first || email_last
            when 2 then left(email_first, 1) || '.' || email_last
            when 3 then email_first || '_' || email_last
            when 4 then email_last || '.' || email_first
            when 5 then email_first || '-' || email_last
            when 6 then left(email_first, 1) || email_last
            else email_first || left(email_last, 3)
        end as local_part
    from numbers
)
"""


def write_records(columns: Columns, path: Path) -> None:
    """Writes records to a Parquet file, in their order.

    Args:
        columns: What `blocks` has drawn, one entry per record.
        path: The file to write.
    """
    pools = _pools()
    count = len(columns["number"])
    firsts = range(0, max(count, 1), _BATCH)
    batches = (
        _batch({name: values[first : first + _BATCH] for name, values in columns.items()}, pools)
        for first in firsts
    )
    with duckdb.connect() as connection:
        connection.execute(_TYPO_MACRO)
        head = next(batches)
        connection.register(
            "numbers", pa.RecordBatchReader.from_batches(head.schema, _chain(head, batches))
        )
        quoted = str(path).replace("'", "''")
        connection.execute(
            f"copy (with spelt as ({_SPELT}) {_RECORDS}) to '{quoted}' (format parquet)"
        )


def _chain(head: pa.RecordBatch, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    yield head
    yield from batches


def _batch(columns: Columns, pools: dict[str, Column]) -> pa.RecordBatch:
    arrays = {}
    for name, values in columns.items():
        if name in pools:
            arrays[_RENAMED.get(name, name)] = words(values, pools[name])
        elif name == "birth_day":
            days = pa.array(values, mask=values == NO_DAY)
            arrays["birth_date"] = days.cast(pa.date32())
        elif name in _FLAGS:
            arrays[name] = pa.array(values.astype(np.bool_))
        else:
            arrays[name] = pa.array(values)
    arrays["calling_code"] = words(columns["country"], pools["calling_code"])
    return pa.RecordBatch.from_pydict(arrays)


_RENAMED = {"first": "first_name", "last": "last_name", "city": "area_letters"}
_FLAGS = {
    "initial", "first_typo", "last_typo", "name_blanks", "email_case", "email_blanks",
    "street_short",
}  # fmt: skip


def _pools() -> dict[str, Column]:
    """By column, the words that its numbers are the positions of."""
    first, last = first_names(), last_names()
    return {
        "source": np.array(SOURCES, dtype=object),
        "first": _spellings(first),
        "last": _spellings(last),
        "email_first": _in_addresses(first),
        "email_last": _in_addresses(last),
        "email_domain": np.array(EMAIL_DOMAINS, dtype=object),
        "country": np.array(COUNTRIES, dtype=object),
        "calling_code": np.array([CALLING_CODES[code] for code in COUNTRIES], dtype=object),
        "city": AREAS,
        "street": STREETS,
        "letter_1": LETTERS,
        "letter_2": LETTERS,
        "suffix": np.array(SUFFIXES, dtype=object),
    }


def _spellings(pool: NamePool) -> Column:
    return np.concatenate(
        [
            pool.names,
            _in_sql(pool, "strip_accents(name)"),
            _in_sql(pool, "replace(replace(replace(name, 'ü', 'ue'), 'ö', 'oe'), 'ä', 'ae')"),
        ]
    )


def _in_addresses(pool: NamePool) -> Column:
    return _in_sql(pool, "regexp_replace(lower(strip_accents(name)), '[^a-z]', '', 'g')")


def _in_sql(pool: NamePool, expression: str) -> Column:
    with duckdb.connect() as connection:
        connection.register("names", pa.table({"name": pa.array(pool.names, type=pa.string())}))
        rows = connection.execute(f"select {expression} from names").fetchall()
    return np.array([row[0] for row in rows], dtype=object)
