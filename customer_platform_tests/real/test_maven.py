"""The Maven CRM sample through b2b: the steps of docs/b2b.md, in a copy of the project."""

import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from customer_platform.environment import REPOSITORY
from customer_platform_tests.real.conftest import DATA, needs

pytestmark = needs("maven_accounts.csv", "maven_sales_pipeline.csv")

# What the company has no files for is not materialised: the demo's own sources.
BUILD = """
from customer_platform import deployment
from customer_platform.environment import load_environment
deployment.prepare(load_environment())

import dagster as dg
from customer_platform.definitions import defs
from customer_platform.partitions import range_tags

job = defs.resolve_implicit_global_asset_job_def()
keys = [spec.key for spec in defs.resolve_all_asset_specs() if spec.key.path[0] != "raw"]
landed = [dg.AssetKey(["raw", "maven__accounts"]), dg.AssetKey(["raw", "maven__deals"])]
with dg.DagsterInstance.ephemeral() as instance:
    for assets, first in ((landed, "2017-12-31"), (keys, "2017-03-01")):
        result = job.execute_in_process(
            instance=instance, asset_selection=assets, tags=range_tags(first, "2017-12-31"))
        failed = [
            each.check_name for each in result.get_asset_check_evaluations()
            if not each.passed and each.severity == dg.AssetCheckSeverity.ERROR]
        assert failed == [], failed
"""


def _blocks(kind: str) -> list[str]:
    """The code blocks of one kind inside the steps of the walk-through."""
    steps = (REPOSITORY / "docs" / "b2b.md").read_text().split("## Your own sources")[1]
    found = re.findall(rf"^( *)```{kind}\n(.*?)^ *```$", steps, flags=re.MULTILINE | re.DOTALL)
    return [textwrap.dedent(block) for _, block in found]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """What the walk-through builds."""
    root = tmp_path_factory.mktemp("maven")
    copy = root / "project"
    for folder in ("customer_platform", "dbt"):
        shutil.copytree(REPOSITORY / folder, copy / folder)
    for file in ("pyproject.toml", "dagster.yaml", "workspace.yaml"):
        shutil.copy(REPOSITORY / file, copy)
    variables = {
        "PYTHONPATH": str(copy),
        "CUSTOMER_PLATFORM_BUSINESS_MODEL": "b2b",
        "CUSTOMER_PLATFORM_HOME": str(root / "home"),
        "CUSTOMER_PLATFORM_START_DATE": "2017-01-01",
        "CUSTOMER_PLATFORM_WAREHOUSE": str(root / "home" / "warehouse.duckdb"),
    }

    def call(*command: str) -> str:
        process = subprocess.run(
            [str(Path(sys.executable).with_name(command[0])), *command[1:]],
            cwd=copy, env=os.environ | variables, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert process.returncode == 0, process.stdout + process.stderr
        return process.stdout

    bring_in = _blocks("")[0].splitlines()
    for line in bring_in[:2]:
        _, source, target = line.split()
        shutil.copy(DATA / source, copy / target)
    call(*bring_in[2].split())
    staging = copy / "dbt" / "models" / "b2b" / "staging" / "maven"
    (staging / "stg_maven__won_deals.sql").write_text(_blocks("sql")[0])
    (staging / "stg_maven__won_deals.yml").write_text(_blocks("yaml")[0])
    project = copy / "dbt" / "dbt_project.yml"
    listed = "  account_transaction_sources:\n"
    project.write_text(project.read_text().replace(listed, f"{listed}    - stg_maven__won_deals\n"))
    call("python", "-c", BUILD)
    return duckdb.connect(str(root / "home" / "warehouse.duckdb"), read_only=True)


def _rows(warehouse: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return warehouse.execute(query).fetchall()


@pytest.fixture(scope="module")
def accounts() -> pd.DataFrame:
    return pd.read_csv(DATA / "maven_accounts.csv")


@pytest.fixture(scope="module")
def won() -> pd.DataFrame:
    deals = pd.read_csv(DATA / "maven_sales_pipeline.csv")
    return deals[deals["deal_stage"] == "Won"]


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
