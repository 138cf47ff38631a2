"""Files into a temporary table, as few statements as their shapes allow."""

from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from customer_platform.errors import IngestionError
from customer_platform.ingestion import csv_reader, jsonl_reader, parquet_reader
from customer_platform.ingestion.batch import (
    REJECT_SCANS,
    REJECTS,
    Batch,
    Shapes,
    path_list,
    unreadable,
)
from customer_platform.ingestion.casts import NOT_JSON, PROBLEMS_TYPE
from customer_platform.ingestion.landing import LandedFile
from customer_platform.ingestion.rejects import LineReject
from customer_platform.ingestion.spec import TableSpec
from customer_platform.ingestion.text_files import (
    ScanFile,
    check_encoding,
    check_not_empty,
    lines_at,
    transcode,
)

STAGED = "temp._ingest_staged"


@dataclass
class StagedFile:
    """A file whose rows are in the temporary table.

    Attributes:
        scan: The file as DuckDB read it.
        batch: The batch that it was read in.
        line_rejects: Lines without a row.
    """

    scan: ScanFile
    batch: Batch
    line_rejects: list[LineReject] = field(default_factory=list)


@dataclass
class Staging:
    """Stages files of one table.

    Attributes:
        connection: Where the temporary table is made.
        table: What is declared.
        folder: Folder for copies of files that DuckDB cannot read as they are.
        staged: Path that DuckDB read -> staged file.
        failures: Landed file -> why it cannot be read.
    """

    connection: duckdb.DuckDBPyConnection
    table: TableSpec
    folder: Path
    staged: dict[str, StagedFile] = field(default_factory=dict)
    failures: dict[LandedFile, IngestionError] = field(default_factory=dict)

    def load(self, files: list[LandedFile]) -> None:
        """Stage the rows of all files that can be read."""
        columns = ", ".join(
            f"v{index} {kind}" for index, kind in enumerate(self.table.column_types.values())
        )
        self.connection.execute(
            f"create or replace temp table _ingest_staged "
            f"({columns}, _unexpected JSON, _problems {PROBLEMS_TYPE}, _file VARCHAR)"
        )
        scans = self._transcoded([ScanFile(file) for file in files])
        for batch in self._shapes(scans):
            self._stage(batch)

    def _transcoded(self, scans: list[ScanFile]) -> list[ScanFile]:
        if self.table.format == "parquet":
            return scans
        readable = []
        for scan in scans:
            try:
                check_not_empty(scan)
                check_encoding(scan, self.table.encoding)
                if self.table.encoding != "utf-8":
                    transcode(scan, self.table.encoding, self.folder)
                readable.append(scan)
            except IngestionError as error:
                self.failures[scan.landed] = error
        return readable

    def _shapes(self, scans: list[ScanFile]) -> list[Batch]:
        shapes = self._shapes_of_format(scans)
        self._drop_reject_tables()
        for scan in scans:
            if scan.path in shapes.failures:
                self.failures[scan.landed] = shapes.failures[scan.path]
        return shapes.batches

    def _shapes_of_format(self, scans: list[ScanFile]) -> Shapes:
        if self.table.format == "csv":
            return csv_reader.shapes(scans, self.table, self.folder)
        if self.table.format == "jsonl":
            return jsonl_reader.shapes(self.connection, scans, self.table)
        return parquet_reader.shapes(self.connection, scans, self.table)

    def _stage(self, batch: Batch) -> None:
        """Stage a batch; where the statement fails, halve it until the culprit stands alone."""
        self._drop_reject_tables()
        try:
            self.connection.execute(f"insert into {STAGED} {batch.select(path_list(batch.files))}")
        except duckdb.Error as error:
            self._stage_in_parts(batch, error)
            return
        rejects = {} if self.table.format == "parquet" else self._line_rejects(batch)
        cut_up = self._cut_up(batch)
        for scan in batch.files:
            found = rejects.get(scan.path, [])
            if scan.path in cut_up or self._needs_repair(scan, found):
                self.connection.execute(f"delete from {STAGED} where _file = ?", [scan.path])
                self._repair(scan, batch)
            else:
                self.staged[scan.path] = StagedFile(scan, batch, found)

    def _stage_in_parts(self, batch: Batch, error: duckdb.Error) -> None:
        files = list(batch.files)
        if len(files) > 1:
            middle = len(files) // 2
            for part in (files[:middle], files[middle:]):
                self._stage(Batch(part, batch.select, batch.unexpected, batch.fields))
        elif self.table.format == "csv" and not files[0].repaired:
            # DuckDB gives up on a file that mixes line ends; the copy has one kind.
            self._repair(files[0], batch)
        else:
            self.failures[files[0].landed] = unreadable(files[0], self.table, error)

    def _cut_up(self, batch: Batch) -> set[str]:
        """JSONL files with lines that DuckDB has ended at a carriage return, which ends none."""
        if self.table.format != "jsonl":
            return set()
        malformed = self.connection.execute(
            f"select distinct _file from {STAGED} where _problems[1].kind = '{NOT_JSON}'"
        ).fetchall()
        suspects = {path for (path,) in malformed}
        return {
            scan.path
            for scan in batch.files
            if not scan.repaired and scan.path in suspects and jsonl_reader.has_returns(scan)
        }

    def _repair(self, scan: ScanFile, batch: Batch) -> None:
        try:
            if self.table.format == "jsonl":
                repaired = jsonl_reader.repair(scan, self.folder)
            else:
                repaired = csv_reader.repair(scan, self.table, batch.fields, self.folder)
        except IngestionError as error:
            self.failures[scan.landed] = error
            return
        self._stage(Batch([repaired], batch.select, batch.unexpected, batch.fields))

    def _needs_repair(self, scan: ScanFile, rejects: list[LineReject]) -> bool:
        """Whether a rejected line took others with it: only a quote left open can do that."""
        if self.table.format != "csv" or not self.table.quote or scan.repaired:
            return False
        return any(
            "\n" in reject.text.strip("\r\n")
            or any(kind == "LINE SIZE OVER MAXIMUM" for kind, _, _ in reject.errors)
            for reject in rejects
        )

    def _line_rejects(self, batch: Batch) -> dict[str, list[LineReject]]:
        rows = self.connection.execute(
            "select file_path, line, line_byte_position - 1, error_type::VARCHAR, column_name, "
            f"error_message, csv_line from {REJECTS} join {REJECT_SCANS} using (scan_id, file_id) "
            "order by file_path, line_byte_position, byte_position"
        ).fetchall()
        rejects: dict[str, dict[int, LineReject]] = {}
        for path, line, start, kind, column, message, text in rows:
            of_file = rejects.setdefault(path, {})
            reject = of_file.setdefault(start, LineReject(line, (text or "").lstrip("\r\n")))
            reject.errors.append((kind, batch.column(column, self.table), message))
        return {path: self._with_lines(path, of_file) for path, of_file in rejects.items()}

    def _with_lines(self, path: str, rejects: dict[int, LineReject]) -> list[LineReject]:
        """Rejects by start byte with their line: DuckDB counts records, not the lines in them."""
        if self.table.format == "csv":
            for reject, line in zip(rejects.values(), lines_at(path, list(rejects)), strict=True):
                reject.line = line
        return list(rejects.values())

    def _drop_reject_tables(self) -> None:
        self.connection.execute(f"drop table if exists {REJECTS}")
        self.connection.execute(f"drop table if exists {REJECT_SCANS}")

    def drop(self) -> None:
        """Remove every temporary table."""
        self._drop_reject_tables()
        self.connection.execute(f"drop table if exists {STAGED}")
