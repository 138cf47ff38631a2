"""A proposal as a person reads it in the terminal."""

from collections.abc import Sequence
from pathlib import Path

from customer_platform.identity.entities import noun
from customer_platform.onboarding.attributes import Column
from customer_platform.onboarding.planned_files import Change
from customer_platform.onboarding.proposal import Proposal

_WIDEST = 40


def describe_proposal(proposal: Proposal) -> str:
    """The proposal as a table of its columns, and what it says about the table as a whole."""
    key = proposal.primary_key
    lines = [
        f"{proposal.table}: {_kind(proposal)}, {proposal.rows:,} rows"
        + (f", {proposal.rejected:,} more could not be read" if proposal.rejected else ""),
        *([f"  recognised: {proposal.export}"] if proposal.export else []),
        *([f"  files        {proposal.written}"] if proposal.written else []),
        f"  primary key  {', '.join(key.columns) or 'none'} ({key.reason})",
        *([f"               also unique: {', '.join(key.others)}"] if key.others else []),
        f"  load mode    {proposal.load_mode.load_mode} ({proposal.load_mode.reason})",
        *(
            [f"  day column   {proposal.load_mode.partition_column}"]
            if proposal.load_mode.partition_column
            else []
        ),
        "",
        *columns_table(
            ["column", "type", "filled", "distinct", "attribute"],
            [_row(column, proposal) for column in proposal.columns],
        ),
        *(f"  note: {note}" for note in proposal.notes),
    ]
    return "\n".join(lines)


def _kind(proposal: Proposal) -> str:
    if proposal.facts is not None:
        return proposal.facts.kind
    if proposal.entity is None:
        return "no records of people or companies (say --kind records if they are)"
    return f"{noun(proposal.entity.name)} records"


def _row(column: Column, proposal: Proposal) -> list[str]:
    written = f" {column.type.format}" if column.type.format else ""
    told = ["primary key"] if column.name in proposal.primary_key.columns else []
    role = proposal.facts.role_of(column.name) if proposal.facts else None
    if role is not None:
        told.append(role)
    if column.attribute is not None:
        told.append(f"{column.attribute.name} (by {column.attribute.by})")
    share = column.statistics.filled / proposal.rows if proposal.rows else 0
    return [
        column.name,
        column.type.type + written,
        f"{share:.0%}",
        f"{column.statistics.distinct:,}",
        ", ".join(told),
    ]


def columns_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows in columns of even width; numbers to the right."""
    cut = [
        [cell if len(cell) <= _WIDEST else f"{cell[: _WIDEST - 1]}…" for cell in row]
        for row in rows
    ]
    widths = [max(map(len, cells)) for cells in zip(header, *cut, strict=True)]
    lines = []
    for row in (header, ["-" * width for width in widths], *cut):
        cells = [
            cell.rjust(width) if name in ("filled", "distinct") else cell.ljust(width)
            for cell, width, name in zip(row, widths, header, strict=True)
        ]
        lines.append(f"  {'  '.join(cells)}".rstrip())
    return lines


def describe_changes(changes: Sequence[Change], project: Path) -> str:
    """What each file becomes, a line each, and in what a kept one differs from the proposal."""
    lines = []
    for change in changes:
        path = change.path.relative_to(project)
        if change.difference:
            lines.append(f"  kept       {path}, which differs from the proposal:")
            lines += [f"             {line}" for line in change.difference.splitlines()]
        elif not change.is_change:
            lines.append(f"  unchanged  {path}")
        else:
            lines.append(f"  {_what_becomes(change)} {path}")
    return "\n".join(lines)


def _what_becomes(change: Change) -> str:
    if change.before is None:
        return "new       "
    if change.after is None:
        return "removed   "
    return "added to  " if len(change.after) > len(change.before) else "shortened "
