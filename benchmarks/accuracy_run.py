"""One engine on one data set, in a process of its own; prints what it found as JSON.

python benchmarks/accuracy_run.py SET ENGINE [--half 0|1]
"""

import argparse
import json
import time
from contextlib import closing

import duckdb
from accuracy_sets import splink_tutorials
from accuracy_sets.rules import rules_of
from accuracy_sets.sets import SETS, DataSet, demo_warehouse

from customer_platform.identity.accuracy import bcubed_accuracy, pairwise_accuracy
from customer_platform.identity.resolve import resolving

SPLINK = "splink tutorial"


def records_of(connection: duckdb.DuckDBPyConnection, data: DataSet, half: int | None) -> None:
    """Makes the tables `records` and `truth`; the records don't have the truth.

    Args:
        connection: A connection.
        data: The data set.
        half: Only the clusters of this half.
    """
    query = data.query()
    if data.name == "demo":
        connection.execute(f"attach '{demo_warehouse()}' as demo (read_only)")
    some = "" if half is None else f" where hash(truth) % 2 = {half}"
    connection.execute(f"create temp table whole as select * from ({query}){some}")
    connection.execute("create table records as select * exclude (truth) from whole")
    connection.execute(
        "create table truth as select source, record_id as source_record_id, truth as person_id "
        "from whole"
    )


def found_map(connection: duckdb.DuckDBPyConnection, data: DataSet, engine: str) -> str:
    """Matches the records; returns the query of the map."""
    if engine == SPLINK:
        return splink_tutorials.cluster(connection, data.name, "select * from records")
    with resolving(connection, "records", rules_of(data, engine)) as resolution:
        connection.register("resolved", resolution.map.reader())
        connection.execute(
            "create table customer_id_map as select source, record_id as source_record_id, "
            "customer_id from resolved"
        )
    return "select * from customer_id_map"


def scores(connection: duckdb.DuckDBPyConnection, customer_id_map: str) -> dict[str, float]:
    """Pairwise and B-cubed precision, recall and F1 against the truth."""
    pairs = pairwise_accuracy(connection, customer_id_map, "truth")
    bcubed = bcubed_accuracy(connection, customer_id_map, "truth")
    return {
        "records": pairs.records,
        "precision": pairs.precision,
        "recall": pairs.recall,
        "f1": pairs.f1,
        "bcubed_f1": bcubed.f1,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("set", choices=SETS)
    parser.add_argument("engine")
    parser.add_argument("--half", type=int, choices=(0, 1))
    arguments = parser.parse_args()
    data = SETS[arguments.set]
    with closing(duckdb.connect()) as connection:
        records_of(connection, data, arguments.half)
        started = time.perf_counter()
        customer_id_map = found_map(connection, data, arguments.engine)
        seconds = time.perf_counter() - started
        print(json.dumps({"seconds": seconds, **scores(connection, customer_id_map)}))


if __name__ == "__main__":
    main()
