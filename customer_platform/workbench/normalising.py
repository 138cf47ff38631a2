"""Makes single values comparable with the SQL functions that make all others comparable.

DuckDB plans a query in milliseconds for each function, and takes 80 ms for an email address and a
phone number. So there is one query that never ends: it reads rows as they come, and answers each
at once, within a tenth of a millisecond.
"""

import atexit
import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from itertools import count
from queue import SimpleQueue
from typing import Any

import pyarrow as pa

from customer_platform.warehouse.functions import create_functions

# What nobody waits longer for: then the query has broken.
_PATIENCE = 10.0

_Row = tuple[int, Sequence[str | None]]


class EndlessQuery:
    """A query that computes something of one row at a time, without planning again."""

    def __init__(self, columns: Sequence[str], query: str) -> None:
        """Starts the query with the first row.

        Args:
            columns: Names of the columns of a row, which are texts.
            query: A query that gives `number` and `result`, something that becomes JSON, of each
                row of `{rows}`, which has a column `number`, too. It neither sorts nor groups.
        """
        self._schema = pa.schema(
            [("number", pa.int64()), *((name, pa.string()) for name in columns)]
        )
        self._query = query
        self._rows: SimpleQueue[_Row | None] = SimpleQueue()
        self._waiting: dict[int, Future[str]] = {}
        self._numbers = count()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        # DuckDB's threads don't end with the process while a query runs.
        atexit.register(self.close)

    def close(self) -> None:
        """Ends the query; the next row starts it again."""
        if self._thread is not None and self._thread.is_alive():
            self._rows.put(None)
            self._thread.join(_PATIENCE)

    def __call__(self, row: Mapping[str, str | None]) -> Any:
        """What the query makes of a row.

        Args:
            row: A text for each column; one that is missing is null.

        Raises:
            duckdb.Error: The query fails on this row, or on one that came at the same time.
        """
        number = next(self._numbers)
        waiting = self._waiting[number] = Future()
        values = [row.get(field.name) for field in self._schema][1:]
        self._rows.put((number, values))
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, daemon=True)
                self._thread.start()
        try:
            return json.loads(waiting.result(_PATIENCE))
        finally:
            self._waiting.pop(number, None)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The rows as they come, as DuckDB reads them."""
        reader = pa.RecordBatchReader.from_batches(self._schema, self._batches())
        return reader.__arrow_c_stream__(requested_schema)

    def _batches(self) -> Iterator[pa.RecordBatch]:
        while (row := self._rows.get()) is not None:
            number, values = row
            arrays = [pa.array([value], pa.string()) for value in values]
            yield pa.record_batch([pa.array([number]), *arrays], schema=self._schema)

    def _run(self) -> None:
        import duckdb
        from duckdb.sqltypes import BIGINT, BOOLEAN, VARCHAR

        with duckdb.connect(config={"threads": 1}) as connection:
            create_functions(connection)
            connection.create_function(
                "answer_row", self._answer, [BIGINT, VARCHAR], BOOLEAN, side_effects=True
            )
            connection.register("rows_to_answer", self)
            query = self._query.replace("{rows}", "rows_to_answer")
            try:
                connection.execute(
                    "select count(*) from (select answer_row(number, to_json(result)::varchar) "
                    f"as is_answered from ({query})) where is_answered"
                )
            except duckdb.Error as error:
                for waiting in list(self._waiting.values()):
                    if not waiting.done():
                        waiting.set_exception(error)

    def _answer(self, number: int, result: str) -> bool:
        waiting = self._waiting.get(number)
        if waiting is not None:
            waiting.set_result(result)
        return True
