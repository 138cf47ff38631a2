"""`customer-platform add-source` in a copy of the project: what it writes is checked and built."""

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from customer_platform.cli import main
from customer_platform.environment import Environment
from customer_platform.project import REPOSITORY

MEMBERS = """Member No,Vor- und Nachname,mail,mobile,zip,order
A-1,Anna de Vries,Anna@Example.com,06-12345678,1234 ab,x
A-2,Zoë Bakker,none,06-12345679,1234 AC,y
"""
LINES = """order_id;line;price;costs;paid
1;1;9.50;1.234,56;ja
1;2;9.50;0,44;nee
2;1;1.25;;ja
"""

# Prepares, builds, and prints what was built: in one process, as each start takes seconds.
BUILD = """
from customer_platform import deployment
from customer_platform.environment import load_environment
environment = load_environment()
deployment.prepare(environment)

import dagster as dg, duckdb
from customer_platform.definitions import defs
from customer_platform.partitions import range_tags
keys = [dg.AssetKey(each.split("/")) for each in (
    "raw/app__members", "raw/app__lines", "raw/erp__clients",
    "staging/stg_app__members", "staging/stg_app__lines", "staging/stg_erp__clients")]
with dg.DagsterInstance.ephemeral() as instance:
    result = defs.resolve_implicit_global_asset_job_def().execute_in_process(
        instance=instance, asset_selection=keys, tags=range_tags("2024-06-01", "2024-06-01"))
checks = result.get_asset_check_evaluations()
assert checks and all(each.passed for each in checks), checks
warehouse = duckdb.connect(str(environment.warehouse))
for query in (
    "select source_record_id, first_name, last_name, email, phone, postcode "
    "from staging.stg_app__members order by 1",
    "select sum(price)::VARCHAR, sum(costs)::VARCHAR, count_if(paid), count_if(not paid) "
    "from staging.stg_app__lines",
    "select source, source_record_id, email from staging.stg_erp__clients",
):
    print("built:", warehouse.execute(query).fetchall())
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the project that has its home beside it."""
    root = tmp_path / "project"
    for folder in ("customer_platform", "dbt"):
        shutil.copytree(REPOSITORY / folder, root / folder)
    for file in ("pyproject.toml", "workspace.yaml"):
        shutil.copy(REPOSITORY / file, root)
    return root


def _run(copy: Path, *command: str, said: str = "", fails: bool = False, **more: str) -> str:
    variables = more | {
        "ERP_DATABASE_URL": f"sqlite:///{copy.parent / 'erp.db'}",
        "PYTHONPATH": str(copy),
        "CUSTOMER_PLATFORM_HOME": str(copy.parent / "home"),
        "COLUMNS": "200",
    }
    program = Path(sys.executable).with_name(command[0])
    result = subprocess.run(
        [str(program), *command[1:]],
        cwd=copy, env=os.environ | variables, capture_output=True, text=True, input=said,
    )  # fmt: skip
    assert (result.returncode != 0) is fails, result.stdout + result.stderr
    return result.stdout + (result.stderr if fails else "")


def test_what_it_writes_passes_the_checks_and_builds(copy: Path) -> None:
    members = copy.parent / "members_2024-06-01.csv"
    members.write_text(MEMBERS, encoding="latin-1")
    lines = copy.parent / "lines_20240601_1.csv"
    lines.write_text(LINES)
    command = ("customer-platform", "add-source", "app", str(members), str(lines), "--yes")
    first = _run(copy, *command, "--land")
    assert "Vor- und Nachname  varchar" in first
    assert "full_name (by name)" in first
    assert "csv, encoding cp1252, delimiter ," in first
    assert "lands as     app/lines/lines_{partition:%Y%m%d}_*.csv" in first
    assert "new        customer_platform/defs/retail/sources/app/defs.yaml" in first
    again = _run(copy, *command)
    assert "Nothing to write." in again
    assert "new " not in again

    with sqlite3.connect(copy.parent / "erp.db") as database:
        database.execute("create table clients (id integer, courriel text, updated_at text)")
        database.execute("insert into clients values (7, 'x@example.com', '2024-06-01 12:00:00')")
    database.close()
    options = ("--connection", "ERP_DATABASE_URL", "--table", "clients", "--yes")
    assert "read by its day" in _run(copy, "customer-platform", "add-source", "erp", *options)

    sources = "customer_platform/defs/retail/sources"
    _run(copy, "sqlfluff", "lint", "dbt/models/retail/staging/app", "dbt/models/retail/staging/erp")
    _run(copy, "dg", "check", "yaml", f"{sources}/app", f"{sources}/erp")
    output = _run(copy, "python", "-c", BUILD)
    assert [line for line in output.splitlines() if line.startswith("built: ")] == [
        "built: [('A-1', 'Anna', 'de Vries', 'anna@example.com', '+31612345678', '1234AB'), "
        "('A-2', 'Zoë', 'Bakker', None, '+31612345679', '1234AC')]",
        "built: [('20.25', '1235.00', 2, 1)]",
        "built: [('erp', '7', 'x@example.com')]",
    ]


def test_records_of_several_entities_are_told_apart_or_asked_for(copy: Path) -> None:
    """A business model with two entities, which its identity components name."""
    bazaar = copy / "customer_platform" / "defs" / "bazaar" / "identity"
    for entity in ("buyer", "seller"):
        path = bazaar / entity / "defs.yaml"
        path.parent.mkdir(parents=True)
        path.write_text(
            "type: customer_platform.components.IdentityResolution\n"
            f"attributes:\n  entity: {entity}\n  owner: team:a\n"
            "  attributes: {email: {survivorship: longest}, city: {survivorship: longest}}\n"
            "  match_keys: {email: email} # as it comes\n"
            "  match_rules: [{name: email, match: [email]}]\n"
        )
    files = []
    for name, header in (("sellers", "seller_id,email"), ("export", "nr,email,city")):
        files.append(copy.parent / f"{name}.csv")
        values = {"seller_id": "1", "nr": "1", "email": "a@example.com", "city": "Paris"}
        row = ",".join(values[column] for column in header.split(","))
        files[-1].write_text(f"{header}\n{row}\n")
    command = ["customer-platform", "add-source", "shop", *map(str, files)]
    message = _run(copy, *command, "--yes", fails=True, CUSTOMER_PLATFORM_BUSINESS_MODEL="bazaar")
    assert "table 'export' holds records" in message
    assert "say --entity buyer or --entity seller" in message
    assert not (bazaar.parent / "sources").exists()
    shown = _run(copy, *command, said="buyer\ny\n", CUSTOMER_PLATFORM_BUSINESS_MODEL="bazaar")
    assert "sellers: seller records, 1 rows" in shown
    assert "export: buyer records, 1 rows" in shown
    for entity, view in (("seller", "stg_shop__sellers"), ("buyer", "stg_shop__export")):
        text = (bazaar / entity / "defs.yaml").read_text()
        assert "match_keys: {email: email} # as it comes\n" in text
        assert yaml.safe_load(text)["attributes"]["sources"] == [view]
    assert (copy / "dbt/models/bazaar/staging/shop/stg_shop__export.sql").exists()


def test_nothing_is_written_before_the_user_has_said_yes(
    deployment: Environment, tmp_path: Path
) -> None:
    path = tmp_path / "members_2024-06-01.csv"
    path.write_text(MEMBERS)
    result = CliRunner().invoke(main, ["add-source", "asked_first", str(path)], input="n\n")
    assert result.exit_code == 1
    assert "Write this? [y/N]: n" in result.output
    assert not list((REPOSITORY / "customer_platform" / "defs").glob("**/asked_first"))
    assert not list((REPOSITORY / "dbt").glob("**/asked_first"))


def test_a_file_in_the_way_in_the_landing_zone_is_a_reason_to_write_nothing(
    deployment: Environment, tmp_path: Path
) -> None:
    path = tmp_path / "members_2024-06-01.csv"
    path.write_text(MEMBERS)
    there = deployment.landing / "in_the_way" / "members" / path.name
    there.parent.mkdir(parents=True)
    there.write_text("something else")
    result = CliRunner().invoke(main, ["add-source", "in_the_way", str(path), "--land", "--yes"])
    assert result.exit_code == 1
    assert "another file is there already" in result.output
    assert there.read_text() == "something else"
    assert not list((REPOSITORY / "customer_platform" / "defs").glob("**/in_the_way"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(["app"], "name the files of the source, or --connection and --table"),
     (["My App", "x.csv"], "such as my_app"),
     (["app", "nope.csv"], "nope.csv: there is no such file"),
     (["app", "--connection", "NO_DATABASE_URL"], "--connection needs --table"),
     (["app", "--connection", "NO_DATABASE_URL", "--table", "t"], "NO_DATABASE_URL is not set"),
     (["app", "x.csv", "--entity", "customer", "--kind", "other"], "--kind other that none"),
     (["app", "x.csv", "--attribute", "mail=x"], "write ATTRIBUTE=COLUMN; attributes are first")],
)  # fmt: skip
def test_a_command_that_cannot_be_meant_is_refused_in_one_message(
    deployment: Environment, arguments: list[str], message: str
) -> None:
    result = CliRunner().invoke(main, ["add-source", *arguments, "--yes"])
    assert result.exit_code != 0
    assert message in result.output
    assert "Traceback" not in result.output
