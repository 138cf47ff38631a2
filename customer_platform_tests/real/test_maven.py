"""The Maven CRM sample through b2b: the steps of docs/b2b.md, in a copy of the project."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from customer_platform.project import REPOSITORY
from customer_platform_tests.docs.guide import (
    cloned_project,
    follow,
    reader_variables,
    sections,
)
from customer_platform_tests.support.looked_at import AS_WANTED, look_at_workbench
from customer_platform_tests.support.real_data import DATA, needs

pytestmark = needs("maven_accounts.csv", "maven_sales_pipeline.csv")

STEPS = sections((REPOSITORY / "docs" / "b2b.md").read_text())["Your own sources"]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project in which the sample is brought in."""
    return cloned_project(tmp_path_factory.mktemp("maven"))


@pytest.fixture(scope="module")
def built(project: Path) -> Iterator[tuple[str, duckdb.DuckDBPyConnection]]:
    """What the walk-through says, and the warehouse that it builds."""
    said = follow(STEPS, project, reader_variables(project) | {"MAVEN": str(DATA)})
    warehouse = project / ".customer_platform" / "b2b" / "warehouse.duckdb"
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        yield said, connection


@pytest.fixture
def warehouse(built: tuple[str, duckdb.DuckDBPyConnection]) -> duckdb.DuckDBPyConnection:
    return built[1]


def _rows(warehouse: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return warehouse.execute(query).fetchall()


@pytest.fixture(scope="module")
def accounts() -> pd.DataFrame:
    return pd.read_csv(DATA / "maven_accounts.csv")


@pytest.fixture(scope="module")
def won() -> pd.DataFrame:
    deals = pd.read_csv(DATA / "maven_sales_pipeline.csv")
    return deals[deals["deal_stage"] == "Won"]


def test_every_check_passes(built: tuple[str, duckdb.DuckDBPyConnection]) -> None:
    said, _ = built
    assert re.search(r"Checks: \d+ passed, \d+ warned, 0 failed\.", said)
    assert re.search(r"\b85\b", said.splitlines()[-1])


def test_a_company_without_contacts_and_employments_has_none(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    for table in ("staging.employment_records", "master.employments", "master.contacts"):
        assert _rows(warehouse, f"select count(*) from {table}") == [(0,)]


def test_every_company_is_an_account(
    warehouse: duckdb.DuckDBPyConnection, accounts: pd.DataFrame
) -> None:
    assert len(accounts) == 85
    names = _rows(warehouse, "select company_name from master.accounts order by 1")
    assert [name for (name,) in names] == sorted(accounts["account"])


def test_fifteen_subsidiaries_are_under_seven_parents(
    warehouse: duckdb.DuckDBPyConnection, accounts: pd.DataFrame
) -> None:
    found = _rows(
        warehouse,
        "select child.company_name, parent.company_name from master.accounts as child "
        "inner join master.accounts as parent on child.parent_account_id = parent.account_id",
    )
    stated = accounts.dropna(subset=["subsidiary_of"])
    assert dict(found) == dict(zip(stated["account"], stated["subsidiary_of"], strict=True))
    assert (len(found), len({parent for _, parent in found})) == (15, 7)


def test_won_deals_are_transactions_and_none_is_lost(
    warehouse: duckdb.DuckDBPyConnection, won: pd.DataFrame
) -> None:
    assert _rows(
        warehouse, "select count(*), sum(amount)::bigint from master.transactions"
    ) == [(len(won), int(won["close_value"].sum()))]  # fmt: skip
    # Deals whose account is blank are kept and counted, and belong to nobody.
    assert _rows(
        warehouse,
        "select count(*) from master.transactions where source_record_id is null "
        "and account_id is null",
    ) == [(int(won["account"].isna().sum()),)]  # fmt: skip


def test_roll_ups_equal_those_of_pandas(
    warehouse: duckdb.DuckDBPyConnection, accounts: pd.DataFrame, won: pd.DataFrame
) -> None:
    parent = accounts.set_index("account")["subsidiary_of"].dropna().to_dict()
    own = won.dropna(subset=["account"]).groupby("account")["close_value"].sum()
    own = own[own.index.isin(accounts["account"])]
    rolled_up = own.groupby(lambda name: name).sum().reindex(accounts["account"], fill_value=0)
    for child, above in parent.items():
        # No parent is a subsidiary itself, so that one step is the way to the top.
        assert above not in parent
        rolled_up[above] += own.get(child, 0)
    found = _rows(
        warehouse,
        "select company_name, net_revenue, rolled_up_net_revenue from master.accounts order by 1",
    )
    expected = [
        (name, int(own.get(name, 0)), int(rolled_up[name])) for name in sorted(accounts["account"])
    ]
    assert [(name, int(net), int(above)) for name, net, above in found] == expected
    without_account = int(won["close_value"].sum()) - sum(int(each[1]) for each in found)
    assert without_account == int(
        won[~won["account"].isin(accounts["account"])]["close_value"].sum()
    )


def test_the_workbench_finds_and_shows_accounts(
    built: tuple[str, duckdb.DuckDBPyConnection], project: Path
) -> None:
    variables = reader_variables(project) | {"CUSTOMER_PLATFORM_BUSINESS_MODEL": "b2b"}
    # No rule links by a company's name alone, and the sample has neither numbers nor addresses.
    found = look_at_workbench(variables, project)
    assert found == {"accounts": AS_WANTED | {"matches": False}}
