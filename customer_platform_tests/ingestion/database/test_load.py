"""Tables of real PostgreSQL, MariaDB and SQLite databases into raw tables."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from customer_platform_tests.support.databases import Server, Warehouse, customers

DAYS = ["2024-03-01", "2024-03-02"]
SNAPSHOT = {"load_mode": "snapshot", "partition_column": None}


def test_rows_land_in_the_day_of_their_cursor_in_the_order_of_their_key(
    server: Server, warehouse: Warehouse
) -> None:
    result = warehouse.read(server, customers(), DAYS)
    assert result.failures == []
    assert warehouse.rows("id, email, spent, changed, born, _partition, _row_number") == [
        (1, "a@example.com", Decimal("1234567.89"), datetime(2024, 3, 1), None,
         date(2024, 3, 1), 1),
        (2, None, Decimal("-5.00"), datetime(2024, 3, 2), date(1990, 1, 1), date(2024, 3, 2), 1),
        (3, "c@example.com", Decimal("0.10"), datetime(2024, 3, 2, 23, 59, 59),
         date(1980, 5, 17), date(2024, 3, 2), 2),
    ]  # fmt: skip
    assert {file for (file,) in warehouse.rows("_source_file")} == {
        f"{server.kind}/customers/{day}" for day in DAYS
    }


def test_a_run_reads_the_days_it_is_asked_for_and_leaves_the_others_alone(
    server: Server, warehouse: Warehouse
) -> None:
    warehouse.read(server, customers(), DAYS)
    server.execute("update customers set email = 'new@example.com'")
    warehouse.read(server, customers(), ["2024-03-02"])
    assert warehouse.rows("id, email") == [
        (1, "a@example.com"), (2, "new@example.com"), (3, "new@example.com"),
    ]  # fmt: skip


def test_reading_a_day_again_replaces_it(server: Server, warehouse: Warehouse) -> None:
    warehouse.read(server, customers(), DAYS)
    before = warehouse.rows("* exclude (_loaded_at)")
    warehouse.read(server, customers(), DAYS)
    assert warehouse.rows("* exclude (_loaded_at)") == before
    server.execute("delete from customers where id > 1")
    warehouse.read(server, customers(), DAYS)
    assert warehouse.rows("id") == [(1,)]


def test_a_snapshot_holds_the_full_table_on_the_day_it_was_read(
    server: Server, warehouse: Warehouse
) -> None:
    table = customers(**SNAPSHOT)
    assert warehouse.read(server, table, ["2024-03-01", "2024-03-02", "2024-03-03"]).rows == 3
    assert warehouse.rows("id, _partition") == [(n, date(2024, 3, 3)) for n in (1, 2, 3)]


def test_a_snapshot_of_past_days_is_not_made_up_from_what_the_database_holds_now(
    sqlite: Server, warehouse: Warehouse
) -> None:
    table = customers(**SNAPSHOT)
    warehouse.read(sqlite, table, ["2024-03-02"])
    result = warehouse.read(sqlite, table, ["2024-02-29", "2024-03-01"])
    assert (result.files, result.failures) == ([], [])
    assert result.past == ["2024-02-29", "2024-03-01"]
    assert {day for (day,) in warehouse.rows("_partition")} == {date(2024, 3, 2)}


def test_columns_that_are_not_declared_are_not_read(server: Server, warehouse: Warehouse) -> None:
    warehouse.read(server, customers(), DAYS)
    assert {unexpected for (unexpected,) in warehouse.rows("_unexpected")} == {None}


def test_rows_that_do_not_fit_are_kept_apart_with_the_reason(
    server: Server, warehouse: Warehouse
) -> None:
    server.execute("insert into customers values (4, 'none', 1, null, null, null)")
    table = customers(columns={"id": "bigint", "email": "double", "changed": "timestamp"})
    result = warehouse.read(server, table.model_copy(update={"max_reject_rate": 1}), DAYS)
    assert (result.rows, result.rejected) == (1, 3)
    reasons = [reason for (reason,) in warehouse.rejects("reason")]
    assert "'email' is 'a@example.com', no DOUBLE" in reasons[0]
    assert "'changed' is empty but must be filled" in reasons[2]
    assert '"id":' in warehouse.rejects("raw_text")[0][0]


def test_too_many_rejects_keep_the_partition_as_it_was_and_name_the_table(
    sqlite: Server, warehouse: Warehouse
) -> None:
    warehouse.read(sqlite, customers(), ["2024-03-01"])
    sqlite.execute("update customers set spent = 'much'")
    message = warehouse.refusal(sqlite, customers(), ["2024-03-01"])
    assert message.startswith("sqlite/customers/2024-03-01: 1 of 1 rows were rejected")
    assert warehouse.rows("spent") == [(Decimal("1234567.89"),)]


def test_an_empty_table_empties_the_partition(server: Server, warehouse: Warehouse) -> None:
    table = customers(**SNAPSHOT)
    warehouse.read(server, table, ["2024-03-03"])
    server.execute("delete from customers")
    assert warehouse.read(server, table, ["2024-03-03"]).failures == []
    assert warehouse.rows() == []


def test_a_table_of_a_schema_and_a_view_can_be_read(
    postgresql: Server, warehouse: Warehouse
) -> None:
    postgresql.execute(
        'drop schema if exists "Sales" cascade; create schema "Sales"; '
        'create view "Sales"."My customers" as select * from customers'
    )
    warehouse.read(postgresql, customers(table="Sales.My customers"), DAYS)
    assert warehouse.rows("id") == [(1,), (2,), (3,)]


def test_every_type_of_postgresql_arrives_whole(postgresql: Server, warehouse: Warehouse) -> None:
    postgresql.execute("""
        create table odd as select 1 as id, interval '1 day 2 hours' as i, '{"a": 1}'::jsonb as j,
        array[1, 2] as a, 12345678901234567890.123456789012345::numeric as n,
        '10.0.0.1'::inet as ip,
        '6f0c0000-0000-0000-0000-000000000001'::uuid as u, true as b,
        timestamptz '2024-03-01 00:30:00+02' as seen;
    """)
    table = customers(
        table="odd",
        partition_column="seen",
        columns={"id": "bigint", "i": "varchar", "j": "json", "a": "integer[]", "n": "varchar",
                 "ip": "varchar", "u": "uuid", "b": "boolean", "seen": "timestamp"},
    )  # fmt: skip
    # Half past midnight in the east is the day before in UTC.
    assert warehouse.read(postgresql, table, ["2024-02-29"]).failures == []
    assert warehouse.rows("i, j, a, n, ip, u::VARCHAR, b, seen") == [
        ("1 day 02:00:00", '{"a": 1}', [1, 2], "12345678901234567890.123456789012345",
         "10.0.0.1/32", "6f0c0000-0000-0000-0000-000000000001", True, datetime(2024, 2, 29, 22, 30))
    ]  # fmt: skip


def test_bits_blobs_and_dates_that_are_none_of_mysql_arrive_or_are_rejected(
    mysql: Server, warehouse: Warehouse
) -> None:
    mysql.execute("""
        set sql_mode = '';
        create table odd (id int, flag bit(1), code varbinary(4), born date, at datetime);
        insert into odd values (1, b'1', x'00ff', '1980-05-17', '2024-03-01 10:00:00'),
            (2, b'0', null, '0000-00-00', '2024-03-01 11:00:00');
    """)
    table = customers(
        table="odd",
        partition_column="at",
        max_reject_rate=0.5,
        columns={"id": "bigint", "flag": "boolean", "code": "varchar", "born": "date",
                 "at": "timestamp"},
    )  # fmt: skip
    warehouse.read(mysql, table, ["2024-03-01"])
    assert warehouse.rows("id, flag, code") == [(1, True, "00ff")]
    assert "'born' is '0000-00-00', no DATE" in warehouse.rejects("reason")[0][0]


@pytest.mark.parametrize("stored", ["20240301", "1709251200"])
def test_a_cursor_that_is_a_number_is_refused_where_it_would_find_nothing_in_silence(
    stored: str, warehouse: Warehouse, request: pytest.FixtureRequest
) -> None:
    for kind in ("sqlite", "mysql"):
        server = request.getfixturevalue(kind)
        server.execute(
            f"create table epochs (id int, at bigint); insert into epochs values (1, {stored});"
        )
        table = customers(
            table="epochs", partition_column="at", columns={"id": "bigint", "at": "timestamp"}
        )
        message = warehouse.refusal(server, table, ["2024-03-01"])
        assert "'at'" in message
        assert "date or timestamp" in message
