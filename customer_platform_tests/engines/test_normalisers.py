"""A value has the same key on every engine: other keys would be other customers."""

import duckdb
import pyarrow as pa
import pytest

from customer_platform.warehouse.functions import create_functions
from customer_platform.warehouse.functions import spark as on_spark
from customer_platform_tests.support import awkward_values
from customer_platform_tests.support.spark_server import SparkServer

_ONE = awkward_values.of_one_argument()
_TWO = awkward_values.of_two_arguments()


@pytest.fixture(scope="module")
def functions(spark: SparkServer) -> SparkServer:
    """A server that has the functions."""
    with spark.session() as session:
        on_spark.create_functions(session)
    return spark


@pytest.mark.parametrize("name", [*_ONE, *_TWO])
def test_a_value_has_the_same_key_on_spark_as_on_duckdb(functions: SparkServer, name: str) -> None:
    values = _TWO.get(name) or [(value, None) for value in _ONE[name]]
    assert len(values) >= 500
    rows = pa.table(
        {
            "n": pa.array(range(len(values))),
            "x": pa.array([value for value, _ in values], pa.string()),
            "y": pa.array([other for _, other in values], pa.string()),
        }
    )
    call = f"{name}(x, y)" if name in _TWO else f"{name}(x)"
    assert _differences(functions, rows, call) == []


def _differences(spark: SparkServer, rows: pa.Table, call: str) -> list[tuple[str, ...]]:
    connection = duckdb.connect()
    create_functions(connection)
    connection.register("awkward", rows)
    expected = connection.sql(f"select {call} from awkward order by n").fetchall()
    with spark.session() as session:
        session.createDataFrame(rows).createOrReplaceTempView("awkward")
        found = session.sql(f"select {call} as key from awkward order by n").toArrow()
    return [
        (
            ascii(row["x"][:80]),
            ascii(row["y"]),
            ascii(one and one[:80]),
            ascii(other and other[:80]),
        )
        for row, (one,), other in zip(
            rows.to_pylist(), expected, found["key"].to_pylist(), strict=True
        )
        if one != other
    ]
