"""Opens what is published for reading, and notices when something newer is.

A page is of one publication: whoever has begun to read one goes on with it, also when the next is
put in its place.
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from customer_platform.declarations import Entity, declarations_of, default_country
from customer_platform.environment import Environment, load_environment, version_in_force
from customer_platform.errors import EntityError, NoEvidenceError, NotPublishedError
from customer_platform.identity import IdentityStore
from customer_platform.identity.entities import nouns
from customer_platform.privacy.declared import Declared, read_declared
from customer_platform.privacy.records import RecordMask
from customer_platform.publishing.catalogue import FILE_NAME, Moment, read_moment
from customer_platform.publishing.relations import PublishedRelation
from customer_platform.suggestions import suggestion
from customer_platform.warehouse.duckdb import table_kind
from customer_platform.warehouse.sql import literal
from customer_platform.workbench.normalising import EndlessQueries, EndlessQuery

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# Of a page: few rows are read, and many people may ask at the same time.
_MASTERS, _EVIDENCE = "masters", "evidence"
# Two publications seldom follow each other within the time that one takes to be opened.
_ATTEMPTS = 5
_SETTINGS: dict[str, str | bool | int | float | list[str]] = {"threads": 2, "memory_limit": "1GB"}


@dataclass
class Published:
    """One publication, open for reading.

    Attributes:
        environment: The deployment that it is of.
        moment: When it was made, and which evidence belongs to it.
        opened: A connection that reads both.
        queries: What the workbench computes with, of this publication and of others.
        keying: By entity, what makes the match keys of a record.
    """

    environment: Environment
    moment: Moment
    opened: "DuckDBPyConnection"
    queries: EndlessQueries
    keying: dict[str, EndlessQuery] = field(default_factory=dict)

    @property
    def published_at(self) -> datetime:
        """Time of the publication, UTC."""
        return self.moment.published_at

    @cached_property
    def entities(self) -> Mapping[str, Entity]:
        """What the business model resolves, by name."""
        return declarations_of(self.environment).entities

    @cached_property
    def declared(self) -> Declared:
        """What is declared of personal data."""
        return read_declared(self.environment)

    @cached_property
    def country(self) -> str:
        """The country of phone numbers that name none."""
        return default_country(self.environment.project)

    @property
    def relations(self) -> tuple[PublishedRelation, ...]:
        """The masters that are published."""
        return declarations_of(self.environment).published

    @cached_property
    def columns(self) -> Mapping[str, tuple[str, ...]]:
        """By relation of the masters, its columns."""
        with self.masters() as connection:
            rows = connection.execute(
                "select table_name, list(column_name order by column_index) "
                "from duckdb_columns() where database_name = ? and schema_name = 'master' "
                "group by table_name",
                [_MASTERS],
            ).fetchall()
        return {table: tuple(columns) for table, columns in rows}

    @property
    def folder(self) -> Path:
        """The folder of what is published."""
        return self.environment.published

    @cached_property
    def paths(self) -> Mapping[str, Entity]:
        """What the business model resolves, by the path of its pages."""
        return {path_of(name): entity for name, entity in self.entities.items()}

    def entity_of(self, path: str) -> Entity:
        """The entity whose pages are below a path, such as `customers`.

        Raises:
            EntityError: The business model has none of this name.
        """
        if path not in self.paths:
            raise EntityError(f"there are no {path!r} here{suggestion(path, self.paths)}")
        return self.paths[path]

    @cached_property
    def transactions(self) -> str | None:
        """The published transactions, for whoever reads the evidence; None where there are none."""
        with self.masters() as cursor:
            there = table_kind(cursor, "master", "transactions")
        return f"{_MASTERS}.master.transactions" if there else None

    def record_mask(self, entity: Entity) -> RecordMask:
        """How values of an entity's records are masked."""
        return self.declared.record_mask(entity.rules, entity.records)

    @contextmanager
    def masters(self) -> Iterator["DuckDBPyConnection"]:
        """A connection that reads the masters, in the schema `master`."""
        with self._cursor(_MASTERS) as cursor:
            yield cursor

    @contextmanager
    def evidence(self) -> Iterator["DuckDBPyConnection"]:
        """A connection that reads the evidence of identities, and the index of the search.

        Raises:
            NoEvidenceError: The publication has no evidence.
        """
        if self.moment.evidence is None:
            raise NoEvidenceError(
                f"What is published in {self.folder} is from before evidence was published with "
                "it: `customer-platform run` publishes again"
            )
        with self._cursor(_EVIDENCE) as cursor:
            yield cursor

    @contextmanager
    def store(self, entity: Entity) -> Iterator[IdentityStore]:
        """The identities of an entity at the time of the publication.

        Raises:
            NoEvidenceError: The publication has no evidence.
        """
        with self.evidence() as cursor:
            yield IdentityStore(cursor, entity.records, entity.rules, entity.tables)

    @contextmanager
    def _cursor(self, database: str) -> Iterator["DuckDBPyConnection"]:
        with self.opened.cursor() as cursor:
            cursor.execute(f"use {database}")
            yield cursor


@dataclass
class Reader:
    """Leads to the publication that is in force.

    Attributes:
        environment: The deployment.
    """

    environment: Environment
    _queries: EndlessQueries = field(default_factory=EndlessQueries, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _last: tuple[tuple[int, int], Published] | None = field(default=None, repr=False)

    def current(self) -> Published:
        """The newest publication, of the version in force.

        Raises:
            NotPublishedError: Nothing is published yet.
        """
        with self._lock:
            if version_in_force(self.environment.home) != self.environment.version:
                self.environment = load_environment({**self.environment.process_variables})
            catalogue = self.environment.published / FILE_NAME
            try:
                found = catalogue.stat()
            except FileNotFoundError:
                raise NotPublishedError(
                    f"Nothing is published in {catalogue.parent} yet: `customer-platform run` "
                    "does it once the masters are built and their checks have passed."
                ) from None
            known = (found.st_ino, found.st_mtime_ns)
            if self._last is None or self._last[0] != known:
                moment, opened = _open(catalogue.parent, self.environment.home)
                self._last = known, Published(self.environment, moment, opened, self._queries)
            return self._last[1]

    def close(self) -> None:
        """Closes what is open."""
        with self._lock:
            self._queries.close()
            if self._last is not None:
                self._last[1].opened.close()
                self._last = None


def path_of(entity: str) -> str:
    """Below which path the pages of an entity are: `customers`, `sales_contacts`."""
    return nouns(entity).replace(" ", "_")


def _open(folder: Path, home: Path) -> tuple[Moment, "DuckDBPyConnection"]:
    """Opens a publication, and goes on with the next one where that has taken its place."""
    import duckdb

    # What doesn't fit into memory is somebody's data: it stays in the home.
    settings = {**_SETTINGS, "temp_directory": str(home / "workbench-spill")}

    for attempt in range(1, _ATTEMPTS + 1):
        moment = read_moment(folder)
        # In an instance of its own: DuckDB takes what it has open under a path for what is there.
        opened = duckdb.connect(config=settings)
        try:
            opened.execute(f"attach {_named(folder / FILE_NAME)} as {_MASTERS} (read_only)")
            if moment.evidence is not None:
                opened.execute(f"attach {_named(moment.evidence)} as {_EVIDENCE} (read_only)")
            if read_moment(folder) == moment:
                # Rules that somebody tries may be SQL: it reads no other file, and no URL.
                opened.execute(f"set allowed_directories = [{_named(folder.resolve())}]")
                opened.execute("set enable_external_access = false")
                return moment, opened
        except duckdb.IOException:
            # The evidence of a former publication is deleted.
            if attempt == _ATTEMPTS:
                raise
        opened.close()
    raise NotPublishedError(
        f"What is published in {folder} was replaced {_ATTEMPTS} times while it was opened: try "
        "again"
    )


def _named(path: Path) -> str:
    return literal(str(path))
