"""A workbench over a small home: four records, two of them one customer, two pairs to review."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import duckdb
import httpx
from fastapi.testclient import TestClient

from customer_platform.environment import Environment
from customer_platform.identity import Delta, OutputTables, update_map
from customer_platform.publishing import full_edition, publish
from customer_platform.publishing.evidence import Resolved
from customer_platform.publishing.relations import PublishedRelation
from customer_platform.workbench.access_log import AccessLog
from customer_platform.workbench.app import create_app
from customer_platform.workbench.gate import Access
from customer_platform.workbench.sessions import Sessions
from customer_platform.workbench.users import Users
from customer_platform_tests.cli.stewarded import build_map, declared_rules
from customer_platform_tests.identity.similar.stub import keep_compared, weights_between

More = Callable[[duckdb.DuckDBPyConnection], object]

PASSWORD = "correct horse battery"


def publish_small(environment: Environment, more: More = lambda _: None) -> None:
    """Makes a map and publishes it with its evidence.

    Args:
        environment: The deployment.
        more: Adds records, which are resolved in a run of their own.
    """
    environment.home.mkdir()
    weights = weights_between(("1", "3", 2.0), ("3", "4", 1.0), rule="similar_person", source="crm")
    path = build_map(environment.home, weights)
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "create table master.pending_changes (kind varchar, source varchar, key varchar)"
        )
        more(connection)
        tables, rules = OutputTables("identity"), declared_rules()
        keep_compared(connection, "identity.source_lookup", rules, weights)
        update_map(connection, Delta("identity.source_lookup"), rules, tables, datetime(2026, 1, 2))
        resolved = Resolved(
            "identity.source_lookup", declared_rules(), OutputTables("identity"), {}
        )
        publish(
            connection,
            [full_edition(environment.published, [resolved])],
            [PublishedRelation(name="transactions")],
            datetime(2026, 1, 3),
        )


class Steward:
    """Somebody at a browser of their own.

    Args:
        environment: The deployment.
        access: How people sign in.
        name: Who it is; None where nobody has to sign in.
    """

    def __init__(
        self, environment: Environment, access: Access | None = None, name: str | None = None
    ) -> None:
        self.client = TestClient(create_app(environment, access))
        if name is not None:
            page = self.client.get("/sign-in").text
            self.client.post(
                "/sign-in",
                data={"name": name, "password": PASSWORD, "csrf": token_in(page)},
                follow_redirects=False,
            )

    def get(self, path: str) -> httpx.Response:
        """Opens a page."""
        return self.client.get(path)

    def send(self, path: str, **fields: object) -> httpx.Response:
        """Sends a form of the page that was opened last."""
        page = self.client.get("/sign-in").text
        return self.client.post(path, data={"csrf": token_in(page), **fields})

    def decide(self, kind: str, one: str, other: str, **fields: object) -> httpx.Response:
        """Decides about two records of the crm."""
        return self.send(
            "/decide/customers",
            kind=kind,
            source="crm",
            record_id=one,
            other_source="crm",
            other_record_id=other,
            **fields,
        )


def token_in(page: str) -> str:
    """The token of the forms of a page."""
    return re.findall('X-CSRF-Token": "([0-9a-f]+)"', page)[0]


def pair_in(page: str) -> set[str]:
    """The records that a page asks about."""
    return set(re.findall('name="(?:other_)?record_id" value="([^"]*)"', page))


def two_stewards(environment: Environment, first: str = "Eva") -> tuple[Steward, Steward]:
    """Eva, or who is named, and Tom, who have signed in; Vic is a viewer."""
    users = Users(environment.home / "workbench-users.json")
    for name in ("Eva", "Tom"):
        users.keep(name, "steward", PASSWORD)
    users.keep("Vic", "viewer", PASSWORD)
    log = AccessLog(environment.home / "logs" / "access.jsonl")
    access = Access(Sessions(b"x" * 32), users, log)
    return Steward(environment, access, first), Steward(environment, access, "Tom")


def elsewhere(environment: Environment, url: str) -> Environment:
    """The same deployment, whose decisions are in another database."""
    return replace(environment, decisions_url=url)
