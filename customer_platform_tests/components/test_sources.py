"""The sources of a business model are those that its folder `sources` declares."""

from pathlib import Path
from typing import cast

import pytest
from dagster.components.core.component_tree import ComponentTree

from customer_platform.components import DatabaseSource, FileSource, IdentityResolution
from customer_platform.components.sources import declared_sources, load_sources
from customer_platform.environment import Environment
from customer_platform.errors import NoSourceError


class _Tree:
    """A tree of one YAML."""

    def __init__(self, folder: Path, component: object) -> None:
        self.defs_module_path = folder
        self._component = component

    def load_component(self, path: Path) -> object:
        assert path == Path("retail/sources/crm")
        return self._component


def _declared(folder: Path, component: object) -> object:
    path = folder / "retail" / "sources" / "crm" / "defs.yaml"
    path.parent.mkdir(parents=True)
    path.touch()
    [source] = declared_sources(cast(ComponentTree, _Tree(folder, component)), "retail")
    return source


def test_the_retailer_has_six_sources_in_the_order_of_their_names(prepared: Environment) -> None:
    names = [source.source for source in load_sources("retail")]
    assert names == ["crm", "newsletter", "pos", "support", "web", "webshop"]


@pytest.mark.parametrize("kind", [FileSource, DatabaseSource])
def test_files_and_databases_are_sources(
    tmp_path: Path, kind: type[FileSource | DatabaseSource]
) -> None:
    source = kind.__new__(kind)
    assert _declared(tmp_path, source) is source


def test_anything_else_below_sources_is_refused_by_file(tmp_path: Path) -> None:
    rules = IdentityResolution.__new__(IdentityResolution)
    with pytest.raises(NoSourceError, match=r"crm/defs\.yaml declares IdentityResolution"):
        _declared(tmp_path, rules)
