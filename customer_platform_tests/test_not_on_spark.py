from pathlib import Path

import pytest
from click.testing import CliRunner

from customer_platform.chosen_engine import ChosenEngine
from customer_platform.cli import main
from customer_platform.environment import ENGINE, load_environment
from customer_platform.errors import EnvironmentVariableError, ForkedHomeError, NotOnEngineError
from customer_platform.ingestion.reading import start_as_copy
from customer_platform.warehouse.spark import missing_package

_PERSON = ["--email", "anna@example.com"]
_WHY = ["--reason", "asked", "--requested-by", "anna"]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home on a Spark that isn't there: whoever is refused has not asked it."""
    monkeypatch.setenv("CUSTOMER_PLATFORM_HOME", str(tmp_path))
    monkeypatch.setenv("CUSTOMER_PLATFORM_WAREHOUSE", "sc://127.0.0.1:1")
    monkeypatch.setenv("CUSTOMER_PLATFORM_LAKE", str(tmp_path / "lake"))
    (tmp_path / ENGINE).write_text(f"{tmp_path / 'lake'}\n")
    return tmp_path


@pytest.mark.parametrize(
    "command",
    [
        ["plan"],
        ["plan", "--against", "development"],
        ["apply"],
        ["approve", "p1", "--by", "anna"],
        ["roll-back"],
        ["versions"],
        ["privacy", "find", *_PERSON],
        ["privacy", "erase", *_PERSON, *_WHY],
        ["privacy", "suppress", *_PERSON, *_WHY],
        ["privacy", "export", "--output", "out.zip", *_PERSON],
        ["privacy", "verify", "erase-1"],
    ],
    ids=" ".join,
)
def test_what_spark_cannot_do_yet_is_refused_with_what_to_do_instead(
    command: list[str], home: Path
) -> None:
    outcome = CliRunner().invoke(main, command)
    assert outcome.exit_code != 0
    assert "On Spark" in outcome.output
    assert "isn't there yet: " in outcome.output
    assert sorted(path.name for path in home.iterdir()) == [ENGINE]


def test_nothing_old_is_deleted_on_spark(home: Path) -> None:
    from datetime import date

    import duckdb

    from customer_platform.declarations import declarations_of
    from customer_platform.privacy.retention import retain

    environment = load_environment()
    with (
        duckdb.connect() as connection,
        pytest.raises(NotOnEngineError, match="keep_days"),
    ):
        retain(connection, environment, declarations_of(environment), date(2026, 1, 1))


def test_an_environment_neither_reads_another_on_spark_nor_one_that_is(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUSTOMER_PLATFORM_READS", str(tmp_path / "other"))
    with pytest.raises(NotOnEngineError, match="landing zone of its own"):
        start_as_copy(load_environment())
    monkeypatch.delenv("CUSTOMER_PLATFORM_WAREHOUSE")
    monkeypatch.setenv("CUSTOMER_PLATFORM_HOME", str(tmp_path / "reader"))
    monkeypatch.setenv("CUSTOMER_PLATFORM_READS", str(home))
    with pytest.raises(ForkedHomeError, match="are on Spark"):
        start_as_copy(load_environment())


def test_a_home_does_not_change_its_engine(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_environment().engine == ChosenEngine("spark", "sc://127.0.0.1:1", home / "lake")
    monkeypatch.setenv("CUSTOMER_PLATFORM_LAKE", str(home / "other"))
    with pytest.raises(EnvironmentVariableError, match=f"CUSTOMER_PLATFORM_LAKE={home}/lake"):
        load_environment()
    monkeypatch.delenv("CUSTOMER_PLATFORM_WAREHOUSE")
    with pytest.raises(EnvironmentVariableError, match="are on Spark"):
        load_environment()


def test_a_home_on_duckdb_is_not_begun_again_on_spark(home: Path) -> None:
    (home / ENGINE).unlink()
    (home / "warehouse.duckdb").touch()
    with pytest.raises(EnvironmentVariableError, match="are on DuckDB"):
        load_environment()


def test_a_server_that_is_not_there_is_named_before_anything_is_written(home: Path) -> None:
    (home / "lake").mkdir()
    outcome = CliRunner().invoke(main, ["run"])
    assert outcome.exit_code == 1
    missing = missing_package()
    said = f"the package {missing} isn't installed" if missing else "127.0.0.1:1 can't be reached"
    assert said in outcome.output
    assert "CUSTOMER_PLATFORM_WAREHOUSE" in outcome.output
    assert not {"warehouse.duckdb", "landing", "dagster"} & {path.name for path in home.iterdir()}
    assert list((home / "lake").iterdir()) == []


def test_a_lake_that_is_not_there_is_named(home: Path) -> None:
    outcome = CliRunner().invoke(main, ["run"])
    assert f"the lake {home}/lake isn't there: make the folder" in outcome.output
