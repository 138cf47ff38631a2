import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from customer_platform.cli import main
from customer_platform.environment import Environment


def test_demo_writes_landing_files_and_the_truth_beside_them(tmp_path: Path) -> None:
    arguments = ["demo", "--customers", "30", "--days", "2", "--end", "2024-03-01"]
    result = CliRunner().invoke(main, [*arguments, "--out", str(tmp_path)])
    assert result.exit_code == 0, result.output
    assert "30 people, 2024-02-29 to 2024-03-01" in result.output
    assert (tmp_path / "landing" / "crm" / "customers" / "customers_2024-03-01.csv").exists()
    people = duckdb.execute(
        f"select count(distinct person_id) from '{tmp_path / 'truth.parquet'}'"
    ).fetchall()
    assert people == [(30,)]


def test_a_day_that_is_none_is_refused_with_the_form_it_should_have(
    deployment: Environment,
) -> None:
    folder = deployment.landing / "crm" / "customers"
    folder.mkdir(parents=True)
    (folder / "customers_2024-01-01.csv").write_text("customer_id\n")
    result = CliRunner().invoke(main, ["run", "--from", "01-01-2024"])
    assert result.exit_code == 2
    assert "'01-01-2024' is not a valid date; use YYYY-MM-DD" in result.output


def test_a_run_without_files_ends_in_one_message_and_no_traceback(
    deployment: Environment,
) -> None:
    result = CliRunner().invoke(main, ["run"])
    assert result.exit_code == 1
    assert f"Error: No file of a declared source lies in {deployment.landing}" in result.output
    assert "Traceback" not in result.output


def test_an_unknown_environment_is_refused_naming_the_known_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CUSTOMER_PLATFORM_ENVIRONMENT", "prod")
    result = CliRunner().invoke(main, ["prepare"])
    assert result.exit_code == 1
    assert "'prod': choose one of development, test, acceptance, production" in result.output


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--customers", "0"], "Error: customers is 0: must be at least 1"),
        (["--end", "10-01-2024"], "'10-01-2024' does not match the format"),
        (["--days", "many"], "'many' is not a valid integer"),
    ],
)
def test_a_demo_that_cannot_be_generated_is_refused_in_one_message(
    tmp_path: Path, options: list[str], message: str
) -> None:
    result = CliRunner().invoke(main, ["demo", "--out", str(tmp_path), *options])
    assert isinstance(result.exception, SystemExit)
    assert message in result.output


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--from", "2024-01-10"], "The last day, 2024-01-09, is before the first, 2024-01-10."),
        (["--from", "2009-01-01"], "2009-01-01 to 2024-01-09 is not within 2010-12-01 to"),
        (["--to", "2999-01-01"], "2024-01-09 to 2999-01-01 is not within 2010-12-01 to"),
    ],
)
def test_days_that_cannot_be_built_are_refused_before_anything_is_built(
    deployment: Environment, options: list[str], message: str
) -> None:
    folder = deployment.landing / "crm" / "customers"
    folder.mkdir(parents=True)
    (folder / "customers_2024-01-09.csv").write_text("customer_id\n")
    result = CliRunner().invoke(main, ["run", *options])
    assert isinstance(result.exception, SystemExit)
    assert message in result.output
    assert not deployment.warehouse.exists()


def test_a_landing_alone_is_asked_nothing_about_identities() -> None:
    result = CliRunner().invoke(main, ["run", "--layer", "land", "--accept-map"])
    assert result.exit_code == 2
    assert "--accept-map and --retrain are about identities" in result.output


def test_dbt_runs_on_the_deployment_with_what_is_declared(deployment: Environment) -> None:
    program = Path(sys.executable).with_name("customer-platform")
    # As a process of its own: it becomes dbt.
    result = subprocess.run(
        [program, "dbt", "ls", "--select", "tag:staging", "--resource-type", "model", "--quiet"],
        env=os.environ | deployment.process_variables, capture_output=True, text=True,
    )  # fmt: skip
    assert result.returncode == 0, result.stdout + result.stderr
    assert "customer_platform.staging.crm.stg_crm__customers" in result.stdout.splitlines()
