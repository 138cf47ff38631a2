"""What workers do, without Spark."""

from collections.abc import Sequence
from datetime import datetime

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from customer_platform.errors import ClusterError
from customer_platform.identity.distributed.cluster import check_versions
from customer_platform.identity.distributed.components import _mixed, _unmixed
from customer_platform.identity.distributed.map_shard import resolved_shards
from customer_platform.identity.distributed.shard import RECORD, ShardJob
from customer_platform.identity.distributed.spreading import place
from customer_platform.identity.distributed.staging import signed
from customer_platform_tests.identity.helpers import make_rules

RULES = make_rules(("email", ["email"]))
WORKER = {"python": "/usr/bin/python3", "customer_platform": "1", "numba": "0.60", "pyarrow": "20"}


def _ids(taken: dict[str, int | None]) -> dict[str, str]:
    """Customer IDs of three records, of which the first two share an email."""
    with duckdb.connect() as connection:
        rows = signed(
            connection.sql(
                f"select {RECORD}::tinyint as what, 's' as source, id as record_id, "
                "hash('s', id) as node, hash(email) as rule_0 "
                "from (values ('a', 'x'), ('b', 'x'), ('c', 'y')) as given(id, email)"
            ).to_arrow_table()
        )
    job = ShardJob(RULES, (), {}, {}, "customer", datetime(2026, 1, 1), False, taken=taken)
    found = pa.Table.from_batches(resolved_shards(job)(iter(rows.to_batches())))
    return {
        row["record_id"]: row["customer_id"] for row in found.to_pylist() if row["part"] == "map"
    }


def _node(record_id: str) -> int:
    with duckdb.connect() as connection:
        [(node,)] = connection.execute("select hash('s', ?)", [record_id]).fetchall()
    return int(node)


def test_a_new_customer_gets_no_id_that_another_shard_has() -> None:
    ids = _ids({})
    assert ids["a"] == ids["b"] != ids["c"]
    others = _ids({ids["a"]: None})
    assert others["c"] == ids["c"]
    assert others["a"] == others["b"] not in ids.values()


def test_a_customer_keeps_the_id_that_is_taken_by_its_own_record() -> None:
    ids = _ids({})
    assert _ids({ids["c"]: _node("c")}) == ids


@pytest.mark.parametrize(
    ("worker", "said"),
    [
        ({**WORKER, "duckdb": None}, "can't import duckdb: install customer-platform into /usr"),
        ({**WORKER, "duckdb": "1.4.1"}, "DuckDB 1.4.1, this process 2.0.0"),
    ],
)
def test_workers_that_would_resolve_otherwise_are_refused(
    worker: dict[str, str | None], said: str
) -> None:
    with pytest.raises(ClusterError, match=said):
        check_versions(worker, "2.0.0")


def test_workers_of_the_same_major_version_of_duckdb_are_taken() -> None:
    check_versions({**WORKER, "duckdb": "2.1.0"}, "2.0.0")


@pytest.mark.parametrize(
    ("large", "shards"),
    [([(1, 90), (2, 30), (3, 60)], {1: 4, 2: 5, 3: 5}), ([(7, 500), (8, 10)], {7: 4, 8: 5})],
)
def test_large_components_fill_shards_and_the_largest_has_one_to_itself(
    large: Sequence[tuple[int, int]], shards: dict[int, int]
) -> None:
    assert place(large, 4, 100) == shards


def test_an_order_that_is_drawn_gives_every_node_back() -> None:
    nodes = np.random.default_rng(1).integers(0, 1 << 63, 1_000, dtype=np.uint64) * np.uint64(2)
    for salt in (1, 3, 99):
        mixed = _mixed(nodes, salt)
        assert np.array_equal(_unmixed(mixed, salt), nodes)
        assert np.count_nonzero(np.argsort(mixed) == np.argsort(nodes)) < 20
