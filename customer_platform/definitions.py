"""The front door: what Dagster loads."""

from pathlib import Path

import dagster as dg
from dagster.components.core.component_tree import ComponentTree

from customer_platform.environment import load_environment


def load_definitions() -> dg.Definitions:
    """The definitions of the deployment's business model, and of the platform around it."""
    tree = ComponentTree.for_project(Path(__file__).parent)
    return dg.Definitions.merge(
        tree.build_defs(load_environment().business_model), tree.build_defs("platform")
    )


defs = load_definitions()
