"""Every model has the same rows on Spark as on DuckDB, whatever arrives in whichever order."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from customer_platform.declarations import VARIABLE
from customer_platform.project import DBT_PROJECT
from customer_platform_tests.dbt.arrivals import MOST_ACCOUNTS, asked_days
from customer_platform_tests.dbt.arrivals_b2b import B2B
from customer_platform_tests.dbt.arrivals_marketplace import MARKETPLACE
from customer_platform_tests.dbt.arrivals_retail import RETAIL
from customer_platform_tests.dbt.project import Project
from customer_platform_tests.support.engine_pair import SparkTwin
from customer_platform_tests.support.spark_server import (
    SparkServer,
    spark_server,
    why_there_is_no_spark,
)

pytestmark = pytest.mark.slow

_COMPANIES = {"retail": RETAIL, "marketplace": MARKETPLACE, "b2b": B2B}
# Of schedules with late files, days whose files are gone, merges and splits, and failed runs.
_SEEDS = {"retail": 4, "marketplace": 2, "b2b": 1}

_RUNS = 4


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SparkServer]:
    """A server with an empty catalogue: companies have tables of the same names."""
    if missing := why_there_is_no_spark():
        pytest.skip(missing)
    with spark_server(tmp_path / "spark") as started:
        yield started


@pytest.mark.parametrize("business_model", _COMPANIES)
def test_whatever_arrives_spark_has_the_rows_that_duckdb_has(
    server: SparkServer, tmp_path: Path, business_model: str
) -> None:
    company = _COMPANIES[business_model]
    project = Project(tmp_path, business_model)
    company.open(project)
    variables = {
        VARIABLE: json.dumps(project.declared),
        "CUSTOMER_PLATFORM_BUSINESS_MODEL": business_model,
        "CUSTOMER_PLATFORM_DUCKDB": str(project.warehouse),
    }
    moment = datetime(2026, 2, 1)
    with server.session() as session:
        twin = SparkTwin(server, session, project.warehouse, variables)
        # As in the project: to plan the real one takes most of a second wherever it is called.
        session.sql(
            "create or replace function default.normalise_phone(x string, country string) "
            "returns string return x"
        )
        files = (DBT_PROJECT / "seeds" / business_model).glob("*.csv")
        seeds = [f"identity.{each.stem}" for each in files]
        twin.dbt("seed")
        assert twin.differences(seeds) == {}
        for step in company.schedule(_SEEDS[business_model])[:_RUNS]:
            moment += timedelta(days=1)
            company.arrive(project, step)
            asked = {
                "max_accounts_per_visitor": MOST_ACCOUNTS,
                "run_at": str(moment),
                **asked_days(step),
            }
            project.run(asked, *step.arguments)
            lookups = [each for each in twin.relations("identity") if each.endswith("_lookup")]
            twin.take_tables([*seeds, *lookups])
            twin.dbt("run", *step.arguments, variables=asked)
            assert twin.differences([*twin.relations("staging", "master"), *lookups]) == {}, step
