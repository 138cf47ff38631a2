"""A map that is kept is the same from Spark and from `update_map`, with history and registry."""

from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from customer_platform.identity import Delta, OutputTables, update_map
from customer_platform.identity.distributed.model import Given, KeptBefore, Resolved, Sizes
from customer_platform.identity.distributed.resolve import resolving
from customer_platform.identity.distributed.summary import small_tables, update_summary
from customer_platform.identity.keeping import state
from customer_platform.identity.overrides import Override, read_overrides_file
from customer_platform.identity.store import IdentityStore
from customer_platform_tests.identity.helpers import make_rules
from customer_platform_tests.support.regimes import Regime, capped, write_overrides, write_records
from customer_platform_tests.support.spark_server import SparkServer

RULES = capped(20, limits={"birth": 2}, max_records_per_source={"s1": 4})
REGIME = Regime("kept", 0.35, chain=1000, star=30, rules=RULES)
# On the last day, another rule.
LAST_RULES = make_rules(("email", ["email"]), {"name": "birth", "match": ["birth", "phone"]})
KEPT = ("resolution_state", "customer_id_registry", "ended_memberships", "refused_links")


def test_a_map_kept_on_spark_has_the_history_of_one_process(
    spark: SparkServer, tmp_path: Path
) -> None:
    records, overrides = tmp_path / "records.parquet", tmp_path / "overrides.csv"
    with duckdb.connect() as connection, spark.session() as session:
        before: list[Override] = []
        ended: list[str] = []
        for day, rules in enumerate((RULES, RULES, RULES, LAST_RULES)):
            write_records(REGIME, 6_000, 3, records, day=day)
            if day == 1:
                write_overrides(300, records, 4, overrides)
            stated = read_overrides_file(connection, overrides) if day else []
            at = datetime(2026, 1, 1) + timedelta(days=day)
            store = IdentityStore(connection, "", rules, OutputTables("identity"))
            last = state.last_run(store)
            expected = update_map(
                connection,
                Delta(f"select * from '{records}'"),
                rules,
                store.tables,
                at,
                overrides=stated,
                everything=True,
            )
            folder = tmp_path / f"day_{day - 1}"
            kept = KeptBefore(
                state=session.read.parquet(f"{folder}/resolution_state") if day else None,
                registry=session.read.parquet(f"{folder}/customer_id_registry") if day else None,
                rules_changed=rules is LAST_RULES,
                changed_overrides=sorted(set(before).symmetric_difference(stated)),
            )
            given = Given(session.read.parquet(str(records)), rules, overrides=stated, kept=kept)
            with resolving(
                session, given, resolved_at=at, sizes=Sizes(shard_records=1_500)
            ) as resolved:
                _write(resolved, tmp_path / f"day_{day}")
                found = update_summary(resolved, last)
                small = small_tables(resolved)
            assert {**vars(found), "seconds": {}} == {**vars(expected), "seconds": {}}
            ended.append(f"'{tmp_path}/day_{day}/ended_memberships/*.parquet'")
            for table in KEPT:
                there = f"'{tmp_path}/day_{day}/{table}/*.parquet'"
                if table == "ended_memberships":
                    there = f"read_parquet([{', '.join(ended)}])"
                assert _differing(connection, f"identity.{table}", there, table) == 0, table
            for table, rows in small.items():
                connection.register("small_rows", rows)
                assert _differing(connection, f"identity.{table}", "small_rows", table) == 0, table
                connection.unregister("small_rows")
            before = list(stated)
        [(retired, ends)] = connection.execute(
            "select (select count(successor) from identity.customer_id_registry), "
            "(select count(distinct ended_reason) from identity.ended_memberships)"
        ).fetchall()
        assert retired > 50
        assert ends >= 4


def _write(resolved: Resolved, folder: Path) -> None:
    for table, frame in (
        ("resolution_state", resolved.state),
        ("customer_id_registry", resolved.registry),
        ("ended_memberships", resolved.ended),
        ("refused_links", resolved.refused_links),
    ):
        frame.write.parquet(f"{folder}/{table}")


def _differing(connection: duckdb.DuckDBPyConnection, here: str, there: str, table: str) -> int:
    """Rows that only one of two tables has."""
    columns = [row[:2] for row in connection.execute(f"describe {here}").fetchall()]
    kept = {row[0]: row[1] for row in connection.execute(f"describe from {there}").fetchall()}
    same = ", ".join(
        # Spark knows no unsigned numbers.
        f"cast({name} % 18446744073709551616::hugeint + case when {name} < 0 then "
        f"18446744073709551616::hugeint else 0 end as ubigint) as {name}"
        if kind == "UBIGINT" and kept[name] == "BIGINT"
        else name
        for name, kind in columns
    )
    names = ", ".join(name for name, _ in columns)
    one, other = f"select {names} from {here}", f"select {same} from {there}"
    [(count,)] = connection.execute(
        f"select count(*) from (({one} except all {other}) union all ({other} except all {one}))"
    ).fetchall()
    return int(count)
