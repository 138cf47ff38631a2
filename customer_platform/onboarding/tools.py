"""The exports of tools that companies use, recognised by their columns."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml

from customer_platform.onboarding.vocabulary import words

# What the rows of an export are.
PEOPLE = ("customers", "contacts", "leads")
RECORDS = (*PEOPLE, "accounts")
KINDS = (*RECORDS, "transactions", "events")

# Fewer telling columns than these, or a smaller share of them, recognise nothing: to take one
# tool's export for another's is worse than to recognise none.
_FEWEST = 3
_LEAST_SHARE = 0.5


@dataclass(frozen=True)
class Export:
    """An export of a tool.

    Attributes:
        tool: Name of the tool.
        kind: What its rows are, one of `KINDS`.
        called: What the tool calls them.
        telling: Columns that distinguish it from exports of other tools, as `spelling` has them.
        without: Columns that its rows don't have.
        key: The column that identifies a row; empty where it isn't known.
        columns: Column, as `spelling` has it -> what it is, `none` for no attribute.
    """

    tool: str
    kind: str
    called: str
    telling: frozenset[str]
    without: frozenset[str]
    key: str
    columns: Mapping[str, str]

    def __str__(self) -> str:
        return f"{self.tool} {self.called}"

    def says_of(self, column: str) -> str | None:
        """What a column is, `none` for no attribute; None where the export says nothing of it."""
        return self.columns.get(spelling(column))


def spelling(column: str) -> str:
    """A column's name without what tools and their versions write differently: case, separators."""
    return "".join(words(column))


@cache
def known_exports() -> tuple[Export, ...]:
    """The exports of `tools.yaml`."""
    text = resources.files("customer_platform.onboarding").joinpath("tools.yaml").read_text("utf-8")
    return tuple(map(_export, yaml.safe_load(text)))


def _export(declared: Mapping[str, Any]) -> Export:
    kind = declared["kind"]
    assert kind in KINDS, f"tools.yaml: {declared['tool']}: {kind!r} is none of {KINDS}"
    return Export(
        declared["tool"],
        kind,
        declared.get("called", kind),
        frozenset(map(spelling, declared["telling"])),
        frozenset(map(spelling, declared.get("without", ()))),
        spelling(declared.get("key", "")),
        {spelling(name): what for name, what in declared.get("columns", {}).items()},
    )


def recognise(columns: Collection[str], kinds: Sequence[str] = KINDS) -> Export | None:
    """The export that has these columns, None where it is none that is known, or isn't clear.

    Args:
        columns: The columns of a table.
        kinds: What its rows may be.
    """
    given = {spelling(column) for column in columns}
    scored = []
    for export in known_exports():
        found = len(export.telling & given)
        share = found / len(export.telling)
        if (
            export.kind in kinds
            and export.without.isdisjoint(given)
            and found >= _FEWEST
            and share >= _LEAST_SHARE
        ):
            scored.append((share, found, export))
    scored.sort(key=lambda each: each[:2], reverse=True)
    if not scored or (len(scored) > 1 and scored[0][:2] == scored[1][:2]):
        return None
    return scored[0][2]
