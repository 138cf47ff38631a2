"""The CSV file of overrides: what is in it, and how lines come and go."""

import csv
import io
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile

from customer_platform.errors import OverrideRefusedError
from customer_platform.identity.overrides import COLUMNS, EXPLANATORY_COLUMNS
from customer_platform.stewardship.decide.decisions import (
    Decision,
    OverrideLine,
    check_fits,
    kind_text,
)
from customer_platform.stewardship.explain.model import RecordName

HEADER = (*COLUMNS, *EXPLANATORY_COLUMNS)

_BYTE_ORDER_MARK = "\ufeff"


def read_lines(path: Path) -> list[OverrideLine]:
    """The overrides of a file; none when there is no file yet.

    Raises:
        OverrideRefusedError: The file isn't UTF-8, lacks a column, or a line has too few or too
            many fields; names file and line.
    """
    return _parse(path, _read(path))[1]


def check_addition(
    path: Path,
    lines: Sequence[OverrideLine],
    decision: Decision,
    stored: Sequence[tuple[str, Decision]] = (),
) -> None:
    """Checks that an override fits the others.

    Args:
        path: The file, for messages.
        lines: What it holds.
        decision: What shall be added.
        stored: The decisions of the store, each with its place.

    Raises:
        OverrideRefusedError: It is there already, or contradicts others, be it through a chain of
            them; names the lines.
    """
    placed = [(f"{path}:{line.first}", line.decision) for line in lines]
    remedy = "take one out with --remove first"
    if stored:
        remedy += ", or with `customer-platform decisions withdraw`"
    check_fits([*placed, *stored], decision, remedy)


def add_override(
    path: Path, decision: Decision, stored: Sequence[tuple[str, Decision]] = ()
) -> OverrideLine:
    """Adds a line at the end of the file, which is made with its header if it isn't there.

    All other lines stay as they are, byte by byte.

    Raises:
        OverrideRefusedError: See `read_lines` and `check_addition`.
    """
    text = _read(path)
    header, lines = _parse(path, text)
    check_addition(path, lines, decision, stored)
    end = _line_end(text)
    if not text:
        text = ",".join(HEADER) + end
    elif not text.endswith(("\n", "\r")):
        text += end
    fields = fields_of(decision)
    added = io.StringIO()
    csv.writer(added, lineterminator=end).writerow(fields.get(column, "") for column in header)
    first = len(_physical_lines(text)) + 1
    _write(path, text + added.getvalue())
    return OverrideLine(first, first, decision)


def find_line(path: Path, kind: str | None, pair: frozenset[RecordName]) -> OverrideLine:
    """The line about two records.

    Args:
        path: The file.
        kind: `same` or `different`; None takes either.
        pair: The two records.

    Raises:
        OverrideRefusedError: There is no such line; says what there is about the two.
    """
    lines = read_lines(path)
    about = [line for line in lines if line.decision.pair == pair]
    for line in about:
        if kind in (None, line.decision.kind):
            return line
    names = " and ".join(str(name) for name in sorted(pair))
    if about:
        raise OverrideRefusedError(
            f"{path} doesn't say that {names} are {kind_text(kind or '')}; "
            f"line {about[0].first} says: {about[0].decision}"
        )
    either = [line for line in lines if line.decision.pair & pair]
    listed = "".join(f"\n{path}:{line.first}: {line.decision}" for line in either)
    raise OverrideRefusedError(
        f"{path} has no line about {names}" + (f"; about one of them:{listed}" if listed else "")
    )


def remove_override(path: Path, line: OverrideLine) -> None:
    """Takes a line out of the file; all others stay as they are.

    Args:
        path: The file.
        line: As `find_line` returned it.

    Raises:
        OverrideRefusedError: The file has changed since, and the line isn't there any more.
    """
    text = _read(path)
    if line not in _parse(path, text)[1]:
        raise OverrideRefusedError(f"{path} has changed meanwhile; try again")
    kept = _physical_lines(text)
    del kept[line.first - 1 : line.last]
    _write(path, "".join(kept))


def remove_leftovers(path: Path) -> None:
    """Removes what processes that were killed while they wrote the file have left beside it."""
    target = path.resolve()
    # As many random characters as `tempfile` takes: an editor's swap file is somebody's work.
    for left in target.parent.glob(f"{_temporary(target)}{'?' * 8}"):
        left.unlink(missing_ok=True)


def _temporary(target: Path) -> str:
    """What the names of files begin with that are to replace it."""
    return f".{target.name}."


def _read(path: Path) -> str:
    if not path.exists():
        return ""
    try:
        return path.read_bytes().decode()
    except UnicodeDecodeError as error:
        raise OverrideRefusedError(
            f"{path}: byte {error.start} isn't UTF-8; save the file as UTF-8"
        ) from error


def _parse(path: Path, text: str) -> tuple[Sequence[str], list[OverrideLine]]:
    """The columns in the order of the file, and its lines."""
    if not text.removeprefix(_BYTE_ORDER_MARK).strip():
        return HEADER, []
    reader = csv.reader(io.StringIO(text.removeprefix(_BYTE_ORDER_MARK), newline=""))
    header = [column.strip().lower() for column in next(reader)]
    if absent := [column for column in HEADER if column not in header]:
        raise OverrideRefusedError(
            f"{path}:1: the header lacks {', '.join(absent)}; it should be {','.join(HEADER)}"
        )
    lines: list[OverrideLine] = []
    before = reader.line_num
    for fields in reader:
        first, before = before + 1, reader.line_num
        if not fields:
            continue
        if len(fields) != len(header):
            raise OverrideRefusedError(
                f"{path}:{first}: {len(fields)} fields instead of {len(header)}; put a value with "
                "a comma in double quotes"
            )
        values = dict(zip(header, (field.strip() for field in fields), strict=True))
        lines.append(OverrideLine(first, before, _decision(values)))
    return header, lines


def _decision(values: Mapping[str, str]) -> Decision:
    return Decision(
        kind=values["kind"],
        record=RecordName(values["source"], values["source_record_id"]),
        other=RecordName(values["other_source"], values["other_record_id"]),
        author=values["author"],
        date=values["date"],
        reason=values["reason"],
    )


def fields_of(decision: Decision) -> dict[str, str]:
    """A decision by the columns of the file."""
    return {
        "kind": decision.kind,
        "source": decision.record.source,
        "source_record_id": decision.record.record_id,
        "other_source": decision.other.source,
        "other_record_id": decision.other.record_id,
        "author": decision.author,
        "date": decision.date,
        "reason": decision.reason,
    }


def _physical_lines(text: str) -> list[str]:
    """The lines as the csv module counts them."""
    return list(io.StringIO(text, newline=""))


def _line_end(text: str) -> str:
    first = text.split("\n", 1)[0]
    return "\r\n" if first.endswith("\r") else "\n"


def _write(path: Path, text: str) -> None:
    """Replaces the file as a whole: whoever reads it meanwhile sees the old or the new one."""
    target = path.resolve()
    with NamedTemporaryFile(
        "wb", dir=target.parent, prefix=_temporary(target), delete=False
    ) as file:
        made = Path(file.name)
        try:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
            if target.exists():
                shutil.copymode(target, made)
            else:
                made.chmod(0o644)
            os.replace(made, target)
        except BaseException:
            made.unlink(missing_ok=True)
            raise
