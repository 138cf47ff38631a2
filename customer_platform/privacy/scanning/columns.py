"""Values in the cells of columns: within texts and bytes, and as whole numbers, days and texts."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from customer_platform.privacy.scanning.finder import Column
from customer_platform.privacy.scanning.needles import Needles, Whole

# A short value has fewer bytes, even with letters that are longer where they are not small.
_LONG = 24
# Part of no text in UTF-8.
_BETWEEN = b"\xff\xff"

_NO_TEXT = ("BOOLEAN", "TIME", "TIME_NS", "TIME WITH TIME ZONE", "INTERVAL", "BIT")
_NUMBERS = ("INT", "DECIMAL", "DOUBLE", "FLOAT", "BIGNUM")
_FRACTIONS = ("DECIMAL", "DOUBLE", "FLOAT")
_NESTED = ("STRUCT", "MAP", "UNION", "VARIANT")


def expression_of(
    quoted: str, kind: str, needles: Needles
) -> Iterator[tuple[str, Callable[[Any, Column], None]]]:
    """What of a column of DuckDB's is looked through, and how.

    Args:
        quoted: The column, quoted.
        kind: Its type.
        needles: What is looked for.

    Yields:
        SQL, and what looks through a piece of it; nothing where no value can be in it.
    """
    if kind in _NO_TEXT:
        return
    if _has_parts(kind):
        yield f"cast(to_json({quoted}) as varchar)", _search_texts
    elif any(number in kind for number in _NUMBERS):
        if needles.numbers:
            whole = f"try_cast({quoted} as bigint)"
            has_fractions = any(each in kind for each in _FRACTIONS)
            yield (
                (
                    f"case when {quoted} = trunc({quoted}) then {whole} end"
                    if has_fractions
                    else whole
                ),
                partial(_search_words, known=needles.numbers),
            )
    elif kind == "DATE" or kind.startswith("TIMESTAMP"):
        if needles.dates:
            yield f"cast({quoted} as date)", partial(_search_words, known=needles.dates)
    elif kind == "BLOB":
        yield quoted, _search_bytes
    else:
        yield f"cast({quoted} as varchar)", _search_texts


def _has_parts(kind: str) -> bool:
    return kind.endswith("]") or kind.startswith(_NESTED)


def _search_words(array: pa.Array, column: Column, known: Whole) -> None:
    """Looks for whole values in a column of numbers or of days."""
    if pa.types.is_date32(array.type):
        array = array.view(pa.int32()).cast(pa.int64())
    words = array.drop_null().to_numpy(zero_copy_only=False)
    column.whole(known.among(words.view(np.uint64)))


def _search_bytes(array: pa.Array, column: Column) -> None:
    if (cells := cells_of(array)) is not None:
        column.texts(*cells)


def _search_texts(array: pa.Array, column: Column) -> None:
    _search_bytes(array, column)
    if short := column.needles.short:
        few = array.filter(pc.less_equal(pc.binary_length(array), _LONG))
        if (cells := cells_of(pc.utf8_lower(few))) is not None:
            column.whole(short.among_cells(*cells))


def search_cells(column: Column, cells: Sequence[Any]) -> None:
    """Looks through the cells of some rows of SQLite's.

    Args:
        column: The column.
        cells: Its cells, texts as bytes.
    """
    short = column.needles.short
    found = [
        cell if isinstance(cell, bytes) else str(cell).encode()
        for cell in cells
        if cell is not None
    ]
    if not found:
        return
    # Behind each cell, so that no value reaches from one into another.
    lengths = np.cumsum([0, *(len(cell) + len(_BETWEEN) for cell in found)])
    column.texts(_BETWEEN.join([*found, b""]), lengths)
    if short:
        lower = [cell.decode("utf-8", "replace").lower().encode() for cell in {*found}]
        offsets = np.cumsum([0, *map(len, lower)])
        column.whole(short.among_cells(b"".join(lower), offsets))


def cells_of(array: pa.Array) -> tuple[Any, "np.typing.NDArray[Any]"] | None:
    """The bytes of cells of text, and where each begins and the last one ends.

    Args:
        array: A column of text or bytes; cells without a value are empty.

    Returns:
        None where there are no cells, or no bytes.
    """
    _, offsets, data = array.buffers()
    if data is None or not len(array):
        return None
    wide = pa.types.is_large_string(array.type) or pa.types.is_large_binary(array.type)
    places = np.frombuffer(offsets, dtype=np.int64 if wide else np.int32)
    places = places[array.offset : array.offset + len(array) + 1]
    return data.slice(0, int(places[-1])), places
