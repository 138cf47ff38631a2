"""`customer-platform override` and `preview`, as a steward at a terminal uses them."""

import subprocess
import sys
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from customer_platform.cli import main
from customer_platform.stewardship.decide.overrides_file import HEADER
from customer_platform_tests.cli.stewarded import build_map, customer_of
from customer_platform_tests.support.projects import checkout, stand_in

BY_BIRTH = """
record_id: source_record_id
source: source
match_keys:
  email: {column: email_key}
  last_name: {column: last_name_key}
  birth_date: {column: birth_date_key}
match_rules:
  - {name: email, match: [email]}
  - {name: name_and_birth, match: [last_name, birth_date]}
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("CUSTOMER_PLATFORM_HOME", str(folder))
    return folder


@pytest.fixture
def warehouse(home: Path) -> Path:
    return build_map(home)


@pytest.fixture
def seed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "seeds" / "retail" / "link_overrides.csv"
    path.parent.mkdir(parents=True)
    path.write_text(",".join(HEADER) + "\n")
    stand_in(monkeypatch, replace(checkout(), dbt=tmp_path))
    return path


def _override(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["override", *arguments])


def _preview(folder: Path, rules: str, *arguments: str) -> Result:
    path = folder / "new.yaml"
    path.write_text(rules)
    return CliRunner().invoke(main, ["preview", "--rules", str(path), *arguments])


def test_an_override_is_written_and_what_it_changes_is_told(warehouse: Path, seed: Path) -> None:
    reason = 'married name,\n "Jansen"'
    result = _override("--same", "crm:2:b", "crm:3", "--reason", reason, "--author", "Eva")
    assert result.exit_code == 0, result.output
    header, line = seed.read_text().splitlines()
    assert header == ",".join(HEADER)
    assert line.startswith("same,crm,2:b,crm,3,Eva,20")
    assert line.endswith(',"married name, ""Jansen"""')
    assert f"{seed}:2: added: crm:2:b and crm:3 are one customer (Eva, 20" in result.output
    assert "At the next run crm:2:b and crm:3 become one customer, c_" in result.output
    assert f"of {customer_of(warehouse, '1')}" in result.output


def test_records_that_are_one_customer_fall_apart_by_different(warehouse: Path, seed: Path) -> None:
    result = _override("--different", "crm:1", "crm:2:b", "--reason", "twins")
    assert result.exit_code == 0, result.output
    assert f"At the next run {customer_of(warehouse, '1')} splits" in result.output


@pytest.mark.usefixtures("warehouse")
def test_a_line_is_taken_out_again(seed: Path) -> None:
    before = seed.read_text()
    assert _override("--same", "crm:3", "crm:4", "--reason", "x").exit_code == 0
    result = _override("--remove", "crm:4", "crm:3")
    assert result.exit_code == 0, result.output
    assert f"{seed}:2: removed: crm:3 and crm:4 are one customer" in result.output
    assert "stay two at the next run" in result.output
    assert seed.read_text() == before


@pytest.mark.usefixtures("warehouse")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--same", "crm:3", "crm:44", "--reason", "x"], "no record crm:44; did you mean crm:4"),
        (["--same", "crm:3", "cmr:4", "--reason", "x"], "no source 'cmr'; did you mean 'crm'?"),
        (["--same", "crm:3", "4", "--reason", "x"], "'4' names no record: write SOURCE:ID"),
        (["--same", "crm:3", "crm:3", "--reason", "x"], "crm:3 was given twice"),
        (["--same", "crm:3", "crm:4"], "Say why, with --reason."),
        (["--same", "crm:3", "crm:4", "--reason", " "], "Say why, with --reason."),
        (["crm:3", "crm:4", "--reason", "x"], "Say --same or --different."),
        (["--remove", "crm:3", "crm:4"], "no line about crm:3 and crm:4"),
    ],
)
def test_a_wrong_override_is_refused_in_one_message_and_nothing_is_written(
    seed: Path, arguments: list[str], message: str
) -> None:
    before = seed.read_bytes()
    result = _override(*arguments)
    assert isinstance(result.exception, SystemExit)
    assert message in result.output
    assert seed.read_bytes() == before


@pytest.mark.usefixtures("warehouse")
def test_duplicates_and_contradictions_name_the_line(seed: Path) -> None:
    assert _override("--same", "crm:3", "crm:4", "--reason", "x").exit_code == 0
    again = _override("--same", "crm:4", "crm:3", "--reason", "y")
    assert again.exit_code == 1
    assert f"{seed}:2: it is there already" in again.output
    opposite = _override("--different", "crm:4", "crm:3", "--reason", "y")
    assert opposite.exit_code == 1
    assert "can't be two customers" in opposite.output
    assert f"{seed}:2: crm:3 and crm:4 are one customer" in opposite.output


def test_a_preview_shows_what_merges_and_leaves_the_warehouse_as_it_is(
    warehouse: Path, tmp_path: Path
) -> None:
    before = sha256(warehouse.read_bytes()).hexdigest()
    result = _preview(tmp_path, BY_BIRTH, "--output", str(tmp_path / "out"))
    assert result.exit_code == 0, result.output
    assert "of 4 (" in result.output
    assert "2 merge into 1" in result.output
    assert "by name_and_birth: last_name = jansen, birth_date = 1980-01-01" in result.output
    assert "of EUR 40.00 net revenue" in result.output
    assert f"Wrote all changes to {tmp_path / 'out'}" in result.output
    assert (tmp_path / "out" / "moved_records.csv").read_text().count("\n") > 1
    assert sha256(warehouse.read_bytes()).hexdigest() == before
    assert [path.name for path in warehouse.parent.iterdir()] == [warehouse.name]


@pytest.mark.usefixtures("warehouse")
def test_a_preview_can_be_masked(tmp_path: Path) -> None:
    result = _preview(tmp_path, BY_BIRTH, "--masked")
    assert "last_name = j*****, birth_date = 1980-**-**" in result.output
    assert "jansen" not in result.output


@pytest.mark.usefixtures("warehouse")
def test_faults_of_the_rules_are_told_with_line_and_column(tmp_path: Path) -> None:
    result = _preview(tmp_path, BY_BIRTH.replace("match: [email]", "match: [mail]"))
    assert result.exit_code == 1
    assert f"Error: {tmp_path / 'new.yaml'}:9:27: match rule 'email' uses the unk" in result.output
    missing = _preview(tmp_path, BY_BIRTH.replace("email_key", "e_mail"))
    assert missing.exit_code == 1
    assert "match key 'email' uses the column 'e_mail', which the records don't" in missing.output


@pytest.mark.usefixtures("seed")
def test_without_a_warehouse_the_way_to_one_is_told(home: Path, tmp_path: Path) -> None:
    for result in (
        _preview(tmp_path, BY_BIRTH),
        _override("--same", "crm:3", "crm:4", "--reason", "x"),
    ):
        assert result.exit_code == 1
        assert f"there is no warehouse at {home / 'warehouse.duckdb'} yet" in result.output
        assert "customer-platform run" in result.output


def test_the_help_of_the_command_loads_neither_dagster_nor_duckdb() -> None:
    code = (
        "import sys; from customer_platform.cli import main; "
        "main(['override', '--help'], standalone_mode=False); "
        "sys.exit(any(name in sys.modules for name in ('dagster', 'duckdb', 'numba', 'pandas')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "SOURCE:ID SOURCE:ID" in done.stdout
