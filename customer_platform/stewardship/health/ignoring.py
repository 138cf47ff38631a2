"""Values that many different people share: proposed as ignored values, and written to these."""

import csv
import io
from pathlib import Path

from customer_platform.declarations.health import Health
from customer_platform.environment import Environment
from customer_platform.errors import HealthError
from customer_platform.identity.store import IdentityStore
from customer_platform.stewardship.health import attributes as known
from customer_platform.stewardship.health import measures
from customer_platform.stewardship.health.measures import SharedValue, examined
from customer_platform.whole_files import write_whole

HEADER = ["match_key", "value", "reason"]


def propose_ignored(store: IdentityStore, health: Health) -> list[SharedValue]:
    """The values that more people share than the bound of `values_of_many_people` says.

    Args:
        store: Records and map; a connection that only reads is enough.
        health: The bounds.

    Returns:
        By match key, those of most people first; none of records without names.

    Raises:
        RulesError: The records lack a column that rules or bounds name.
    """
    with examined(store, health.attributes) as at:
        if not {known.GIVEN_NAME, known.LAST_NAME, known.COMPANY_NAME} & set(at.attributes):
            return []
        return measures.values_by_people(at, health.values_of_many_people.most)


def add_ignored_value(environment: Environment, key: str, value: str, reason: str) -> Path:
    """Adds a value to the seed of ignored values, which the next run reads.

    Args:
        environment: The deployment.
        key: The match key.
        value: The value as it is compared.
        reason: Why it links no one.

    Returns:
        The file.

    Raises:
        HealthError: The value is there already, or the file isn't one of ignored values.
        ReleasedProjectError: A released version of the project is in force, which doesn't change
            in place.
    """
    project = environment.changeable_project
    path = project.dbt / "seeds" / environment.business_model / "ignored_values.csv"
    text = path.read_text("utf-8") if path.exists() else ",".join(HEADER) + "\n"
    rows = list(csv.reader(io.StringIO(text, newline="")))
    if not rows or rows[0] != HEADER:
        raise HealthError(f"{path}:1: the columns aren't {', '.join(HEADER)}")
    for line, row in enumerate(rows, 1):
        if row[:2] == [key, value]:
            raise HealthError(f"{path}:{line}: the value is ignored already")
    added = io.StringIO()
    csv.writer(added, lineterminator="\n").writerow([key, value, reason])
    write_whole(path, text + ("" if text.endswith("\n") else "\n") + added.getvalue())
    return path
