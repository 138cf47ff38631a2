"""A server that answers the requests of `dagster_run` as Dagster does, and fails on demand."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

# Looks at a run end with the last of these statuses.
ENDS_WELL = ("QUEUED", "STARTED", "SUCCESS")


@dataclass
class FakeDagster:
    """What the server is to answer, and what it was asked.

    Attributes:
        url: Where it is.
        statuses: What a run goes through, a status per look at it.
        events: The events of every run.
        refusal: What a launch is answered with, instead of a run.
        faults: What happens to the next requests, one each: a status of HTTP, "hang up" before the
            request is carried out, "lose the answer" after it, "no JSON", or "" for nothing.
        runs: The runs that were launched: id, tags and status.
        asked: The requests: the operations, variables and headers.
    """

    url: str = ""
    statuses: tuple[str, ...] = ENDS_WELL
    events: list[dict[str, Any]] = field(default_factory=list)
    refusal: dict[str, Any] | None = None
    faults: list[int | str] = field(default_factory=list)
    runs: list[dict[str, Any]] = field(default_factory=list)
    asked: list[tuple[str, dict[str, Any], dict[str, str]]] = field(default_factory=list)

    def run(self, task: str, status: str) -> dict[str, Any]:
        """Adds a run that a task has launched before; a status or what it goes through."""
        tags = [{"key": "orchestrator/task", "value": task}]
        added = {"runId": f"run-{len(self.runs) + 1}", "status": status, "tags": tags, "looks": 0}
        self.runs.insert(0, added)
        return added

    def answer(self, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        """What Dagster says to one request."""
        if "runsOrError" in query:
            wanted = variables["filter"]["tags"]
            found = [run for run in self.runs if all(tag in run["tags"] for tag in wanted)]
            return {"runsOrError": {"__typename": "Runs", "results": found}}
        if "launchRun" in query:
            return {"launchRun": self.refusal or self._launch(variables["parameters"])}
        run = next((run for run in self.runs if run["runId"] == variables["run"]), None)
        if "terminateRun" in query:
            assert run is not None
            run["status"] = "CANCELED"
            return {"terminateRun": {"__typename": "TerminateRunSuccess"}}
        if run is None:
            return {"runOrError": {"__typename": "RunNotFoundError", "message": "no such run"}}
        return {"runOrError": self._look(run, variables["cursor"])}

    def _launch(self, parameters: dict[str, Any]) -> dict[str, Any]:
        run = self.run("", "QUEUED")
        run["tags"] = parameters["executionMetadata"]["tags"]
        return {"__typename": "LaunchRunSuccess", "run": {"runId": run["runId"]}}

    def _look(self, run: dict[str, Any], cursor: str | None) -> dict[str, Any]:
        """One event at a time, and a run that goes on with every look."""
        if run["status"] != "CANCELED":
            run["status"] = self.statuses[min(run["looks"], len(self.statuses) - 1)]
        run["looks"] += 1
        seen = int(cursor or 0)
        events = self.events[seen : seen + 1]
        connection = {
            "events": events,
            "cursor": str(seen + len(events)),
            "hasMore": seen + len(events) < len(self.events),
        }
        return {"__typename": "Run", "status": run["status"], "eventConnection": connection}


@contextmanager
def fake_dagster() -> Iterator[FakeDagster]:
    """Serves a fake until the context is left."""
    fake = FakeDagster()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            fake.asked.append((asked["query"], asked["variables"], dict(self.headers)))
            fault = fake.faults.pop(0) if fake.faults else ""
            if fault == "hang up":
                return
            if isinstance(fault, int):
                self.send_response(fault)
                self.send_header("Location", "/login")
                self.end_headers()
                return
            said = json.dumps({"data": fake.answer(asked["query"], asked["variables"])})
            if fault == "lose the answer":
                return
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<html>" if fault == "no JSON" else said.encode())

        def log_message(self, format: str, *arguments: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    fake.url = f"http://127.0.0.1:{server.server_port}"
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
