"""Models beside the map that they made."""

import json
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from customer_platform.errors import SimilarRulesError
from customer_platform.identity import ResolutionRules, resolve, resolve_file
from customer_platform.identity.similar import read_models, write_models
from customer_platform_tests.identity.similar.people import as_table, people_rules
from customer_platform_tests.support.similar import FirstRun


@pytest.fixture
def records(tmp_path: Path, first_run: FirstRun) -> Path:
    pq.write_table(as_table(first_run.people), tmp_path / "records.parquet")
    return tmp_path / "records.parquet"


def exact_rules() -> ResolutionRules:
    stated = people_rules().model_dump(exclude_none=True, exclude_defaults=True)
    stated["match_rules"] = [{"name": "exact", "match": ["first", "last", "birth"]}]
    return ResolutionRules.model_validate(stated)


def test_the_model_is_written_beside_the_map_and_used_by_the_next_run(
    records: Path, tmp_path: Path
) -> None:
    output, file = tmp_path / "map.parquet", tmp_path / "map.parquet.models.json"
    first = resolve_file(records, people_rules(), output)
    assert first.links["alike"] > 50
    written = file.read_bytes()
    assert resolve_file(records, people_rules(threshold=0.9), output, previous=output).links
    assert file.read_bytes() == written
    resolve_file(records, people_rules(), output, retrain=True)
    before, after = json.loads(written)[0], read_models(file)["alike"]
    assert after.trained_at.isoformat() > before["trained_at"]
    assert after.settings == before["settings"]


def test_a_model_is_taken_from_the_file_named_or_from_beside_the_previous_map(
    records: Path, tmp_path: Path, first_run: FirstRun
) -> None:
    named, output = tmp_path / "chosen.json", tmp_path / "map.parquet"
    write_models(named, [first_run.model])
    resolve_file(records, people_rules(), output, models=named)
    assert read_models(named) == {"alike": first_run.model}
    assert not (tmp_path / "map.parquet.models.json").exists()
    write_models(tmp_path / "map.parquet.models.json", [first_run.model])
    later = tmp_path / "later.parquet"
    resolve_file(records, people_rules(), later, previous=output)
    assert read_models(tmp_path / "later.parquet.models.json") == {"alike": first_run.model}


@pytest.mark.parametrize(
    "text", [b"", b"{", b"[1]", b'{"a": 1}', b"null", b"\xff", b'[{"rule": "alike"}]']
)
def test_a_file_that_is_none_of_models_is_named_with_what_to_do(
    records: Path, tmp_path: Path, text: bytes
) -> None:
    output, file = tmp_path / "map.parquet", tmp_path / "map.parquet.models.json"
    file.write_bytes(text)
    with pytest.raises(SimilarRulesError, match=r"map\.parquet\.models\.json: this is no file of"):
        resolve_file(records, people_rules(), output)
    assert not output.exists()
    assert file.read_bytes() == text


def test_a_faulty_file_of_models_is_no_matter_to_exact_rules(records: Path, tmp_path: Path) -> None:
    (tmp_path / "map.parquet.models.json").write_text("[")
    assert resolve_file(records, exact_rules(), tmp_path / "map.parquet").records > 200


def test_without_splink_a_similar_rule_says_how_to_install_it_and_exact_ones_work(
    records: Path, tmp_path: Path, first_run: FirstRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "splink", None)
    with pytest.raises(SimilarRulesError, match=r"pip install 'customer-platform\[similar\]'"):
        resolve_file(records, people_rules(), tmp_path / "map.parquet")
    assert not list(tmp_path.glob("map.parquet*"))
    with pytest.raises(SimilarRulesError, match="need Splink"):
        resolve(as_table(first_run.people), people_rules(), models={"alike": first_run.model})
    resolve_file(records, exact_rules(), tmp_path / "map.parquet")
    assert (tmp_path / "map.parquet").exists()
