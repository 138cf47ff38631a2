"""Finds the sources that a business model has declared."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import dagster as dg
from dagster.components.core.component_tree import ComponentTree

from customer_platform.asset_keys import raw_asset_key
from customer_platform.components.file_source import FileSource


def load_sources(business_model: str) -> list[FileSource]:
    """The sources below `defs/<business model>/sources`, in the order of their names."""
    return declared_sources(ComponentTree.for_project(Path(__file__)), business_model)


def declared_sources(tree: ComponentTree, business_model: str) -> list[FileSource]:
    """The same, from a tree that is being loaded."""
    folder = tree.defs_module_path / business_model / "sources"
    return [
        tree.load_component(path.parent.relative_to(tree.defs_module_path), FileSource)
        for path in sorted(folder.glob("*/defs.yaml"))
    ]


def raw_asset_keys(sources: Sequence[FileSource]) -> Iterator[dg.AssetKey]:
    """The raw assets of the sources."""
    for source in sources:
        for table in source.tables:
            yield raw_asset_key(source.source, table.name)
