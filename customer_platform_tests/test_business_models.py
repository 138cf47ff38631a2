"""What every business model keeps to; each is loaded in a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from customer_platform.environment import REPOSITORY, business_models

_LOAD = """
import json

from customer_platform.deployment import prepare
from customer_platform.environment import load_environment

environment = load_environment()
prepare(environment)

from customer_platform.definitions import defs

graph = defs.resolve_asset_graph()
checked = {key.asset_key.to_user_string() for key in graph.asset_check_keys}
assets = {
    spec.key.to_user_string(): {
        "group": spec.group_name,
        "parents": [dep.asset_key.to_user_string() for dep in spec.deps],
        "owners": list(spec.owners),
        "description": spec.description,
        "kinds": sorted(spec.kinds),
        "by_day": spec.partitions_def is not None,
        "checked": spec.key.to_user_string() in checked,
    }
    for spec in defs.resolve_all_asset_specs()
}
print(json.dumps({"assets": assets, "manifest": str(environment.dbt_target / "manifest.json")}))
"""

LAYERS = ["raw", "staging", "identity", "master", "published"]
OTHERS = [name for name in business_models() if name != "retail"]


class Loaded:
    """A business model as Dagster and dbt see it."""

    def __init__(self, business_model: str, home: Path) -> None:
        variables = {
            "CUSTOMER_PLATFORM_BUSINESS_MODEL": business_model,
            "CUSTOMER_PLATFORM_HOME": str(home),
        }
        process = subprocess.run(
            [sys.executable, "-c", _LOAD],
            cwd=REPOSITORY,
            env={**os.environ, **variables},
            capture_output=True,
            text=True,
            check=False,
        )
        assert process.returncode == 0, process.stderr
        found = json.loads(process.stdout.splitlines()[-1])
        self.name = business_model
        self.assets: dict[str, dict[str, Any]] = found["assets"]
        manifest = json.loads(Path(found["manifest"]).read_text())
        self.nodes = list(manifest["nodes"].values())
        self.sources = list(manifest["sources"].values())


@pytest.fixture(scope="module", params=OTHERS)
def loaded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    return Loaded(request.param, tmp_path_factory.mktemp(request.param))


def test_the_data_goes_one_way_through_the_five_layers(loaded: Loaded) -> None:
    assert {key.split("/")[0] for key in loaded.assets} == set(LAYERS)
    for key, asset in loaded.assets.items():
        for parent in asset["parents"]:
            assert LAYERS.index(parent.split("/")[0]) <= LAYERS.index(key.split("/")[0])


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
            assert asset["checked"], key


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
        assert f">{key.split('/')[-1]}</text>" in picture, key
