"""What resolution on Spark refuses, and similar pairs that it is given."""

from datetime import datetime
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from customer_platform.errors import (
    ClusterError,
    LargeComponentError,
    RecordsError,
    SimilarRulesError,
)
from customer_platform.identity import resolve_file
from customer_platform.identity.distributed.checks import Sums, check_sums, clashing_ids
from customer_platform.identity.distributed.files import resolve_parquet
from customer_platform.identity.distributed.model import Given, Sizes
from customer_platform.identity.distributed.reading import Read
from customer_platform.identity.distributed.resolve import resolving
from customer_platform.identity.distributed.staging import nodes_of
from customer_platform.identity.keeping.history import insert_refused
from customer_platform.identity.resolve import resolving as resolving_here
from customer_platform.identity.similar import SimilarPairs
from customer_platform.identity.store import REFUSED_LINKS_COLUMNS, IdentityStore
from customer_platform_tests.identity.helpers import make_rules
from customer_platform_tests.support.regimes import Regime, write_records
from customer_platform_tests.support.spark_server import SparkServer

SIMILAR = make_rules(
    {"name": "email", "match": ["email"], "max_records_per_value": 20},
    {
        "name": "alike",
        "similar": {
            "compare": ["name", "phone"],
            "threshold": 0.6,
            "review": 0.4,
            "cohesion": 0.3141,
        },
    },
    limits={"birth": 3},
)


def test_a_component_too_large_for_a_worker_is_refused_with_its_cause(
    spark: SparkServer, tmp_path: Path
) -> None:
    records = tmp_path / "records.parquet"
    write_records(Regime("star", 0.9, star=300), 2_000, 1, records)
    with pytest.raises(LargeComponentError, match=r"at most 200 .* email by 'star', which 2\d\d"):
        resolve_parquet(
            spark.url,
            str(records),
            make_rules(),
            str(tmp_path / "map.parquet"),
            sizes=Sizes(shard_records=150, component_records=200),
        )
    assert not (tmp_path / "map.parquet").exists()


@pytest.mark.parametrize("fault", ["no id", "given twice", "no source"])
def test_records_that_one_process_refuses_are_refused_in_the_same_words(
    fault: str, spark: SparkServer, tmp_path: Path
) -> None:
    ids: list[str | None] = [f"r{number}" for number in range(100)]
    sources: list[str | None] = ["s"] * 100
    if fault == "no id":
        ids[7] = "\u200b "
    elif fault == "given twice":
        ids[7:9] = ids[5:7]
    else:
        sources[3] = None
    records = tmp_path / "records.parquet"
    columns = {"source": sources, "id": ids, **{k: ids for k in ("email", "phone", "name")}}
    pq.write_table(pa.table({**columns, "birth": ids}), records)
    said = []
    for resolve in (
        lambda: resolve_file(records, make_rules(), tmp_path / "one.parquet"),
        lambda: resolve_parquet(spark.url, str(records), make_rules(), f"{tmp_path}/many.parquet"),
    ):
        with pytest.raises(RecordsError) as refused:
            resolve()
        said.append((str(refused.value), refused.value.records))
    assert said[0] == said[1]


def test_similar_rules_without_pairs_are_refused(spark: SparkServer, tmp_path: Path) -> None:
    with pytest.raises(SimilarRulesError, match="'alike' is similar"):
        resolve_parquet(spark.url, "records.parquet", SIMILAR, str(tmp_path / "map.parquet"))


def test_a_link_that_leads_from_one_shard_to_another_is_found() -> None:
    shard = {"records": 5, "rules": [[1, 1, 3, 3]], "over_shared": [], "id_pairs": 0}
    rules = make_rules(("email", ["email"]))
    check_sums(Sums(0, {0: 6}), [shard, shard], rules, 10)
    with pytest.raises(ClusterError, match="of 15 pairs by email, 6 came to one shard"):
        check_sums(Sums(0, {0: 15}), [shard, shard], rules, 10)
    with pytest.raises(ClusterError, match="11 records were read and 10 resolved"):
        check_sums(Sums(0, {0: 6}), [shard, shard], rules, 11)


def test_known_similar_pairs_link_as_in_one_process(spark: SparkServer, tmp_path: Path) -> None:
    records, at = tmp_path / "records.parquet", datetime(2026, 1, 1)
    write_records(Regime("pairs", 0.5), 4_000, 5, records)
    with duckdb.connect() as connection, spark.session() as session:
        orders = connection.execute(f"select hash(source, id) from '{records}'").fetchnumpy()
        draw = np.random.default_rng(6)
        nodes = draw.permutation(np.asarray(next(iter(orders.values()))))[:1_500]
        ends = draw.integers(0, len(nodes), (2, 2_500))
        ends = np.unique(np.sort(ends[:, ends[0] != ends[1]], axis=0), axis=1)
        pairs = SimilarPairs.of(
            nodes[ends[0]], nodes[ends[1]], np.asarray(draw.normal(0.9, 1, ends.shape[1]))
        )
        connection.execute(f"create temp table refused ({REFUSED_LINKS_COLUMNS})")
        with resolving_here(
            connection, f"select * from '{records}'", SIMILAR, known_pairs={"alike": pairs}
        ) as here:
            connection.register("one", here.map.reader().read_all())
            store = IdentityStore(connection, "", SIMILAR)
            insert_refused(store, "temp.refused", here.map, here.linked)
        rows = pa.table(
            {
                "rule": ["alike"] * len(pairs),
                "record_order": pairs.records.view(np.int64),
                "other_order": pairs.others.view(np.int64),
                "weight": pairs.weights,
                "probability": pairs.probabilities,
            }
        )
        given = Given(
            session.read.parquet(str(records)),
            SIMILAR,
            pairs=session.createDataFrame(rows),
            thresholds={"alike": 0.6},
        )
        with resolving(
            session, given, resolved_at=at, sizes=Sizes(shard_records=1_000)
        ) as resolved:
            connection.register("many", resolved.map.toArrow())
            connection.register("refused_there", resolved.refused_links.toArrow())
        names = "source, record_id, customer_id, linked_by_rule, linked_to_source, linked_to_record"
        for one, other in (
            (f"select {names} from one", f"select {names} from many"),
            ("from temp.refused", "from refused_there"),
        ):
            [(differing, there)] = connection.execute(
                f"select (select count(*) from (({one} except all {other}) union all "
                f"({other} except all {one}))), (select count(*) from ({other}))"
            ).fetchall()
            assert differing == 0
            assert there > 10
        [(cohesion,)] = connection.execute(
            "select count(*) from refused_there where refused_by = 'cohesion'"
        ).fetchall()
        assert cohesion > 10


def test_an_id_that_two_shards_have_issued_stays_with_the_first_record(spark: SparkServer) -> None:
    roots = [("s", name, f"c_{customer}") for name, customer in zip("abc", "112", strict=True)]
    columns = "source string, record_id string, customer_id string"
    with spark.session() as session:
        rows = session.createDataFrame(roots, columns)
        result = rows.selectExpr(
            "'map' as part", "*", "cast(null as string) as linked_by_rule", "X'' as packed"
        )
        given = Given(rows, make_rules())
        clashes = clashing_ids(result, given, Read(rows, 3, None, None, 0))
    assert clashes == {"c_1": min(nodes_of([("s", "a"), ("s", "b")]).values())}


def test_times_with_a_time_zone_are_no_values_to_compare(
    spark: SparkServer, tmp_path: Path
) -> None:
    records = tmp_path / "records.parquet"
    with duckdb.connect() as connection:
        connection.execute(
            f"copy (select 's' as source, 'a' as id, 'x' as email, 'x' as phone, 'x' as name, "
            f"timestamptz'2026-01-01' as birth) to '{records}'"
        )
    with pytest.raises(RecordsError, match="'birth' is of the type timestamp"):
        resolve_parquet(spark.url, str(records), make_rules(), f"{tmp_path}/map.parquet")
