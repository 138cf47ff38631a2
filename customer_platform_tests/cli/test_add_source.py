"""`customer-platform add-source` in a copy of the project: what it writes is checked and built."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from customer_platform.cli import main
from customer_platform.environment import REPOSITORY, Environment

MEMBERS = """Member No,Vor- und Nachname,mail,mobile,zip,order
A-1,Anna de Vries,Anna@Example.com,06-12345678,1234 ab,x
A-2,Piet Bakker,none,06-12345679,1234 AC,y
"""
LINES = "order_id;line;price\n1;1;9.50\n1;2;9.50\n2;1;1.25\n"

BUILD = """
import dagster as dg
from customer_platform.definitions import defs
from customer_platform.partitions import range_tags
keys = [dg.AssetKey(each.split("/")) for each in (
    "raw/app__members", "raw/app__lines", "staging/stg_app__members", "staging/stg_app__lines")]
with dg.DagsterInstance.ephemeral() as instance:
    result = defs.resolve_implicit_global_asset_job_def().execute_in_process(
        instance=instance, asset_selection=keys, tags=range_tags("2024-06-01", "2024-06-01"))
assert all(each.passed for each in result.get_asset_check_evaluations())
print(len(result.get_asset_check_evaluations()), "checks passed")
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the project that has its home beside it."""
    root = tmp_path / "project"
    for folder in ("customer_platform", "dbt"):
        shutil.copytree(REPOSITORY / folder, root / folder)
    for file in ("pyproject.toml", "dagster.yaml", "workspace.yaml"):
        shutil.copy(REPOSITORY / file, root)
    return root


def _run(copy: Path, *command: str) -> str:
    home = copy.parent / "home"
    variables = {
        "PYTHONPATH": str(copy), "CUSTOMER_PLATFORM_HOME": str(home),
        "CUSTOMER_PLATFORM_WAREHOUSE": str(home / "warehouse.duckdb"),
        "DAGSTER_HOME": str(home / "dagster"), "DBT_TARGET_PATH": str(home / "dbt" / "target"),
        "DBT_LOG_PATH": str(home / "dbt" / "logs"), "COLUMNS": "200",
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
    }  # fmt: skip
    program = Path(sys.executable).with_name(command[0])
    result = subprocess.run(
        [str(program), *command[1:]],
        cwd=copy, env=os.environ | variables, capture_output=True, text=True,
    )  # fmt: skip
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def test_what_it_writes_passes_the_checks_and_builds(copy: Path) -> None:
    members = copy.parent / "members_2024-06-01.csv"
    members.write_text(MEMBERS, encoding="latin-1")
    lines = copy.parent / "lines_2024-06-01.csv"
    lines.write_text(LINES)
    command = ("customer-platform", "add-source", "app", str(members), str(lines), "--yes")
    first = _run(copy, *command, "--land")
    assert "Vor- und Nachname  varchar" in first
    assert "full_name (by name)" in first
    assert "new        customer_platform/defs/retail/sources/app/defs.yaml" in first
    again = _run(copy, *command)
    assert "Nothing to write." in again
    assert "new " not in again

    _run(copy, "sqlfluff", "lint", "dbt/models/staging/app")
    _run(copy, "dg", "check", "yaml", "customer_platform/defs/retail/sources/app")
    _run(copy, "customer-platform", "prepare")
    assert "checks passed" in _run(copy, "python", "-c", BUILD)
    rows = _run(
        copy, "python", "-c",
        "import duckdb, os; c = duckdb.connect(os.environ['CUSTOMER_PLATFORM_WAREHOUSE']); "
        "print(c.sql('select source_record_id, first_name, last_name, email, phone, postcode "
        "from staging.stg_app__members order by 1').fetchall(), "
        "c.sql('select sum(price) from staging.stg_app__lines').fetchall())",
    )  # fmt: skip
    assert rows.strip() == (
        "[('A-1', 'Anna', 'de Vries', 'anna@example.com', '+31612345678', '1234AB'), "
        "('A-2', 'Piet', 'Bakker', None, '+31612345679', '1234AC')] [(Decimal('20.25'),)]"
    )


def test_nothing_is_written_before_the_user_has_said_yes(
    deployment: Environment, tmp_path: Path
) -> None:
    path = tmp_path / "members_2024-06-01.csv"
    path.write_text(MEMBERS)
    result = CliRunner().invoke(main, ["add-source", "asked_first", str(path)], input="n\n")
    assert result.exit_code == 1
    assert "Write this? [y/N]: n" in result.output
    assert not list(REPOSITORY.glob("**/asked_first"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(["app"], "name the files of the source, or --connection and --table"),
     (["My App", "x.csv"], "such as my_app"),
     (["app", "nope.csv"], "nope.csv: there is no such file"),
     (["app", "--connection", "NO_DATABASE_URL"], "--connection goes with --table"),
     (["app", "--connection", "NO_DATABASE_URL", "--table", "t"], "NO_DATABASE_URL is not set"),
     (["app", "x.csv", "--attribute", "mail=x"], "write ATTRIBUTE=COLUMN; attributes are first")],
)  # fmt: skip
def test_a_command_that_cannot_be_meant_is_refused_in_one_message(
    deployment: Environment, arguments: list[str], message: str
) -> None:
    result = CliRunner().invoke(main, ["add-source", *arguments, "--yes"])
    assert result.exit_code != 0
    assert message in result.output
    assert "Traceback" not in result.output
