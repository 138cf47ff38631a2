"""What a database says of a failure names columns and types, and no value of the row."""

import duckdb
import pytest

from customer_platform.database_errors import unquoted, without_quoted_values, without_values


@pytest.mark.parametrize(
    ("statement", "kept"),
    [
        ("select cast('zyl@stra.nl' as date)", "invalid date field format"),
        ("select cast('o''zylstra \"x\"' as int)", "Could not convert string"),
        ("select cast('first\nzylstra' as int)", "Could not convert string"),
        ("select strptime('zylstra', '%Y')", "Could not parse string"),
        ("select cast(31699887766::bigint as int)", "INT64"),
        ("select 1699887766::int * 1699887766::int", "Overflow in multiplication of INT32"),
        ("insert into people values ('zylstra'), ('zylstra')", "duplicate key"),
        ("select json('{zylstra')", "Malformed JSON"),
        ("select cast(x as date) from (values ('zylstra')) as t(x)", "invalid date"),
        ("select cast('zylstra' as enum('a', 'b'))", "Could not convert string"),
        ("select cast('1699887766.5' as decimal(4, 2))", "DECIMAL(4,2)"),
    ],
)
def test_values_are_left_out_and_what_helps_stays(statement: str, kept: str) -> None:
    with duckdb.connect() as connection:
        connection.execute("create table people (id varchar primary key)")
        with pytest.raises(duckdb.Error) as raised:
            connection.execute(statement)
    said = without_values(raised.value)
    assert kept in said
    for secret in ("zyl", "lstra", "699887766"):
        assert secret not in said
    assert type(unquoted(raised.value)) is type(raised.value)


def test_errors_of_the_statement_stay_whole() -> None:
    with duckdb.connect() as connection, pytest.raises(duckdb.CatalogException) as raised:
        connection.execute("select * from nowhere")
    assert without_values(raised.value) == str(raised.value)
    assert "nowhere" in without_values(raised.value)


class DataError(Exception):
    """As PEP 249 names it."""


def test_a_driver_quotes_values_in_errors_of_data_and_names_in_others() -> None:
    of_data = DataError("(1292, \"Incorrect datetime value: 'zylstra' for column 'born'\")")
    assert "zylstra" not in without_quoted_values(str(of_data), of_data)
    by_state = ValueError('invalid input syntax for type date: "zylstra". SQLSTATE: 22007')
    assert "zylstra" not in without_quoted_values(str(by_state), by_state)
    of_names = ValueError('relation "people" does not exist\nLINE 1: select')
    assert without_quoted_values(str(of_names), of_names) == 'relation "people" does not exist'
