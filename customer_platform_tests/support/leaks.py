"""Finds personal values where they must not be: in what a deployment logs and shows."""

import gzip
import json
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

import dagster as dg
import duckdb
import numpy as np
from numpy.typing import NDArray

from customer_platform.project import DBT_PROJECT

# Columns of the demos that hold personal data, by what the generators put there and not by what
# they are declared as; a lookup's match keys are called after them.
PERSONAL = {
    "first_name", "last_name", "contact_first_name", "contact_last_name", "contact_name", "email",
    "phone", "birth_date", "street", "postcode", "loyalty_card", "vat_id", "registration_number",
}  # fmt: skip

# Shorter ones, such as `Anna`, are part of other words; first and last name together are not.
_SHORTEST = 8

# How long something took, as dbt notes it: among so many digits any number is found now and then.
_MEASURED = re.compile(r"\b\d+\.\d{9,}")

# Data, not what is said of it: landed files, warehouses, what is published, the demo's truth.
_DATA = {"landing", "published"}
_DATA_FILES = {".duckdb", ".wal", ".parquet", ".csv"}


def values_in(
    warehouse: Path, renamed: Mapping[tuple[str, str], str] | None = None
) -> dict[str, str]:
    """The personal values of a demo that no other text looks like, with their column.

    They are those of the raw tables, and as the source lookups clean and normalise them.

    Args:
        warehouse: The warehouse.
        renamed: By raw table and name of a column, the name that it has in the demo.
    """
    found: dict[str, str] = {}
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        columns = connection.execute(
            "select table_schema || '.' || table_name, column_name from information_schema.columns "
            "where (table_schema = 'raw' and not ends_with(table_name, '__rejected')) or "
            "(table_schema = 'identity' and ends_with(table_name, 'source_lookup'))"
        ).fetchall()
        names = {each: (renamed or {}).get(each, each[1].removesuffix("_key")) for each in columns}
        column_of = {(table, name): column for (table, column), name in names.items()}
        for (table, column), name in names.items():
            if name not in PERSONAL:
                continue
            wanted = [f'"{column}"::varchar']
            last = column_of.get((table, name.replace("first_name", "last_name")))
            if "first_name" in name and last:
                wanted.append(f"""trim("{column}") || ' ' || trim("{last}")""")
            for value in wanted:
                rows = connection.execute(f"select distinct {value} from {table}").fetchall()
                texts = {text.strip() for (text,) in rows if text}
                found |= dict.fromkeys(
                    (text for text in texts if len(text) >= _SHORTEST), f"{table}.{name}"
                )
    return {value: column for value, column in found.items() if value not in _projects_text()}


def leaks(home: Path, values: Iterable[str], *printed: str) -> dict[str, list[str]]:
    """By file below a home, the values that are in it; files of data are left out.

    Args:
        home: The home.
        values: The values.
        printed: What processes have printed.
    """
    wanted = {form.encode(): value for value in values for form in _forms(value)}
    occurring = _Occurring(wanted)
    texts = [*_contents(home), *((f"printed {n}", text) for n, text in enumerate(printed))]
    return {
        where: sorted({wanted[form] for form in found})
        for where, text in texts
        if (found := occurring.within(_MEASURED.sub("", text).encode()))
    }


class _Occurring:
    """Tells which of many texts are within another, which is read once for all of them.

    What begins like one of them is found by its first bytes, as a number; where one of them has a
    single byte, that is all that is compared.
    """

    _BITS = 20
    _CHUNK = 1 << 20

    def __init__(self, texts: Iterable[bytes]) -> None:
        texts = list(texts)
        self._width = min([8, *map(len, texts)])
        self._by_start: dict[bytes, list[bytes]] = {}
        for text in texts:
            self._by_start.setdefault(text[: self._width], []).append(text)
        self._begins = np.zeros(1 << self._BITS, dtype=bool)
        for start in self._by_start:
            self._begins[self._buckets(start)] = True

    def within(self, text: bytes) -> set[bytes]:
        """Those of the texts that are within this one."""
        found = set()
        for offset in range(0, len(text), self._CHUNK):
            chunk = text[offset : offset + self._CHUNK + self._width - 1]
            for place in np.flatnonzero(self._begins[self._buckets(chunk)]) + offset:
                for known in self._by_start.get(text[place : place + self._width], ()):
                    if text.startswith(known, place):
                        found.add(known)
        return found

    def _buckets(self, text: bytes) -> NDArray[np.uint64]:
        """Of every place, the bucket of the bytes from there on."""
        places = max(0, len(text) - self._width + 1)
        read = np.frombuffer(text, np.uint8)
        number = np.zeros(places, np.uint64)
        for n in range(self._width):
            number = (number << np.uint64(8)) | read[n : n + places]
        return (number * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(64 - self._BITS)


def write_events(instance: dg.DagsterInstance, home: Path, name: str = "events") -> None:
    """Writes the event log of an instance that only its process has to `logs/` of a home."""
    path = home / "logs" / f"{name}.log"
    path.parent.mkdir(exist_ok=True)
    path.write_text(
        "\n".join(
            dg.serialize_value(event)
            for run in instance.get_runs()
            for event in instance.all_logs(run.run_id)
        )
    )


def _forms(value: str) -> set[str]:
    """As it is, and as JSON writes it, and JSON in JSON."""
    once = json.dumps(value)[1:-1]
    return {value, once, json.dumps(once)[1:-1]}


def _contents(home: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(home.rglob("*")):
        name = path.relative_to(home)
        if name.parts[0] in _DATA or _DATA_FILES & set(path.suffixes) or not path.is_file():
            continue
        if path.suffix == ".db":
            yield str(name), _sqlite_text(path)
            continue
        content = path.read_bytes()
        content = gzip.decompress(content) if path.suffix == ".gz" else content
        yield str(name), content.decode("utf-8", "replace")


def _sqlite_text(path: Path) -> str:
    """Every cell of a SQLite database: in the file, values are cut where a page ends."""
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
        tables = connection.execute("select name from sqlite_master where type = 'table'")
        return "\n".join(
            str(cell)
            for (table,) in tables.fetchall()
            for row in connection.execute(f'select * from "{table}"')
            for cell in row
        )


@cache
def _projects_text() -> str:
    """The dbt project's own files: placeholders and unit tests' people are in dbt's manifest."""
    folders = (DBT_PROJECT / name for name in ("macros", "models", "seeds", "tests"))
    return "\n".join(
        path.read_text() for folder in folders for path in folder.rglob("*") if path.is_file()
    )
