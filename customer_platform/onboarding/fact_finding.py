"""Whether the rows of a table are facts, by their columns and by what is inside of them."""

from dataclasses import replace

from customer_platform.onboarding.fact_reading import InnerColumn, inner_columns
from customer_platform.onboarding.facts import Facts, find_facts
from customer_platform.onboarding.keys import PrimaryKey
from customer_platform.onboarding.loaded_rows import LoadedRows
from customer_platform.onboarding.tools import recognise
from customer_platform.onboarding.wishes import Wishes


def facts_of(rows: LoadedRows, key: PrimaryKey, wishes: Wishes) -> Facts | None:
    """How the rows are facts, by their columns and what JSON columns of events hold.

    What is inside counts in exports of known tools and where the user says that they are events: a
    record may well have objects of what its person has last done.

    Args:
        rows: The rows.
        key: The primary key that was found.
        wishes: What the user has said.

    Raises:
        OnboardingError: They were said to be facts, and a column is missing that they need.
    """
    inside: dict[str, InnerColumn] = {}
    if wishes.kind in (None, "events"):
        view, inner = inner_columns(rows)
        if wishes.kind is not None or recognise([*rows.types, *inner], ["events"]) is not None:
            inside = inner
            rows = replace(
                rows,
                table=view,
                types={**rows.types, **{name: each.column.type for name, each in inner.items()}},
                found={
                    **rows.found,
                    **{name: each.column.statistics for name, each in inner.items()},
                },
            )
    facts = find_facts(rows, key, wishes)
    if facts is None or not inside:
        return facts
    taken = {name: inside[name] for name in facts.roles.values() if name in inside}
    notes = [f"{each.outer}.{name}: {facts.role_of(name)}" for name, each in taken.items()]
    return replace(facts, inside=taken, notes=[*notes, *facts.notes])
