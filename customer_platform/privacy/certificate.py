"""Finishes erasures and proves them: old bytes go, every byte is looked through, and it is said."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from customer_platform.declarations import declarations_of
from customer_platform.environment import Environment
from customer_platform.privacy.compaction import clear_text, compact_sqlite, compact_warehouse
from customer_platform.privacy.digests import record_digest_sql
from customer_platform.privacy.masked_edition import publish_evidence
from customer_platform.privacy.pages import render
from customer_platform.privacy.requests import Request, add_event, read_requests
from customer_platform.privacy.scan import Place, Scan, Sought, scan
from customer_platform.privacy.secret import read_secret
from customer_platform.privacy.stored_decisions import with_decisions
from customer_platform.privacy.traces import Traces
from customer_platform.privacy.values import sought_path
from customer_platform.privacy.verify import not_scanned
from customer_platform.versions import Versions
from customer_platform.warehouse.sql import identifier

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_SQLITE = (".db", ".sqlite")
_TEXT = (".log", ".json", ".html", ".csv", ".txt", ".sql", ".yml", ".yaml", ".msgpack")


@dataclass(frozen=True)
class Certificate:
    """What is proved of an erasure.

    Attributes:
        request: Its number.
        page: The HTML page; the same as JSON lies beside it.
        scan: What was found of the person.
    """

    request: str
    page: Path
    scan: Scan


def to_certify(environment: Environment) -> list[Request]:
    """The erasures that are carried out and not proved yet."""
    return [
        each
        for each in read_requests(environment).values()
        if each.kind == "erase" and each.state == "erased"
    ]


def forget_identities(connection: "DuckDBPyConnection", environment: Environment) -> int:
    """Takes the erased records out of the histories of the ID maps, once the maps lack them.

    IDs that were given stay known, so that they are never given again. The evidence that is
    published is written again without the records.

    Args:
        connection: The warehouse.
        environment: The deployment.

    Returns:
        How many rows there were.
    """
    wanted = sorted(
        {
            digest
            for each in read_requests(environment).values()
            if each.kind == "erase" and each.state in ("erased", "certified")
            for digest in each.digests.get("record", ())
        }
    )
    if not wanted:
        return 0
    secret = read_secret(environment)
    declarations = declarations_of(environment)
    traces = Traces(connection, declarations)
    schemas = {each.tables.schema for each in declarations.entities.values()} | {"identity"}
    registries = {each.tables.customer_id_registry for each in declarations.entities.values()}
    forgotten = 0
    for schema, table in connection.execute(
        "select schema_name, table_name from duckdb_tables() where database_name = "
        "current_database() and schema_name in (select unnest(?::varchar[]))",
        [sorted(schemas)],
    ).fetchall():
        relation = f"{identifier(schema)}.{identifier(table)}"
        columns = [name for name, *_ in connection.execute(f"describe {relation}").fetchall()]
        for reference in traces.kept(schema, table, columns):
            for entity in sorted(set(reference.entities.values())):
                sources = [each for each, name in reference.entities.items() if name == entity]
                digest = record_digest_sql(
                    connection, secret, entity, reference.source, reference.number
                )
                mine = (
                    f"{reference.source} in (select unnest($sources::varchar[])) "
                    f"and {digest} in (select unnest($wanted::varchar[]))"
                )
                change = (
                    f"update {relation} set {reference.number} = null"
                    if table in registries
                    else f"delete from {relation}"
                )
                [(count,)] = connection.execute(
                    f"{change} where {mine}", {"sources": sources, "wanted": wanted}
                ).fetchall()
                forgotten += count
    publish_evidence(connection, environment)
    return forgotten


def certify(environment: Environment, requests: Sequence[Request]) -> list[Certificate]:
    """Compacts the warehouse, looks through all that the home holds, and writes the certificates.

    Nobody may have the warehouse open meanwhile.

    Args:
        environment: The deployment.
        requests: Those of `to_certify`.

    Raises:
        PrivacyError: The warehouse can't be compacted, or the secret is missing or another one.
    """
    secret = read_secret(environment)
    compact_warehouse(environment.warehouse)
    certificates = []
    sought: dict[str, list[Request]] = {}
    for request in requests:
        sought.setdefault(request.sought or request.number, []).append(request)
    for batch, together in sought.items():
        path = sought_path(environment, batch)
        if path.exists():
            looked_for = Sought.read(path, secret)
            found, count = scan_home(environment, looked_for), len(looked_for)
        else:
            # Whoever has removed it must not stop every run: nothing is proved, and that is said.
            where = path.relative_to(environment.home).as_posix()
            found, count = Scan(0, 0, (Place(where, "is missing", "unread", None),)), 0
        for request in together:
            certificates.append(_certificate(environment, request, found, count))
            if not found.places:
                add_event(environment, request.number, "certified")
    return certificates


def scan_home(environment: Environment, values: Sought | Sequence[str]) -> Scan:
    """Looks for values in all that a home holds; logs and the orchestrator's files lose them first.

    Args:
        environment: The deployment.
        values: The values, or what is kept of them.
    """
    # An earlier version can't be rolled back to without those who were erased since.
    Versions(environment.home).forget_others()
    skip = not_scanned(environment)
    found = scan(environment.home, values, skip)
    named = {environment.home / place.path for place in found.found}
    cleaned = False
    for path in sorted(named):
        if path.is_relative_to(environment.landing) or path == environment.warehouse:
            continue
        if path.suffix in _SQLITE:
            compact_sqlite(path)
            cleaned = True
        elif path.suffix in _TEXT:
            clear_text(path, values)
            cleaned = True
    if cleaned:
        found = scan(environment.home, values, skip)
    return with_decisions(found, environment, values)


def _certificate(
    environment: Environment, request: Request, found: Scan, values: int
) -> Certificate:
    folder = environment.privacy / "certificates"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    page = folder / f"{request.number}.html"
    said = {
        "scanned_at": datetime.now(UTC).strftime("%Y-%m-%d %H:%M"),
        "rows": dict(request.rows),
        "landed_files": dict(request.files),
        "together": request.together,
        "kept_files": list(request.kept_files),
        "found": [[place.path, place.where, place.form] for place in found.found],
        "unread": [[place.path, place.where] for place in found.unread],
        "files": found.files,
        "bytes": found.bytes,
        "values": values - len(found.too_short),
        "too_short": len(found.too_short),
    }
    title = f"Certificate of erasure {request.number}"
    shown = render("certificate", title=title, request=request, home=environment.home, **said)
    page.write_text(shown, encoding="utf-8")
    stated = {
        "request": request.number,
        "requested_by": request.requested_by,
        "reason": request.reason,
        "recorded_at": request.at.isoformat(timespec="seconds"),
        **said,
    }
    page.with_suffix(".json").write_text(json.dumps(stated, indent=2, ensure_ascii=False))
    return Certificate(request.number, page, found)
