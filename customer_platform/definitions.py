"""The front door: what Dagster loads."""

import dagster as dg
from dagster.components.core.component_tree import ComponentTree

import customer_platform.defs
from customer_platform.components.sources import component_tree
from customer_platform.environment import REPOSITORY, load_environment


def load_definitions() -> dg.Definitions:
    """The definitions of the deployment's business model, and of the platform around it."""
    environment = load_environment()
    platform = ComponentTree.from_module(customer_platform.defs, REPOSITORY)
    return dg.Definitions.merge(
        component_tree(environment.project).build_defs(environment.business_model),
        platform.build_defs("platform"),
    )


defs = load_definitions()
