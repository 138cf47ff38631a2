"""Recognises people by keyed hashes: among the records of staging views, and in deliveries."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from customer_platform.declarations import default_country
from customer_platform.environment import Environment
from customer_platform.privacy.digests import RECORD, VISITOR, record_digest_sql
from customer_platform.privacy.marks import BEFORE_ALL
from customer_platform.privacy.people import PersonRecord
from customer_platform.privacy.recognise_records import find_digested
from customer_platform.privacy.reference import Reference, columns_in, distinct_rows
from customer_platform.privacy.requests import Request, digests_of
from customer_platform.privacy.secret import Secret
from customer_platform.privacy.traces import Traces
from customer_platform.warehouse.sql import identifier

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


class Recogniser:
    """Looks for whoever has asked, in what is new since it last looked."""

    def __init__(
        self,
        connection: "DuckDBPyConnection",
        environment: Environment,
        secret: Secret,
        traces: Traces,
        requests: Sequence[Request],
    ) -> None:
        """Reads up to when deliveries have been looked through.

        Args:
            connection: The warehouse.
            environment: The deployment.
            secret: What the hashes were made with.
            traces: Where the warehouse names records.
            requests: Whose hashes are looked for.
        """
        self._connection, self._environment = connection, environment
        self._secret, self._traces = secret, traces
        self._requests = {each.number: each for each in requests}
        self._raw = traces.raw
        self._checked_path = environment.privacy / "checked.json"
        self._checked = _read_checked(self._checked_path)

    def find(self) -> tuple[dict[PersonRecord, str], dict[str, str]]:
        """The records and visitors of those who asked, with the request of each."""
        # Of somebody who is to be erased and kept out, the erasure counts.
        requests = sorted(self._requests.values(), key=lambda each: each.kind)
        digests = digests_of(requests)
        found = find_digested(
            self._connection,
            self._secret,
            self._traces.entities,
            requests,
            default_country(self._environment.project),
        )
        visitors: dict[str, str] = {}
        for table, traces in self._raw.items():
            delivered = (
                f"raw.{identifier(table)} where _loaded_at > "
                f"timestamp '{self._checked.get(table, BEFORE_ALL)}'"
            )
            for reference in traces.references:
                rows = distinct_rows(delivered, reference.made_of)
                found |= self._delivered(rows, reference, digests.get(RECORD, {}))
            for visitor, _ in traces.visitors:
                rows = distinct_rows(delivered, columns_in(visitor))
                visitors |= self._visiting(rows, visitor, digests.get(VISITOR, {}))
        return found, visitors

    def since(self, numbers: Iterable[str]) -> dict[str, datetime]:
        """By raw table, after which moment rows are new to requests.

        Args:
            numbers: The numbers of the requests.
        """
        asked = min(self._requests[each].at for each in numbers)
        return {table: max(asked, self._checked.get(table, BEFORE_ALL)) for table in self._raw}

    def keep(self) -> None:
        """Writes down up to when deliveries have been looked through."""
        checked = {}
        for table in self._raw:
            [(newest,)] = self._connection.execute(
                f"select max(_loaded_at) from raw.{identifier(table)}"
            ).fetchall()
            if newest is not None:
                checked[table] = newest.isoformat(sep=" ")
        made = self._checked_path.with_suffix(".new")
        made.write_text(json.dumps(checked))
        made.replace(self._checked_path)

    def _delivered(
        self, rows: str, reference: Reference, wanted: Mapping[str, str]
    ) -> dict[PersonRecord, str]:
        found = {}
        for entity in sorted(set(reference.entities.values())) if wanted else ():
            sources = [each for each, name in reference.entities.items() if name == entity]
            digest = record_digest_sql(self._connection, self._secret, entity, "source", "number")
            there = self._connection.execute(
                f"select source, number, digest from (select source, number, {digest} as digest "
                f"from (select {reference.source} as source, {reference.number} as number "
                f"from ({rows})) where source in (select unnest(?::varchar[]))) "
                "where digest in (select unnest(?::varchar[]))",
                [sources, list(wanted)],
            ).fetchall()
            for source, number, hashed in there:
                found[PersonRecord(entity, source, number)] = wanted[hashed]
        return found

    def _visiting(self, rows: str, visitor: str, wanted: Mapping[str, str]) -> dict[str, str]:
        if not wanted:
            return {}
        digest = self._secret.in_sql(self._connection, VISITOR, "visitor")
        there = self._connection.execute(
            f"select visitor, digest from (select visitor, {digest} as digest from "
            f"(select {visitor} as visitor from ({rows}))) "
            "where digest in (select unnest(?::varchar[]))",
            [list(wanted)],
        ).fetchall()
        return {visitor: wanted[digest] for visitor, digest in there}


def _read_checked(path: Path) -> dict[str, datetime]:
    if not path.exists():
        return {}
    return {table: datetime.fromisoformat(at) for table, at in json.loads(path.read_text()).items()}
