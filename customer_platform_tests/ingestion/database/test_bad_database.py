"""Databases that can't be read: what to do is said, no password, and nothing is half-written."""

import sys

import pytest
from pydantic import ValidationError

from customer_platform.errors import IngestionError
from customer_platform.ingestion.database import DatabaseSourceSpec, DatabaseTableSpec, connection
from customer_platform.ingestion.database.load import day_windows
from customer_platform.ingestion.database.reader import DatabaseReader
from customer_platform.ingestion.database.url import DatabaseUrl, read_url
from customer_platform_tests.ingestion.database.servers import PASSWORD
from customer_platform_tests.support.databases import (
    VARIABLE,
    Server,
    Warehouse,
    customers,
)

DAYS = ["2024-03-01", "2024-03-02"]


def _no_rights(server: Server) -> str:
    """The URL of a user who may connect and read nothing."""
    server.execute(
        {
            "postgresql": "drop role if exists reader; create role reader login password 'pa:ss'",
            "mysql": "create or replace user reader@'127.0.0.1' identified by 'pa:ss'; "
            "grant select on shop.other to reader@'127.0.0.1'",
        }[server.kind]
    )
    return server.url_of("reader", "pa%3Ass")


@pytest.mark.parametrize("kind", ["postgresql", "mysql"])
def test_a_table_without_rights_says_what_to_grant(
    kind: str, warehouse: Warehouse, request: pytest.FixtureRequest
) -> None:
    server = request.getfixturevalue(kind)
    server.execute("create table other (id int)")
    message = warehouse.refusal(_no_rights(server), customers(), DAYS)
    assert message.startswith(f"{kind} table customers: cannot be read: ")
    assert "grant the user SELECT" in message
    assert "pa:ss" not in message
    assert warehouse.rows() == []


@pytest.mark.parametrize("kind", ["postgresql", "mysql"])
def test_a_wrong_password_is_told_without_the_password(
    kind: str, warehouse: Warehouse, request: pytest.FixtureRequest
) -> None:
    server = request.getfixturevalue(kind)
    message = warehouse.refusal(server.url_of("admin", "wr%2Fong"), customers(), DAYS)
    assert "cannot connect" in message
    assert "admin" in message
    assert VARIABLE in message
    assert "wr/ong" not in message
    assert "wr%2Fong" not in message


@pytest.mark.parametrize("kind", ["postgresql", "mysql", "sqlite"])
def test_a_server_or_file_that_is_not_there_is_named(kind: str, warehouse: Warehouse) -> None:
    url = {"sqlite": "sqlite:////nowhere/shop.db"}.get(kind, f"{kind}://a:b@127.0.0.1:1/shop")
    message = warehouse.refusal(url, customers(), DAYS)
    assert message.startswith(f"{kind} ")
    assert "cannot connect" in message
    assert warehouse.rows() == []


@pytest.mark.parametrize(("kind", "extra"), [("postgresql", "postgres"), ("mysql", "mysql")])
def test_a_driver_that_is_not_installed_says_what_to_install(
    kind: str, extra: str, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, f"customer_platform.ingestion.database.{kind}", None)
    message = warehouse.refusal(f"{kind}://a:b@127.0.0.1:1/shop", customers(), DAYS)
    assert f"pip install 'customer-platform[{extra}]'" in message


def test_a_file_that_is_no_database_is_refused(warehouse: Warehouse, tmp_path: object) -> None:
    path = f"{tmp_path}/shop.db"
    with open(path, "w") as file:
        file.write("id,email\n" * 1000)
    assert "not a database" in warehouse.refusal(f"sqlite:///{path}", customers(), DAYS)


def test_a_missing_table_and_a_missing_column_are_named(
    server: Server, warehouse: Warehouse
) -> None:
    message = warehouse.refusal(server, customers(table="custmers"), DAYS)
    assert "custmers" in message
    assert "check `table` in the declaration" in message
    columns = {"id": "bigint", "e_mail": "varchar", "changed": "timestamp"}
    message = warehouse.refusal(server, customers(columns=columns), DAYS)
    assert "declared column 'e_mail' is missing; the table has id, email" in message
    assert "Did it mean 'email' for 'e_mail'?" in message


class _Dies:
    """A reader whose server goes away after the first batch."""

    def __init__(self, reader: DatabaseReader, server: Server) -> None:
        self._reader, self._server = reader, server

    def __getattr__(self, name: str) -> object:
        return getattr(self._reader, name)

    def batches(self, query: str) -> object:
        for batch in self._reader.batches(query):
            yield batch
            self._server.end_other_connections()


@pytest.mark.parametrize("kind", ["postgresql", "mysql"])
def test_a_database_that_goes_away_half_way_leaves_everything_as_it_was(
    kind: str,
    warehouse: Warehouse,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = request.getfixturevalue(kind)
    warehouse.read(server, customers(), DAYS)
    before = warehouse.rows()
    many = {
        "postgresql": "select i, repeat('x', 100), 1, timestamp '2024-03-02', null, null "
        "from generate_series(10, 600000) i",
        "mysql": "select seq, repeat('x', 100), 1, '2024-03-02', null, null from seq_10_to_600000",
    }
    server.execute(f"insert into customers {many[kind]}")
    opened = connection.open_reader

    def dying(url: DatabaseUrl) -> object:
        return _Dies(opened(url), server)

    monkeypatch.setattr(connection, "open_reader", dying)
    message = warehouse.refusal(server, customers(), DAYS)
    assert f"{kind} table customers: cannot be read" in message
    assert "Nothing was loaded" in message
    assert PASSWORD not in message
    assert warehouse.rows() == before


@pytest.mark.parametrize(
    ("text", "problem"),
    [(None, "is not set"), ("", "is not set"), ("oracle://u:geheim@h/d", "does not hold the URL"),
     ("u:geheim@h", "does not hold the URL"),
     ("postgresql://u:geheim@h:port/d", "does not hold the URL")],
)  # fmt: skip
def test_a_url_that_is_none_is_refused_without_being_shown(text: str | None, problem: str) -> None:
    with pytest.raises(IngestionError) as raised:
        read_url(VARIABLE, {} if text is None else {VARIABLE: text})
    message = str(raised.value)
    assert VARIABLE in message
    assert problem in message
    assert "geheim" not in message
    assert raised.value.__cause__ is None


def test_a_url_is_taken_apart_and_its_password_scrubbed_as_it_stands_and_decoded() -> None:
    url = read_url(VARIABLE, {VARIABLE: "mariadb://ann:p%40ss@db.local:3307/shop?ssl_ca=/ca.pem"})
    assert (url.database, url.user, url.password, url.port, url.name) == (
        "mysql", "ann", "p@ss", 3307, "shop",
    )  # fmt: skip
    assert url.scrubbed("no p@ss and no p%40ss") == "no *** and no ***"
    assert "p@ss" not in repr(url)
    assert "p%40ss" not in repr(url)


def test_a_url_in_yaml_is_refused_without_being_shown() -> None:
    with pytest.raises(ValidationError) as raised:
        DatabaseSourceSpec.model_validate(
            {
                "source": "shop",
                "owner": "team:shop",
                "connection": "postgresql://u:geheim@h/d",
                "tables": [customers().model_dump()],
            }
        )
    assert "must be the name of an environment variable" in str(raised.value)
    assert "geheim" not in str(raised.value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"load_mode": "snapshot"}, "a snapshot is read in full"),
     ({"partition_column": None}, "declare the DATE or TIMESTAMP column"),
     ({"partition_column": "email"}, "must be a DATE or TIMESTAMP"),
     ({"table": "customers; drop table x"}, "is no name of a table"),
     ({"table": "../customers"}, "is no name of a table")],
)  # fmt: skip
def test_a_table_declared_wrongly_is_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        DatabaseTableSpec.model_validate(customers().model_dump() | changes)


def test_days_in_a_row_are_one_window() -> None:
    assert day_windows(["2024-02-28", "2024-02-29", "2024-03-01", "2024-03-05"]) == [
        ("2024-02-28", "2024-03-02"),
        ("2024-03-05", "2024-03-06"),
    ]
