"""Takes rows of a person out of landed files, and makes up for a run that was cut off meanwhile.

The raw table says which rows of which files they are. Once it has lost them nobody knows any more,
so a plan is written down first; it holds numbers of rows, and no values.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from customer_platform.declarations import Declarations, declarations_of
from customer_platform.environment import Environment
from customer_platform.errors import IngestionError, PrivacyError
from customer_platform.ingestion import TableSpec
from customer_platform.ingestion.rewrite import FileChange, Rewritten, rewrite_files
from customer_platform.ingestion.rewriting.change import note_rewritten
from customer_platform.ingestion.rewriting.replacing import remove_leftovers
from customer_platform.ingestion.tables import SCHEMA as RAW
from customer_platform.privacy.erase import LandedRows
from customer_platform.privacy.leftovers import RejectedLine
from customer_platform.warehouse.sql import identifier

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_CHUNK = 1 << 20


def plan_landing(
    environment: Environment,
    declarations: Declarations,
    landed: Sequence[LandedRows],
    rejected: Sequence[RejectedLine] = (),
) -> None:
    """Writes down which rows of landed files shall go, before the raw tables lose them.

    Args:
        environment: The deployment.
        declarations: What the business model declares.
        landed: The rows.
        rejected: Lines that were rejected.
    """
    lines: dict[tuple[str, str], list[int]] = {}
    for line in rejected:
        lines.setdefault((line.table, line.file), []).append(line.line)
    rows = {(each.table, each.file): each for each in landed}
    planned = []
    for table, file in sorted({*rows, *lines}):
        path = environment.landing / file
        # Files may be gone once they are loaded, and rows of databases have never landed.
        if not isinstance(declarations.table_of(table), TableSpec) or not path.is_file():
            continue
        found = rows.get((table, file))
        planned.append(
            {
                "table": table,
                "file": file,
                "sha256": _digest(path),
                "changed": found is not None and _modified(path) > found.loaded_at,
                "drop": list(found.dropped) if found else [],
                "blank": {str(n): dict(each) for n, each in found.emptied.items()} if found else {},
                "drop_lines": sorted(lines.get((table, file), ())),
                "rows": found.rows if found else None,
            }
        )
    if planned:
        _write(environment, planned)


def forget_undone(connection: "DuckDBPyConnection", environment: Environment) -> None:
    """Drops a plan whose rows the raw tables have still: what was to take them was undone.

    Args:
        connection: The warehouse.
        environment: The deployment.
    """
    path = _path(environment)
    if not path.exists():
        return
    planned: list[dict[str, Any]] = json.loads(path.read_text())
    left = [each for each in planned if not _is_undone(connection, each)]
    if left:
        _write(environment, left)
    else:
        path.unlink()


def _is_undone(connection: "DuckDBPyConnection", plan: Mapping[str, Any]) -> bool:
    relation = f"{RAW}.{identifier(plan['table'])}"
    if plan["drop"]:
        [(rows,)] = connection.execute(
            f"select count(*) from {relation} where _source_file = ?", [plan["file"]]
        ).fetchall()
        return bool(rows == plan["rows"])
    for number, changed in plan["blank"].items():
        for column, value in changed.items():
            [(differs,)] = connection.execute(
                f"select coalesce(bool_or(cast({identifier(column)} as varchar) is distinct from "
                f"?), false) from {relation} where _source_file = ? and _row_number = ?",
                [value, plan["file"], int(number)],
            ).fetchall()
            return bool(differs)
    [(lines,)] = connection.execute(
        f"select count(*) from {RAW}.{identifier(plan['table'] + '__rejected')} "
        "where _source_file = ? and line in (select unnest(?::bigint[]))",
        [plan["file"], plan["drop_lines"]],
    ).fetchall()
    return bool(lines)


def finish_landing(environment: Environment) -> list[str]:
    """Rewrites the files of the plan, if there is one.

    Returns:
        The files that hold the rows still, and why.
    """
    path = _path(environment)
    if not path.exists():
        return []
    declarations = declarations_of(environment)
    planned: list[dict[str, Any]] = json.loads(path.read_text())
    kept = []
    while planned:
        table = planned[0]["table"]
        of_table = [each for each in planned if each["table"] == table]
        kept += _rewrite(environment, declarations, table, of_table)
        planned = [each for each in planned if each["table"] != table]
        _write(environment, planned)
    path.unlink()
    return kept


def _rewrite(
    environment: Environment,
    declarations: Declarations,
    name: str,
    planned: Sequence[Mapping[str, Any]],
) -> list[str]:
    """Rewrites the files of a table; returns those that can't or may not be, and why."""
    table = declarations.table_of(name)
    changes: dict[str, FileChange] = {}
    kept: list[str] = []
    if not isinstance(table, TableSpec):
        return kept
    for plan in planned:
        path = environment.landing / plan["file"]
        if not path.is_file() or _digest(path) != plan["sha256"]:
            # It has been rewritten before the run was cut off, or was delivered anew since.
            remove_leftovers(path.resolve())
            continue
        if table.landing == "keep":
            kept.append(f"{plan['file']}: its source says `landing: keep`")
        elif plan["changed"]:
            kept.append(f"{plan['file']}: has changed since it was loaded; load its day again")
        else:
            changes[plan["file"]] = FileChange(
                plan["drop"],
                {int(number): each for number, each in plan["blank"].items()},
                plan["drop_lines"],
                plan["rows"],
            )
    if not changes:
        return kept

    def note(rewritten: Sequence[Rewritten]) -> None:
        note_rewritten(environment.rewritten_files, rewritten)

    try:
        rewrite_files(environment.landing, table, changes, before_replacing=note)
    except (IngestionError, PrivacyError, OSError):
        # One by one, so that those that can be rewritten are.
        for file, change in changes.items():
            try:
                rewrite_files(environment.landing, table, {file: change}, before_replacing=note)
            except (IngestionError, PrivacyError, OSError) as error:
                kept.append(f"{file}: {error}")
    return kept


def _modified(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(tzinfo=None)


def _digest(path: Path) -> str:
    digest = sha256()
    with path.open("rb") as file:
        while block := file.read(_CHUNK):
            digest.update(block)
    return digest.hexdigest()


def _path(environment: Environment) -> Path:
    return environment.privacy / "landing_plan.json"


def _write(environment: Environment, planned: Sequence[Mapping[str, Any]]) -> None:
    path = _path(environment)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = path.with_suffix(".new")
    made.write_text(json.dumps(planned))
    made.replace(path)
