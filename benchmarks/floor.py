"""The floor: what the graph delivers, as plain DuckDB SQL by hand in one script.

The SQL is in `floor_sql/`, in the order in which it runs. Only the connected components of linked
records are not SQL: a compiled union-find is several times faster than any query for them.

Left out is what makes the platform more than a script: rejects and schema drift, the partitions
that are replaced one by one, the link and the rule behind every customer ID, IDs that stay from
run to run, tests, previews, lineage and plots.
"""

import argparse
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt

SQL = Path(__file__).with_name("floor_sql")

# A value that more records share links nobody.
MAX_RECORDS_PER_VALUE = 20
RULES = 5

Records = npt.NDArray[np.int64]


def main() -> None:
    """Builds a warehouse from a landing zone, and prints the seconds per layer as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("landing", type=Path, help="Folder of the landed files.")
    parser.add_argument("warehouse", type=Path, help="DuckDB file to make; must not exist.")
    arguments = parser.parse_args()
    if arguments.warehouse.exists():
        parser.error(f"{arguments.warehouse} exists; remove it, or name another file")
    print(json.dumps(build(arguments.landing, arguments.warehouse)))


def build(landing: Path, warehouse: Path) -> dict[str, float]:
    """Builds everything.

    Args:
        landing: The landing zone.
        warehouse: The DuckDB file to make.

    Returns:
        Seconds per layer.
    """
    seconds: dict[str, float] = {}
    with duckdb.connect(str(warehouse)) as connection:
        # Nothing is converted between zones: the files' times are UTC already.
        connection.execute("set TimeZone = 'UTC'")
        with _timed(seconds, "sources"):
            run(connection, "1_sources.sql", landing)
        with _timed(seconds, "staging and lookup"):
            run(connection, "2_lookup.sql")
        with _timed(seconds, "customer ID map"):
            run(connection, "3_links.sql")
            write_map(connection, first_records(*links(connection)))
        with _timed(seconds, "masters"):
            build_masters(connection)
    return seconds


def build_masters(connection: duckdb.DuckDBPyConnection) -> None:
    """Builds the masters, from the raw tables, the lookup and the map."""
    for script in ("4_masters.sql", "5_returns.sql", "6_customers.sql"):
        run(connection, script)


def run(connection: duckdb.DuckDBPyConnection, script: str, landing: Path | None = None) -> None:
    """Runs one of the SQL scripts.

    Args:
        connection: The warehouse.
        script: Name of a file in `floor_sql`.
        landing: What `$LANDING` stands for.
    """
    text = (SQL / script).read_text()
    connection.execute(text.replace("$LANDING", f"{landing}/".replace("'", "''")))


def links(connection: duckdb.DuckDBPyConnection) -> tuple[int, Records, Records]:
    """The number of records, and each linked record beside the first with the same value."""
    stars = " union all ".join(
        f"select numbered.rowid as record, first from numbered join (select key_{rule}, min(rowid) "
        f"as first from numbered where has_{rule} group by key_{rule} "
        f"having count(*) between 2 and {MAX_RECORDS_PER_VALUE}) using (key_{rule}) "
        f"where has_{rule} and numbered.rowid <> first"
        for rule in range(1, RULES + 1)
    )
    count = connection.execute("select count(*) from numbered").fetchall()[0][0]
    found = connection.execute(stars).fetchnumpy()
    return count, np.asarray(found["record"]), np.asarray(found["first"])


def first_records(count: int, records: Records, firsts: Records) -> Records:
    """Per record, the first record of its customer.

    Args:
        count: How many records there are.
        records: Linked records.
        firsts: Per entry of `records`, a record of the same customer.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(records), np.int8), (records, firsts)), shape=(count, count))
    customers, labels = connected_components(graph, directed=False)
    first_of = np.full(customers, count)
    np.minimum.at(first_of, labels, np.arange(count))
    first: Records = first_of[labels]
    return first


def write_map(connection: duckdb.DuckDBPyConnection, first: Records) -> None:
    """Writes the customer ID map: an ID is made of the name of its first record."""
    import pyarrow as pa

    connection.register("firsts", pa.table({"record": np.arange(len(first)), "first": first}))
    connection.execute(
        "create table identity.customer_id_map as "
        "select numbered.source, numbered.source_record_id, "
        "cast(null as varchar) as linked_by_rule, 'c_' || left(md5(concat("
        "founders.source, chr(31), founders.source_record_id)), 20) as customer_id "
        "from firsts join numbered on numbered.rowid = firsts.record "
        "join numbered as founders on founders.rowid = firsts.first"
    )
    connection.unregister("firsts")


@contextmanager
def _timed(seconds: dict[str, float], layer: str) -> Iterator[None]:
    started = time.perf_counter()
    yield
    seconds[layer] = time.perf_counter() - started


if __name__ == "__main__":
    main()
