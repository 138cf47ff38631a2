"""Tables of a database are proposed from the rows they hold."""

import sqlite3
from pathlib import Path

import pytest

from customer_platform.errors import OnboardingError
from customer_platform.onboarding import Wishes, propose_database_table
from customer_platform_tests.support.onboarding import CUSTOMER, attributes, types

VARIABLE = "SHOP_DATABASE_URL"


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> sqlite3.Connection:
    path = tmp_path / "shop.db"
    monkeypatch.setenv(VARIABLE, f"sqlite:///{path}")
    connection = sqlite3.connect(path)
    connection.executescript("""
        create table Customers (id integer, email text, voornaam text, updated_at text);
        insert into Customers values (1, 'a@example.com', 'Anna', '2024-01-01 10:00:00'),
            (2, 'b@example.com', 'Piet', '2024-01-02 10:00:00');
        create table empty (id integer);
        create table old (id integer, updated_at text);
        insert into old values (1, '2024-01-01 10:00:00'), (2, null);
    """)
    return connection


def test_a_table_with_a_time_of_change_is_read_by_its_day(database: sqlite3.Connection) -> None:
    proposal = propose_database_table(VARIABLE, "Customers", Wishes(), [CUSTOMER])
    assert proposal.table == "customers"
    assert proposal.entity == CUSTOMER
    assert types(proposal) == {
        "id": "bigint", "email": "varchar", "voornaam": "varchar", "updated_at": "timestamp",
    }  # fmt: skip
    assert attributes(proposal) == {
        "email": "email", "first_name": "voornaam", "updated_at": "updated_at",
    }  # fmt: skip
    assert proposal.primary_key.columns == ("id",)
    assert (proposal.load_mode.load_mode, proposal.load_mode.partition_column) == (
        "delta", "updated_at",
    )  # fmt: skip


def test_a_time_of_change_with_gaps_would_lose_rows_so_the_table_is_read_in_full(
    database: sqlite3.Connection,
) -> None:
    mode = propose_database_table(VARIABLE, "old", Wishes(), [CUSTOMER]).load_mode
    assert (mode.load_mode, mode.partition_column) == ("snapshot", None)
    with pytest.raises(OnboardingError, match="no column that is always filled holds the day"):
        propose_database_table(VARIABLE, "old", Wishes(load_mode="delta"), [CUSTOMER])


def test_a_table_that_cannot_be_proposed_is_named(
    database: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(OnboardingError, match="table empty holds no rows"):
        propose_database_table(VARIABLE, "empty", Wishes(), [CUSTOMER])
    with pytest.raises(OnboardingError, match="sqlite table none: cannot be read: no such table"):
        propose_database_table(VARIABLE, "none", Wishes(), [CUSTOMER])
    monkeypatch.delenv(VARIABLE)
    with pytest.raises(OnboardingError, match=f"{VARIABLE} is not set"):
        propose_database_table(VARIABLE, "Customers", Wishes(), [CUSTOMER])
