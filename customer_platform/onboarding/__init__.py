"""Brings a company's own files and tables onto the platform: proposes, shows, and writes.

A library without Dagster. `find_deliveries` sorts files into tables, `propose` and
`propose_database_table` say what a table is, `plan_source` what that changes in the project, and
`make_changes` makes the changes. `plan_removal` says what takes sources out again.
"""

from customer_platform.onboarding.database import propose_database_table
from customer_platform.onboarding.declaration import (
    DatabaseOrigin,
    FileOrigin,
    landed_as,
    landing_path,
)
from customer_platform.onboarding.deliveries import find_deliveries, land, plan_landing
from customer_platform.onboarding.fact_plan import facts_taken
from customer_platform.onboarding.plan import plan_source
from customer_platform.onboarding.planned_files import Change, NewSource, make_changes
from customer_platform.onboarding.platform import Entity, read_entities
from customer_platform.onboarding.proposal import Proposal, propose
from customer_platform.onboarding.removal import plan_removal
from customer_platform.onboarding.text import describe_changes, describe_proposal
from customer_platform.onboarding.wishes import Wishes

__all__ = [
    "Change",
    "DatabaseOrigin",
    "Entity",
    "FileOrigin",
    "NewSource",
    "Proposal",
    "Wishes",
    "describe_changes",
    "describe_proposal",
    "facts_taken",
    "find_deliveries",
    "land",
    "landed_as",
    "landing_path",
    "make_changes",
    "plan_landing",
    "plan_removal",
    "plan_source",
    "propose",
    "propose_database_table",
    "read_entities",
]
