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
    assert "'01-01-2024' is no day: write YYYY-MM-DD" in result.output


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
