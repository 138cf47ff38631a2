"""Finds the sources that a business model has declared."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import dagster as dg
from dagster.components.core.component_tree import ComponentTree

from customer_platform.asset_keys import raw_asset_key
from customer_platform.components.database_source import DatabaseSource
from customer_platform.components.file_source import FileSource
from customer_platform.environment import Project, find_project
from customer_platform.errors import NoSourceError

Source = FileSource | DatabaseSource


def component_tree(project: Project) -> ComponentTree:
    """The components that a project declares; its definitions become a module to import."""
    root = str(project.root)
    if root not in sys.path:
        sys.path.insert(0, root)
    return ComponentTree.for_project(project.root)


def load_sources(business_model: str) -> list[Source]:
    """The sources below `defs/<business model>/sources`, in the order of their names."""
    return declared_sources(component_tree(find_project()), business_model)


def declared_sources(tree: ComponentTree, business_model: str) -> list[Source]:
    """The same, from a tree of components."""
    folder = tree.defs_module_path / business_model / "sources"
    return [_source(tree, path.parent) for path in sorted(folder.glob("*/defs.yaml"))]


def _source(tree: ComponentTree, folder: Path) -> Source:
    component = tree.load_component(folder.relative_to(tree.defs_module_path))
    if not isinstance(component, Source):
        raise NoSourceError(
            f"{folder / 'defs.yaml'} declares {type(component).__name__}; below `sources` "
            "declare a FileSource or a DatabaseSource"
        )
    return component


def raw_asset_keys(sources: Sequence[Source]) -> Iterator[dg.AssetKey]:
    """The raw assets of the sources."""
    for source in sources:
        for table in source.tables:
            yield raw_asset_key(source.source, table.name)
