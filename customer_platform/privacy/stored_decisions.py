"""Looks for somebody in the store of decisions."""

from collections.abc import Sequence
from dataclasses import replace

from customer_platform.environment import Environment
from customer_platform.errors import DecisionsError
from customer_platform.privacy.scan import Scan, Sought
from customer_platform.privacy.scanning.columns import search_cells
from customer_platform.privacy.scanning.finder import Column, Finder
from customer_platform.privacy.scanning.needles import Needles
from customer_platform.privacy.scanning.sought import sought_of
from customer_platform.stewardship.decisions_store.database import Database


def with_decisions(found: Scan, environment: Environment, values: Sought | Sequence[str]) -> Scan:
    """Adds what the store of decisions holds, where that is no file of the home.

    Args:
        found: What was found in the home.
        environment: The deployment.
        values: The values.
    """
    database = Database(environment.decisions)
    if database.file and database.file.is_relative_to(environment.home):
        return found
    finder = Finder(Needles(sought_of(values)), "decisions")
    try:
        for name, cells in database.columns(environment.name):
            search_cells(Column(finder, name), cells)
    except DecisionsError as error:
        finder.unread(str(error))
    return replace(found, places=(*found.places, *finder.places))
