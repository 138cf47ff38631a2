"""Which raw tables a version lands otherwise than the one in force: their days aren't copied."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from customer_platform.declarations import Declarations
from customer_platform.ingestion.tables import SCHEMA, raw_table
from customer_platform.promotion.released import read_released

# What a table declares that changes nothing of its rows.
_UNTOLD: dict[str, Any] = {
    **dict.fromkeys(("description", "newest_column", "late_after_hours", "keep_days"), True),
    "columns": {"__all__": {"description", "personal"}},
}


@dataclass(frozen=True)
class Landing:
    """The raw tables that a version declares, without their schema.

    Attributes:
        declared: All of them.
        otherwise: Those of which the version in force declares other rows or columns.
        alone: Those that the version in force doesn't declare.
    """

    declared: frozenset[str]
    otherwise: frozenset[str] = frozenset()
    alone: frozenset[str] = frozenset()


def find_landing(current: Path, place: Path, business_model: str) -> Landing:
    """Compares how two versions land their raw tables.

    Args:
        current: The folder of the version in force.
        place: The folder of the other one.
        business_model: The business model.
    """
    theirs, ours = (
        landed_tables(read_released(each / "project", business_model)) for each in (current, place)
    )
    return Landing(
        frozenset(ours),
        frozenset(name for name in ours.keys() & theirs.keys() if ours[name] != theirs[name]),
        frozenset(ours.keys() - theirs.keys()),
    )


def landed_tables(declarations: Declarations) -> Mapping[str, Any]:
    """What decides the rows of the raw tables that are declared, by their names.

    Columns count even where both warehouses have them: a raw table keeps a column that is declared
    no longer, and the days that land have nothing in it.
    """
    return {
        raw_table(name, table).removeprefix(f"{SCHEMA}."): table.model_dump(
            mode="json", exclude=_UNTOLD
        )
        for name, source in declarations.sources.items()
        for table in source.tables
    }
