"""Days of a raw table: the same rows in Spark as where DuckDB is the warehouse."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest

from customer_platform.chosen_engine import ChosenEngine
from customer_platform.errors import NotOnEngineError
from customer_platform.ingestion.load import LoadResult, load_partitions
from customer_platform.ingestion.spec import TableSpec
from customer_platform.warehouse.base import engine_of
from customer_platform.warehouse.duckdb import IN_WAREHOUSE
from customer_platform.warehouse.spark import SparkEngine
from customer_platform_tests.support.ingestion import table_spec
from customer_platform_tests.support.killed_steps import killed_at
from customer_platform_tests.support.spark_server import SparkServer

_DAYS = ("2024-03-01", "2024-03-02", "2024-03-03")
# Each step of a load is a process of its own.
_TWO = _DAYS[:2]
_TYPES = {
    "a": "bigint",
    "b": "varchar",
    "c": "double",
    "d": "decimal(18,4)",
    "e": "date",
    "f": "timestamp",
    "g": "boolean",
    "h": "uuid",
}
_ROW = '{},"Ångström, {}",{}.5,{}.1234,2024-02-29,2024-02-29 23:59:59.123456,true,' + (
    "00000000-0000-0000-0000-00000000000{}\n"
)


class Twice:
    """A shop that lands in DuckDB, and again in Spark."""

    def __init__(self, folder: Path, engine: SparkEngine, source: str) -> None:
        self.landing = folder / "landing"
        self.engine, self.source = engine, source
        self.duckdb, self.workshop = duckdb.connect(), duckdb.connect()

    def deliver(self, day: str, content: str) -> None:
        path = self.landing / f"shop/t/t_{day}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)

    def load(self, table: TableSpec, days: Sequence[str] = _DAYS) -> LoadResult:
        arguments = (self.source, table, self.landing, days, "")
        here = load_partitions(self.duckdb, *arguments, IN_WAREHOUSE)
        there = load_partitions(self.workshop, *arguments, self.engine)
        assert there == here
        return there

    def rows(self) -> list[list[tuple[Any, ...]]]:
        """The rows of DuckDB, of the workshop and of Spark, without the moment they were loaded."""
        table = f"raw.{self.source}__t"
        names = [
            name for name, *_ in self.duckdb.execute(f"describe {table}").fetchall()
            if name != "_loaded_at"
        ]  # fmt: skip
        text = ", ".join(f"cast({name} as string)" for name in names)
        query = f"select {text} from {table} order by _partition, _source_file, _row_number"
        return [
            self.duckdb.execute(query).fetchall(),
            self.workshop.execute(query).fetchall(),
            self.engine.run(query),
        ]


@pytest.fixture
def engine(spark: SparkServer) -> SparkEngine:
    found = engine_of(ChosenEngine("spark", spark.url, spark.lake))
    assert isinstance(found, SparkEngine)
    found.check()
    return found


@pytest.fixture
def shop(tmp_path: Path, engine: SparkEngine, request: pytest.FixtureRequest) -> Iterator[Twice]:
    made = Twice(tmp_path, engine, f"shop_{abs(hash(request.node.name)):x}")
    with closing(made.duckdb), closing(made.workshop):
        yield made


def _content(first: int, columns: Sequence[str] = tuple(_TYPES)) -> str:
    return ",".join(columns) + "\n" + "".join(_ROW.format(*[n] * 5) for n in (first, first + 1))


def test_spark_reads_the_rows_of_every_type_that_duckdb_has_landed(shop: Twice) -> None:
    for number, day in enumerate(_DAYS):
        shop.deliver(day, _content(2 * number))
    shop.load(table_spec(columns=_TYPES))
    here, workshop, there = shop.rows()
    assert len(here) == 6
    assert here == workshop == there


def test_a_late_file_replaces_its_day_alone_and_a_day_without_a_file_goes(shop: Twice) -> None:
    table = table_spec(columns=_TYPES, required=False)
    for number, day in enumerate(_DAYS):
        shop.deliver(day, _content(2 * number))
    shop.load(table)
    shop.deliver(_DAYS[1], _content(7))
    (shop.landing / f"shop/t/t_{_DAYS[2]}.csv").unlink()
    shop.load(table, _DAYS[1:])
    here, workshop, there = shop.rows()
    assert [row[0] for row in here] == ["0", "1", "7", "8"]
    assert here == workshop == there
    assert len(shop.engine.run(f"show partitions raw.{shop.source}__t")) == 2


def test_a_column_that_is_declared_later_is_null_in_earlier_days(shop: Twice) -> None:
    shop.deliver(_DAYS[0], "a,b\n1,x\n")
    shop.load(table_spec(columns={"a": "bigint", "b": "varchar"}), _DAYS[:1])
    shop.deliver(_DAYS[1], _content(3))
    shop.load(table_spec(columns=_TYPES), _DAYS[1:2])
    here, workshop, there = shop.rows()
    assert [row[0] for row in here] == ["1", "3", "4"]
    assert here == workshop == there


def test_rejects_are_kept_in_the_workshop_and_unexpected_columns_with_the_rows(
    shop: Twice,
) -> None:
    shop.deliver(_DAYS[0], "a,b,c,z\n1,x,1.5,new\nzero,y,2.5,new\n")
    shop.load(table_spec(), _DAYS[:1])
    query = f"select line, reason from raw.{shop.source}__t__rejected"
    assert shop.workshop.execute(query).fetchall() == shop.duckdb.execute(query).fetchall()
    here, workshop, there = shop.rows()
    assert len(here) == 1
    assert here == workshop == there


def test_a_type_that_spark_lacks_is_refused_naming_the_column(
    shop: Twice, engine: SparkEngine
) -> None:
    table = table_spec(columns={"a": "bigint", "b": "time"})
    with pytest.raises(NotOnEngineError, match="no type for the values of 'b', TIME"):
        load_partitions(shop.workshop, shop.source, table, shop.landing, _DAYS, "", engine)


def land_again(folder: Path) -> None:
    """Lands two days that have changed; the test kills it at every step in the lake."""
    url, lake, landing, source, workshop = (folder / ".test").read_text().split("\n")
    engine = engine_of(ChosenEngine("spark", url, Path(lake)))
    with duckdb.connect(workshop) as connection:
        load_partitions(connection, source, table_spec(), Path(landing), _TWO, "", engine)


def test_whoever_is_killed_leaves_each_day_with_its_old_or_its_new_rows(
    tmp_path: Path, engine: SparkEngine, spark: SparkServer
) -> None:
    source, landing = "killed", tmp_path / "landing"
    lake = spark.lake / "raw" / f"{source}__t"
    workshop = tmp_path / "workshop.duckdb"

    def deliver(round_: int) -> None:
        for day in _TWO:
            path = landing / f"shop/t/t_{day}.csv"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"a,b,c\n{round_},x,1\n{round_},y,2\n")

    deliver(0)
    with duckdb.connect(str(workshop)) as connection:
        load_partitions(connection, source, table_spec(), landing, _TWO, "", engine)
    (lake / ".test").write_text(
        "\n".join(map(str, (spark.url, spark.lake, landing, source, workshop)))
    )
    step, was_killed = 0, True
    while was_killed:
        step += 1
        deliver(step)
        was_killed = killed_at(step, land_again, lake)
        engine.run(f"refresh table raw.{source}__t")
        by_day = engine.run(
            f"select _partition, min(a), max(a), count(*) from raw.{source}__t group by 1"
        )
        assert len(by_day) == len(_TWO)
        for _, least, most, rows in by_day:
            assert least == most
            assert rows == 2
            assert least in (step - 1, step)
        land_again(lake)
        [(least, most)] = engine.run(f"select min(a), max(a) from raw.{source}__t")
        assert (least, most) == (step, step)
    assert step > len(_TWO)
