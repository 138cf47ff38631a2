"""What every business model keeps to, as the process that built its demo has loaded it."""

import json
from pathlib import Path
from typing import Any

import pytest

from customer_platform.project import REPOSITORY, business_models
from customer_platform_tests.support.demos import BuiltDemo, built_demo

LAYERS = ["raw", "staging", "identity", "master", "published"]
OTHERS = [name for name in business_models() if name != "retail"]


class Loaded:
    """A business model as Dagster and dbt see it."""

    def __init__(self, demo: BuiltDemo) -> None:
        self.name = demo.business_model
        self.assets: dict[str, dict[str, Any]] = demo.told["assets"]
        manifest = json.loads((demo.environment.dbt_target / "manifest.json").read_text())
        self.nodes = list(manifest["nodes"].values())
        self.sources = list(manifest["sources"].values())


@pytest.fixture(scope="module", params=OTHERS)
def loaded(request: pytest.FixtureRequest, shared: Path) -> Loaded:
    return Loaded(built_demo(request.param, shared))


def test_the_data_goes_one_way_through_the_five_layers(loaded: Loaded) -> None:
    order = [LAYERS[0], "privacy/erasures", *LAYERS[1:], "privacy/certificates"]

    def place(key: str) -> int:
        return order.index(key if key in order else key.split("/")[0])

    assert {place(key) for key in loaded.assets} == set(range(len(order)))
    for key, asset in loaded.assets.items():
        for parent in asset["parents"]:
            assert place(parent) <= place(key)


def test_every_asset_has_an_owner_a_description_and_kinds(loaded: Loaded) -> None:
    for key, asset in loaded.assets.items():
        assert asset["owners"], key
        assert asset["description"], key
        assert "duckdb" in asset["kinds"], key


def test_sources_and_facts_have_days(loaded: Loaded) -> None:
    by_day = {key for key, asset in loaded.assets.items() if asset["by_day"]}
    assert {"master/transactions"} < by_day
    assert {key for key in loaded.assets if key.startswith("raw/")} <= by_day
    assert {key.split("/")[0] for key in by_day} == {"raw", "master"}


def test_sources_maps_and_masters_have_checks(loaded: Loaded) -> None:
    for key, asset in loaded.assets.items():
        if key.startswith("raw/") or key.endswith("_id_map") or key == "master/transactions":
            assert asset["checks"], key


def test_every_model_states_its_grain_and_describes_its_columns(loaded: Loaded) -> None:
    for node in (*loaded.nodes, *loaded.sources):
        if node["resource_type"] in ("model", "seed") or node.get("schema") == "identity":
            assert "grain" in node["description"].lower(), node["name"]
            assert node["columns"], node["name"]
            bare = [c["name"] for c in node["columns"].values() if not c["description"]]
            assert bare == [], node["name"]


def test_the_picture_in_the_docs_shows_the_assets_there_are(loaded: Loaded) -> None:
    picture = (REPOSITORY / "docs" / f"asset-graph-{loaded.name}.svg").read_text()
    for key in loaded.assets:
        if not key.startswith("privacy/"):
            assert f">{key.split('/')[-1]}</text>" in picture, key
