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

from customer_platform.errors import NormalisingError
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
        self.query, self.columns = query, tuple(columns)
        self._rows: SimpleQueue[_Row | None] = SimpleQueue()
        self._waiting: dict[int, Future[str]] = {}
        self._numbers = count()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        # DuckDB's threads don't end with the process while a query runs.
        atexit.register(self.close)

    def close(self) -> None:
        """Ends the query; the next row starts it again."""
        with self._lock:
            thread = self._thread
            if thread is not None:
                self._rows.put(None)
        if thread is not None:
            thread.join(_PATIENCE)

    def __call__(self, row: Mapping[str, str | None]) -> Any:
        """What the query makes of a row.

        Args:
            row: A text for each column; one that is missing is null.

        Raises:
            NormalisingError: The query fails on this row, or on one that came at the same time.
        """
        number = next(self._numbers)
        answer: Future[str] = Future()
        values = [row.get(field.name) for field in self._schema][1:]
        with self._lock:
            self._waiting[number] = answer
            self._rows.put((number, values))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, daemon=True)
                self._thread.start()
        try:
            return json.loads(answer.result(_PATIENCE))
        except TimeoutError:
            raise NormalisingError(f"values took longer than {_PATIENCE:.0f} seconds") from None
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

        fault = None
        try:
            self._answer_all()
        except duckdb.Error as error:
            # Its message quotes the value.
            fault = f"a value can't be made comparable ({type(error).__name__})"
        with self._lock:
            # Whoever comes from now on starts it again, with rows of their own.
            self._thread, self._rows = None, SimpleQueue()
            for waiting in list(self._waiting.values()):
                if not waiting.done():
                    waiting.set_exception(NormalisingError(fault or "the query was closed"))

    def _answer_all(self) -> None:
        import duckdb
        from duckdb.sqltypes import BIGINT, BOOLEAN, VARCHAR

        with duckdb.connect(config={"threads": 1}) as connection:
            create_functions(connection)
            connection.create_function(
                "answer_row", self._answer, [BIGINT, VARCHAR], BOOLEAN, side_effects=True
            )
            connection.register("rows_to_answer", self)
            query = self.query.replace("{rows}", "rows_to_answer")
            connection.execute(
                "select count(*) from (select answer_row(number, to_json(result)::varchar) "
                f"as is_answered from ({query})) where is_answered"
            )

    def _answer(self, number: int, result: str) -> bool:
        waiting = self._waiting.get(number)
        if waiting is not None:
            waiting.set_result(result)
        return True


class EndlessQueries:
    """The queries of a workbench, by name: publications that say the same share one."""

    def __init__(self) -> None:
        self._known: dict[str, EndlessQuery] = {}
        self._lock = threading.Lock()

    def of(self, name: str, columns: Sequence[str], query: str) -> EndlessQuery:
        """The query of a name; one that was another until now is closed.

        Args:
            name: The name.
            columns: See `EndlessQuery`.
            query: See `EndlessQuery`.
        """
        with self._lock:
            known = self._known.get(name)
            if known is None or (known.query, known.columns) != (query, tuple(columns)):
                if known is not None:
                    known.close()
                known = self._known[name] = EndlessQuery(columns, query)
            return known

    def close(self) -> None:
        """Ends them all."""
        for each in self._known.values():
            each.close()
