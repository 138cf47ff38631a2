"""Records in shapes that are hard to cluster: a chain, and a star."""

from pathlib import Path

import duckdb

# Nothing but the shape links them: what is said of records by `range` is different for each.
# Letters alone: a name's digits don't count.
_RECORDS = """
select
    'R-' || lpad(range::varchar, 9, '0') as record_id,
    'shape' as source,
    timestamp '2026-01-01' + to_seconds(range) as updated_at,
    (2600000000000 + range)::varchar as loyalty_id,
    {email} as email,
    {phone} as phone,
    'Robin' as first_name,
    'Jansen' || translate(range::varchar, '0123456789', 'abcdefghij') as last_name,
    date '1940-01-01' + (range % 25000)::int as birth_date,
    (1000 + range % 9000) || ' AB' as postcode,
    'Dorpsstraat ' || (1 + range % 400) as street
from range({count})
"""


def write_chain(count: int, path: Path, *, shuffled: bool) -> None:
    """Writes records each of which shares its email with one neighbour, its phone with the other.

    Args:
        count: How many records; they are one customer.
        path: The Parquet file to write.
        shuffled: In a random order instead of along the chain.
    """
    query = _RECORDS.format(
        count=count,
        email="'link' || (range // 2) || '@mail.example'",
        phone="'06' || lpad(((range + 1) // 2)::varchar, 8, '0')",
    )
    _write(path, query + (" order by hash(range)" if shuffled else ""))


def write_star(count: int, path: Path) -> None:
    """Writes records that all have the same email, and nothing else in common.

    Args:
        count: How many records; they are one customer.
        path: The Parquet file to write.
    """
    query = _RECORDS.format(
        count=count, email="'info@mail.example'", phone="'06' || lpad(range::varchar, 8, '0')"
    )
    _write(path, query)


def _write(path: Path, query: str) -> None:
    quoted = str(path).replace("'", "''")
    with duckdb.connect() as connection:
        connection.execute(f"copy ({query}) to '{quoted}' (format parquet)")
