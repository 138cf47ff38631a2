"""The files of one table, read exactly as the loader will read them."""

import re
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
from pydantic import ValidationError

from customer_platform.database_errors import reason_of
from customer_platform.errors import IngestionError, OnboardingError
from customer_platform.ingestion import LoadResult, TableSpec, load_partitions
from customer_platform.ingestion.batch import path_list
from customer_platform.ingestion.jsonl_reader import keys_of
from customer_platform.ingestion.landing import LandedFile
from customer_platform.ingestion.parquet_reader import INDEX
from customer_platform.ingestion.sniff import FileFormat, header_of
from customer_platform.ingestion.spec import PARTITION
from customer_platform.ingestion.text_files import ScanFile, read_text, transcode
from customer_platform.onboarding.file_names import DatedName
from customer_platform.onboarding.types import STAYS_TEXT

SOURCE = "proposed"
_HEAD = 1 << 18
# Files of so few bytes in all are read into memory, which a database in a file takes longer for.
_SMALL = 16 << 20
# What pandas writes of a column in which no row has a value.
_WITHOUT_TYPE = ('"NULL"', "NULL")


@dataclass(frozen=True)
class DeliveredFile:
    """A file of the user.

    Attributes:
        path: Where it is.
        name: Its name without the day.
        day: The day it stands for.
    """

    path: Path
    name: DatedName
    day: str


@dataclass(frozen=True)
class Delivery:
    """The files of one table.

    Attributes:
        table: Name of the table.
        files: In the order of their days; those of one day are parts of it.
        format: How they are written.
    """

    table: str
    files: Sequence[DeliveredFile]
    format: FileFormat

    @property
    def days(self) -> list[str]:
        """The days of the files, each once."""
        return list(dict.fromkeys(file.day for file in self.files))

    @property
    def dated(self) -> bool:
        """Whether the files have a day in their names."""
        return all(file.name.day for file in self.files)


@contextmanager
def read_delivery(
    delivery: Delivery, folder: Path, columns: Mapping[str, str]
) -> Iterator[tuple[duckdb.DuckDBPyConnection, LoadResult]]:
    """Load all files as the platform would, every column as it is given.

    Args:
        delivery: The files.
        folder: An empty folder to work in.
        columns: Column name -> type.

    Yields:
        A connection with the table `raw.proposed__<table>`, and what came of each file.

    Raises:
        OnboardingError: A file can't be loaded; the message says why.
    """
    spec = spec_of(delivery, columns)
    landing = folder / "landing"
    links = {file.path: landing / _link(delivery, file) for file in delivery.files}
    for path, link in links.items():
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(path.resolve())
    size = sum(file.path.stat().st_size for file in delivery.files)
    database = ":memory:" if size < _SMALL else str(folder / "proposed.duckdb")
    with duckdb.connect(database) as connection:
        result = load_partitions(connection, SOURCE, spec, landing, delivery.days)
        if result.failures:
            _, error = result.failures[0]
            raise OnboardingError(_of_user(str(error), links, landing, delivery.table))
        yield connection, result
    shutil.rmtree(landing)


def spec_of(delivery: Delivery, columns: Mapping[str, object], **more: object) -> TableSpec:
    """The declaration of a delivery.

    Raises:
        OnboardingError: The files can't be declared, for instance because two columns differ only
            in case.
    """
    declared: dict[str, object] = {
        "name": delivery.table,
        "path": f"{SOURCE}/{PARTITION}_*.{_ending(delivery)}",
        "format": delivery.format.format,
        "encoding": delivery.format.encoding,
        "delimiter": delivery.format.delimiter,
        "quote": delivery.format.quote,
        "load_mode": "snapshot",
        "required": False,
        "columns": columns,
    }
    try:
        return TableSpec.model_validate(declared | more)
    except ValidationError as error:
        reasons = "; ".join(each["msg"].removeprefix("Value error, ") for each in error.errors())
        raise OnboardingError(f"{delivery.files[0].path}: {reasons}") from error


def column_types(delivery: Delivery, folder: Path) -> dict[str, str]:
    """The columns of all files in the order of the newest one, and the type each is read with.

    Text formats are read as text; Parquet has types of its own.

    Raises:
        OnboardingError: The files have different columns.
    """
    found = [(file, _columns(file, delivery.format, folder)) for file in delivery.files]
    newest, columns = found[-1]
    for file, others in found:
        absent = sorted(set(columns) ^ set(others))
        if absent and delivery.format.format != "jsonl":
            raise OnboardingError(
                f"{file.path}: other columns than in {newest.path}: {', '.join(absent[:5])} are in "
                "one of them only. Files of one table have the same columns; name those of "
                "another table differently"
            )
        columns = columns | {
            name: _common_type(columns.get(name, kind), kind) for name, kind in others.items()
        }
    return {name: "varchar" if kind in _WITHOUT_TYPE else kind for name, kind in columns.items()}


def _common_type(one: str, other: str) -> str:
    """The type that values of two types have: pandas writes the same column now so, now so."""
    if one == other or other in _WITHOUT_TYPE:
        return one
    if one in _WITHOUT_TYPE:
        return other
    for kind in ("json", STAYS_TEXT):
        if kind in (one, other):
            return kind
    with duckdb.connect() as connection:
        rows = connection.execute(
            f"select typeof(v) from (select cast(null as {one}) as v union all "
            f"select cast(null as {other})) limit 1"
        ).fetchall()
    return str(rows[0][0])


def _columns(file: DeliveredFile, written: FileFormat, folder: Path) -> dict[str, str]:
    path = str(file.path)
    scan = ScanFile(LandedFile(file.path, file.path.name, file.day, file.path.stat().st_size, 0))
    try:
        if written.encoding != "utf-8":
            transcode(scan, written.encoding, folder)
        if written.format == "csv":
            header = header_of(read_text(scan.path, _HEAD), written.delimiter, written.quote)
            return dict.fromkeys(header.names if header else [], "varchar")
        with duckdb.connect() as connection:
            if written.format == "parquet":
                return _columns_of_parquet(connection, path_list([scan]))
            return _columns_of_jsonl(connection, file.path, path_list([scan]))
    except IngestionError as error:
        raise OnboardingError(str(error)) from error
    except duckdb.Error as error:
        raise OnboardingError(
            f"{path}: cannot be read as {written.format}: {reason_of(error)}; have the source "
            "deliver it again"
        ) from error


def _columns_of_parquet(connection: duckdb.DuckDBPyConnection, paths: str) -> dict[str, str]:
    rows = connection.execute(f"describe from read_parquet({paths})").fetchall()
    return {name: kind for name, kind, *_ in rows if not INDEX.fullmatch(name)}


def _columns_of_jsonl(
    connection: duckdb.DuckDBPyConnection, file: Path, paths: str
) -> dict[str, str]:
    """Key -> json where it holds objects or lists, else varchar, also of mixed scalars.

    A line that is no JSON is the loader's to reject, with its number.
    """
    found = keys_of(connection, paths)
    folded: dict[str, str] = {}
    for name in found:
        other = folded.setdefault(name.lower(), name)
        if other is not name:
            raise OnboardingError(
                f"{file}: the keys {other!r} and {name!r} differ only in case, which SQL does not "
                "distinguish; have the source write the key in one way"
            )
    return {name: _type_of_json(kinds) for name, kinds in found.items()}


def _type_of_json(kinds: Collection[str]) -> str:
    if {"OBJECT", "ARRAY"} & set(kinds):
        return "json"
    return STAYS_TEXT if len(set(kinds) - {"NULL"}) > 1 and "VARCHAR" in kinds else "varchar"


def _link(delivery: Delivery, file: DeliveredFile) -> str:
    """Where a file is read from: next to the others, whatever it is called."""
    return f"{SOURCE}/{file.day}_{delivery.files.index(file)}.{_ending(delivery)}"


def _ending(delivery: Delivery) -> str:
    ending = delivery.files[0].path.name.rpartition(".")[2]
    return f"{delivery.format.format}{f'.{ending}' if ending in ('gz', 'zst') else ''}"


def _of_user(message: str, links: Mapping[Path, Path], landing: Path, table: str) -> str:
    """A message of the loader, in terms of the user's files."""
    for path, link in links.items():
        message = message.replace(str(link), str(path))
        message = message.replace(link.relative_to(landing).as_posix(), str(path))
    # What has been loaded goes with the folder that the proposal is worked out in.
    message = message.replace("; the partition keeps its previous content", "")
    return re.sub(rf" All of them are in \S*{SOURCE}__{table}\S*\.", "", message)
