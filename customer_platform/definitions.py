"""The front door: what Dagster loads."""

import sys

import dagster as dg
from dagster.components.core.component_tree import ComponentTree

import customer_platform.defs
from customer_platform.environment import load_environment
from customer_platform.project import REPOSITORY, Project


def load_definitions() -> dg.Definitions:
    """The definitions of the deployment's business model, and of the platform around it."""
    environment = load_environment()
    platform = ComponentTree.from_module(customer_platform.defs, REPOSITORY)
    return dg.Definitions.merge(
        _component_tree(environment.project).build_defs(environment.business_model),
        platform.build_defs("platform"),
    )


def _component_tree(project: Project) -> ComponentTree:
    """The components that a project declares; its definitions become a module to import."""
    root = str(project.root)
    if root not in sys.path:
        sys.path.insert(0, root)
    return ComponentTree.for_project(project.root)


defs = load_definitions()
