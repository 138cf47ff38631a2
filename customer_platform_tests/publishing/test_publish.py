from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from customer_platform.errors import (
    IncompleteMastersError,
    NotPublishedError,
    PublishedViewError,
    QueryError,
)
from customer_platform.publishing import run_query
from customer_platform.publishing.catalogue import FILE_NAME, KEEP_RETIRED
from customer_platform.publishing.relations import PublishedRelation
from customer_platform_tests.support.small_masters import FIRST, SECOND, THIRD, SmallMasters, rows


def _read(masters: SmallMasters, query: str) -> list[tuple[Any, ...]]:
    return rows(run_query(masters.folder, query))


def _files(masters: SmallMasters, relation: str = "*") -> set[Path]:
    return set(masters.folder.glob(f"{relation}/**/*.parquet"))


def test_every_relation_can_be_read_also_one_without_rows(masters: SmallMasters) -> None:
    published = masters.publish(FIRST)
    assert _read(masters, "from customers order by customer_id") == [("c_0", 0), ("c_1", 1)]
    assert _read(masters, "select count(*) from master.events") == [(0,)]
    assert _read(masters, "select count(*) from restatements") == [(0,)]
    assert _read(
        masters, "select transaction_id from transactions where partition_date = '2026-01-02'"
    ) == [(1,)]
    assert published.written["transactions"] == 2
    assert published.catalogue == masters.folder / FILE_NAME


def test_columns_are_in_the_order_and_of_the_types_of_the_masters(masters: SmallMasters) -> None:
    masters.publish(FIRST)
    described = masters.connection.execute("describe master.transactions").fetchall()
    with duckdb.connect(str(masters.folder / FILE_NAME), read_only=True) as connection:
        published = connection.execute("describe master.transactions").fetchall()
    assert [row[:2] for row in published] == [row[:2] for row in described]


def test_it_is_read_while_the_warehouse_is_being_written(masters: SmallMasters) -> None:
    masters.publish(FIRST)
    masters.connection.execute("begin transaction; delete from master.golden_records")
    assert _read(masters, "select count(*) from customers") == [(2,)]


def test_only_the_days_that_changed_are_written_again(masters: SmallMasters) -> None:
    masters.publish(FIRST)
    before = _files(masters, "transactions")
    masters.change_day("2026-01-02", "c_1")
    published = masters.publish(SECOND)
    assert published.written["transactions"] == 1
    assert len(_files(masters, "transactions") - before) == 1
    assert _read(masters, "select customer_id from transactions order by transaction_id") == [
        ("c_0",),
        ("c_1",),
    ]
    assert masters.publish(THIRD).written["transactions"] == 0


def test_a_day_that_is_emptied_and_one_that_comes_are_followed(masters: SmallMasters) -> None:
    masters.publish(FIRST)
    masters.connection.execute(
        "delete from master.transactions where transaction_id = 0;"
        "insert into master.transactions values (7, 'c_1', '2026-01-07');"
        "insert into master.pending_changes values "
        "('day', 'transactions', '2026-01-01'), ('day', 'transactions', '2026-01-07')"
    )
    masters.publish(SECOND)
    assert _read(masters, "select transaction_id from transactions order by all") == [(1,), (7,)]


def test_after_a_full_rebuild_all_days_are_written(masters: SmallMasters) -> None:
    masters.publish(FIRST)
    masters.connection.execute(
        "insert into master.pending_changes values ('day', 'transactions', '*')"
    )
    assert masters.publish(SECOND).written["transactions"] == 2


def test_a_query_that_is_under_way_reads_the_last_publication_to_its_end(
    masters: SmallMasters,
) -> None:
    masters.publish(FIRST)
    with duckdb.connect(str(masters.folder / FILE_NAME), read_only=True) as reader:
        masters.change_day("2026-01-02", "c_1")
        masters.publish(SECOND)
        query = "select distinct customer_id from master.transactions"
        assert reader.execute(query).fetchall() == [("c_0",)]


def test_replaced_files_are_deleted_a_day_later(masters: SmallMasters) -> None:
    masters.publish(FIRST)
    [replaced] = masters.folder.glob("transactions/*/partition_date=2026-01-02/*.parquet")
    masters.change_day("2026-01-02", "c_1")
    masters.publish(SECOND)
    assert replaced.exists()
    masters.publish(SECOND + KEEP_RETIRED)
    assert replaced.exists()
    masters.publish(SECOND + KEEP_RETIRED + timedelta(seconds=1))
    assert not replaced.exists()


def test_what_an_interrupted_publication_has_left_is_removed(masters: SmallMasters) -> None:
    stray = masters.folder / "transactions" / "interrupted" / "all.parquet"
    stray.parent.mkdir(parents=True)
    stray.write_bytes(b"half")
    masters.publish(FIRST)
    assert not stray.parent.exists()
    assert _read(masters, "select count(*) from transactions") == [(2,)]


def test_versions_of_customers_are_only_added_and_end_when_the_next_begins(
    masters: SmallMasters,
) -> None:
    masters.publish(FIRST)
    masters.connection.execute(
        "insert into master.customer_changes values ('c_0', 5, '2026-01-02', false), "
        "('c_1', 1, '2026-01-02', true)"
    )
    assert masters.publish(SECOND).written["customers_history"] == 1
    assert masters.publish(THIRD).written["customers_history"] == 0
    assert _read(
        masters,
        "select customer_id, net_revenue, is_current from customers_history "
        "order by customer_id, valid_from",
    ) == [("c_0", 0, False), ("c_0", 5, True), ("c_1", 1, False)]


def test_a_view_is_computed_when_it_is_read_not_when_it_was_published(
    masters: SmallMasters,
) -> None:
    masters.connection.execute(
        "create or replace view master.customers as select *, getvariable('today')::date as today "
        "from master.golden_records"
    )
    masters.publish(FIRST)
    with duckdb.connect(str(masters.folder / FILE_NAME), read_only=True) as reader:
        for today in (FIRST.date(), THIRD.date()):
            reader.execute(f"set variable today = date '{today}'")
            found = reader.execute("select distinct today from master.customers").fetchall()
            assert found == [(today,)]
    assert not _files(masters, "customers")


def test_files_of_a_relation_that_has_become_a_view_or_is_published_no_more_are_retired(
    masters: SmallMasters,
) -> None:
    as_files = PublishedRelation(name="customers")
    masters.publish(FIRST, [as_files])
    [file] = _files(masters, "customers")
    masters.publish(SECOND)
    assert file.exists()
    masters.publish(SECOND + KEEP_RETIRED + timedelta(seconds=1))
    assert not file.exists()


@pytest.mark.parametrize(
    ("relations", "message"),
    [
        ([PublishedRelation(name="customers", as_view=True)], "golden_records does not exist"),
        ([PublishedRelation(name="returns", as_view=True)], "is no view in the warehouse"),
    ],
)
def test_what_cannot_be_published_as_a_view_is_refused_and_readers_keep_the_last_publication(
    masters: SmallMasters, relations: list[PublishedRelation], message: str
) -> None:
    masters.publish(FIRST)
    with pytest.raises(PublishedViewError, match=message):
        masters.publish(SECOND, relations)
    assert _read(masters, "select count(*) from transactions") == [(2,)]


def test_a_view_has_no_options_of_files() -> None:
    with pytest.raises(ValueError, match="customers is `as_view`"):
        PublishedRelation(name="customers", as_view=True, by_day=True)


def test_a_column_that_is_new_is_empty_in_rows_from_before_and_one_that_is_gone_stays(
    masters: SmallMasters,
) -> None:
    masters.publish(FIRST)
    masters.connection.execute("alter table master.customer_changes add column nickname varchar")
    masters.publish(SECOND)
    query = "select customer_id, nickname, net_revenue from customers_history order by all"
    assert _read(masters, query) == [("c_0", None, 0), ("c_1", None, 1)]
    masters.connection.execute(
        "insert into master.customer_changes values ('c_0', 5, '2026-01-02', false, 'Jan')"
    )
    masters.publish(THIRD)
    assert _read(masters, query) == [("c_0", "Jan", 5), ("c_0", None, 0), ("c_1", None, 1)]


def test_names_without_a_schema_are_found_also_where_the_file_is_attached(
    masters: SmallMasters,
) -> None:
    masters.publish(FIRST)
    with duckdb.connect() as reader:
        reader.execute(f"attach '{masters.folder / FILE_NAME}' as published_masters (read_only)")
        for name in ("customers", "master.customers"):
            counted = reader.execute(f"select count(*) from published_masters.{name}").fetchall()
            assert counted == [(2,)]


def test_a_file_of_a_day_says_which_day_it_is(masters: SmallMasters) -> None:
    masters.publish(FIRST)
    [path] = _read(masters, "select path from published.files where day = '2026-01-02'")
    with duckdb.connect() as reader:
        found = reader.execute(
            f"select partition_date::varchar from read_parquet('{masters.folder / path[0]}', "
            "hive_partitioning = false)"
        ).fetchall()
    assert found == [("2026-01-02",)]


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("insert into master.pending_changes values ('run', null, '1')", "last run has failed"),
        ("drop table master.customer_records", "there is no master.customer_records yet"),
    ],
)
def test_masters_of_a_failed_run_are_not_published(
    masters: SmallMasters, statement: str, message: str
) -> None:
    masters.publish(FIRST)
    masters.change_day("2026-01-02", "c_1")
    masters.connection.execute(statement)
    with pytest.raises(IncompleteMastersError, match=message):
        masters.publish(SECOND)
    assert _read(masters, "select distinct customer_id from transactions") == [("c_0",)]


def test_a_query_on_nothing_says_what_publishes(tmp_path: Path) -> None:
    with pytest.raises(NotPublishedError, match="customer-platform run"):
        run_query(tmp_path, "select 1")


@pytest.mark.parametrize(
    "query",
    [
        "select * from nowhere",
        "select from",
        "drop view master.customers",
        "copy (select 1) to '{file}'",
        "select 1; copy (select 1) to '{file}'",
        "explain analyze copy (select 1) to '{file}'",
        "export database '{file}'",
        "attach '{file}' as other",
        "select 1; select 2",
        "-- nothing",
    ],
)
def test_a_query_that_cannot_be_run_or_writes_is_refused(
    masters: SmallMasters, tmp_path: Path, query: str
) -> None:
    masters.publish(FIRST)
    with pytest.raises(QueryError):
        run_query(masters.folder, query.format(file=tmp_path / "leak"))
    assert not (tmp_path / "leak").exists()
    assert _read(masters, "select count(*) from customers") == [(2,)]


@pytest.mark.parametrize(
    "query",
    ["from customers", "describe customers", "show tables", "summarize customers", "values (1)"],
)
def test_whatever_only_reads_is_a_query(masters: SmallMasters, query: str) -> None:
    masters.publish(FIRST)
    assert _read(masters, query)


def test_numbers_are_exactly_those_of_the_masters(masters: SmallMasters) -> None:
    masters.publish(FIRST)
    query = "select 123456789012345.1234::decimal(38, 4), 9007199254740993, null::bigint"
    assert _read(masters, query) == [(Decimal("123456789012345.1234"), 9007199254740993, None)]
