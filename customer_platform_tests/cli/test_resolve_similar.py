"""`customer-platform resolve` by a similar rule: its models, and when they are trained."""

import json
import sys
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from customer_platform.cli import main
from customer_platform_tests.identity.similar.people import as_table, made_people

RULES = """
record_id: id
match_keys:
  first:    {column: first, normalise: name}
  last:     {column: last, normalise: name}
  birth:    {column: birth, normalise: date}
  postcode: {column: postcode, normalise: postcode}
match_rules:
  - {name: exact, match: [first, last, birth]}
  - {name: alike, similar: {compare: [first, last, birth, postcode]}}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of people and rules, in which the model was trained by a first run."""
    made = tmp_path_factory.mktemp("resolve")
    pq.write_table(as_table(made_people()), made / "people.parquet")
    (made / "rules.yaml").write_text(RULES)
    result = resolve(made, "first.parquet")
    assert result.exit_code == 0, result.output
    return made


def resolve(folder: Path, output: str, *more: str) -> Result:
    arguments = ["--rules", str(folder / "rules.yaml"), "--output", str(folder / output), *more]
    return CliRunner().invoke(main, ["resolve", str(folder / "people.parquet"), *arguments])


def links(path: Path) -> list[tuple[str, str | None, str | None]]:
    return duckdb.execute(
        f"select record_id, linked_by_rule, linked_to_record from '{path}' order by all"
    ).fetchall()


def trained_at(path: Path) -> str:
    [model] = json.loads(path.read_text())
    assert model["rule"] == "alike"
    return str(model["trained_at"])


def test_misspelt_records_are_linked_and_the_model_lies_beside_the_map(folder: Path) -> None:
    by_rule = [rule for _, rule, _ in links(folder / "first.parquet")]
    assert by_rule.count("exact") > 10
    assert by_rule.count("alike") > 10
    assert (folder / "first.parquet.models.json").exists()


def test_a_named_file_of_models_is_used_and_the_same_links_are_found(folder: Path) -> None:
    models = folder / "first.parquet.models.json"
    before = models.read_bytes()
    result = resolve(folder, "second.parquet", "--models", str(models))
    assert result.exit_code == 0, result.output
    assert "links by alike" in result.output
    assert links(folder / "second.parquet") == links(folder / "first.parquet")
    assert models.read_bytes() == before
    assert not (folder / "second.parquet.models.json").exists()


def test_a_model_is_trained_anew_only_when_asked_for(folder: Path) -> None:
    models = folder / "kept.json"
    models.write_bytes((folder / "first.parquet.models.json").read_bytes())
    before = trained_at(models)
    retrained = resolve(folder, "third.parquet", "--models", str(models), "--retrain")
    assert retrained.exit_code == 0, retrained.output
    assert trained_at(models) > before
    assert links(folder / "third.parquet") == links(folder / "first.parquet")


def test_without_splink_the_command_says_how_to_install_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "splink", None)
    result = resolve(folder, "none.parquet")
    assert result.exit_code == 1
    assert "pip install 'customer-platform[similar]'" in result.output
    assert not (folder / "none.parquet").exists()
