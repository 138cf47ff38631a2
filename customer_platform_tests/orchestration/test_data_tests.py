"""A data test that fails says what it found, here for a source that the precedence misspells."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd
import pytest
from dagster_dbt import DbtCliResource, DbtProject, dbt_assets

from customer_platform.environment import Environment
from customer_platform.orchestration.data_tests import FailedTest, describe_test
from customer_platform.orchestration.dbt_build import dbt_build
from customer_platform.orchestration.dbt_project import InstalledPreparer, dbt_resource
from customer_platform.orchestration.dbt_translator import PlatformDbtTranslator
from customer_platform.project import DBT_PROJECT
from customer_platform.warehouse import Warehouse
from customer_platform_tests.support.leaks import leaks


@pytest.fixture
def misspelt(
    deployment: Environment, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> dg.ExecuteInProcessResult:
    """The run that loads the seed, and fails to build a model, with what it prints captured."""
    folder = tmp_path / "project"
    shutil.copytree(DBT_PROJECT, folder)
    (folder / "models" / "retail" / "master" / "broken.sql").write_text(
        "select cast(x as date) as y from (select 'zylstra@example.com' || '' as x) as t"
    )
    with (folder / "seeds" / "retail" / "source_precedence.csv").open("a") as seed:
        seed.write("webshpo,*,6\n")
    project = DbtProject(folder, target_path=tmp_path / "target", profiles_dir=folder)
    InstalledPreparer().prepare(project)

    @dbt_assets(
        manifest=project.manifest_path,
        select="source_precedence broken",
        dagster_dbt_translator=PlatformDbtTranslator(),
    )
    def seeds(
        context: dg.AssetExecutionContext, dbt: DbtCliResource, warehouse: Warehouse
    ) -> Iterator[Any]:
        yield from dbt_build(context, dbt, warehouse, variables={}, describe={})

    return dg.materialize(
        [seeds],
        resources={
            "dbt": dbt_resource(project),
            "warehouse": Warehouse(database=str(deployment.warehouse)),
        },
        raise_on_error=False,
    )


def test_an_unknown_source_in_the_precedence_fails_saying_where_and_why(
    misspelt: dg.ExecuteInProcessResult, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    # And of the value that a model can't cast nothing is said, in no log.
    printed, events = capfd.readouterr(), "\n".join(map(str, misspelt.all_events))
    assert "invalid date field format" in printed.out
    assert leaks(tmp_path / "target", ['"zylstra'], *printed, events) == {}

    [failure] = misspelt.get_step_failure_events()
    data = failure.step_failure_data.user_failure_data
    assert data is not None
    message = data.description or ""
    assert "source_precedence_is_of_known_sources (dbt/tests/retail/" in message
    assert "names a source or an attribute that doesn't exist" in message
    assert "source='webshpo', attribute='*', precedence='6'" in message

    [check] = [each for each in misspelt.get_asset_check_evaluations() if not each.passed]
    assert check.check_name == "source_precedence_is_of_known_sources"
    assert check.asset_key == dg.AssetKey(["identity", "source_precedence"])
    assert check.severity == dg.AssetCheckSeverity.ERROR
    assert check.blocking
    rows = check.metadata["failing_rows"]
    assert isinstance(rows, dg.TableMetadataValue)
    assert [record.data["source"] for record in rows.records] == ["webshpo"]


def test_the_opening_comment_of_a_test_is_its_description() -> None:
    code = "-- Fails if a is b:\n-- that is wrong.\n{{ config() }}\n-- not this\nselect 1"
    assert describe_test({"raw_code": code}) == "Fails if a is b: that is wrong."
    assert describe_test({"raw_code": "{{ test_unique(**kwargs) }}"}) is None


def test_rows_in_messages_and_previews_are_masked() -> None:
    test = FailedTest(
        name="emails_are_known",
        path="tests/emails_are_known.sql",
        description="Fails if an email is unknown.",
        rows=pd.DataFrame({"email": ["anna@example.com"], "note": ["anna called"]}),
        kinds={"email": "email"},
        is_error=True,
    )
    explained = test.explain(dg.AssetCheckResult(passed=False, check_name=test.name))
    assert "email='a***@e******.com', note='***'" in test.message
    assert "anna" not in test.message + str(explained.metadata)
    assert explained.description == test.description
    assert not explained.passed
