from pathlib import Path

import psutil

from customer_platform_tests.support.spark_server import SparkServer, spark_server


def test_a_server_forgets_no_table_between_two_starts_and_leaves_no_process(tmp_path: Path) -> None:
    with spark_server(tmp_path) as first, first.session() as session:
        session.sql(f"create schema kept location '{first.lake}/kept'")
        session.sql("create table kept.moments using parquet as select timestamp'2026-01-01' as at")
    assert not psutil.pid_exists(first.pid)
    with spark_server(tmp_path) as second, second.session() as session:
        assert session.table("kept.moments").dtypes == [("at", "timestamp_ntz")]


def test_a_session_reads_timestamps_without_a_time_zone(spark: SparkServer) -> None:
    with spark.session() as session:
        assert session.sql("select timestamp'2026-01-01' as at").dtypes == [("at", "timestamp_ntz")]
