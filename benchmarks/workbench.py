"""The workbench with one person and with twenty people at it, at growing sizes.

    python benchmarks/workbench.py [--scale small] [--customers 10000,1000000] [--json OUT]
                                   [--folder DIR]
    python benchmarks/workbench.py --published PROJECT [--scale small] [--json OUT]

For each number of customers it makes and publishes a week of the demo; with --published it takes
what a project has published, whose home and business model are those of the environment variables.
It serves the workbench in a process of its own. One person asks for everything once. Then twenty
people search, open customers and go on for a minute, each with half a second to a second and a half
between two requests. Then one caller of the API asks as fast as it is answered. It prints the
median and the 95th percentile of each kind of request, in milliseconds, and the memory of the
process, and fails when something is not answered. What is searched for is drawn by chance from all
values. A million customers need about 20 GB of disk in --folder and 16 GB of memory.
"""

import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb
import httpx
import numpy as np
import psutil
from measure import CommandFailedError, measure
from sizes import sized_parser

from customer_platform.declarations import Entity
from customer_platform.demo.retail import generate
from customer_platform.environment import load_environment
from customer_platform.new_project import create_project
from customer_platform.workbench.reading import Published, Reader
from customer_platform.workbench.search import LONGEST

CUSTOMERS = {"small": [1_000], "full": [10_000, 100_000, 1_000_000]}
SECONDS = {"small": 10, "full": 60}
USERS, CALLS, SAMPLE, ALONE = 20, 1_000, 300, 60
_PROGRAM = Path(sys.executable).with_name("customer-platform")
DAYS, LAST_DAY = 7, date(2026, 1, 31)

_START_SECONDS = 120


@dataclass(frozen=True)
class Timing:
    """How long requests of a kind took.

    Attributes:
        requests: How many there were.
        median_ms: Half of them took no longer.
        p95_ms: Of a hundred, 95 took no longer.
    """

    requests: int
    median_ms: float
    p95_ms: float


@dataclass(frozen=True)
class Figures:
    """What one deployment has taken.

    Attributes:
        name: What it is.
        owners: How many customers, accounts, ... it has.
        evidence_bytes: Size of the evidence that is published.
        start_seconds: From the start of the workbench to its first page.
        failures: How many requests were not answered with status 200.
        memory_bytes: Most resident memory of the workbench.
        alone: By kind of request, one person alone.
        together: By kind of request, twenty people at once, and the caller of the API.
    """

    name: str
    owners: int
    evidence_bytes: int
    start_seconds: float
    failures: int
    memory_bytes: int
    alone: dict[str, Timing]
    together: dict[str, Timing]


@dataclass(frozen=True)
class Request:
    """What somebody asks for.

    Attributes:
        kind: Under which its time is noted.
        path: The path with its query.
        params: The query.
        body: What is sent, None for a page.
    """

    kind: str
    path: str
    params: dict[str, str] | None = None
    body: dict[str, dict[str, str]] | None = None


class Timings:
    """The times of all requests; many threads write to it."""

    def __init__(self) -> None:
        self.failures = 0
        self._taken: dict[str, list[float]] = defaultdict(list)
        self._lock = threading.Lock()

    def ask(self, client: httpx.Client, request: Request) -> None:
        """Asks, and notes how long the answer took."""
        began = time.perf_counter()
        if request.body is None:
            answer = client.get(request.path, params=request.params)
        else:
            answer = client.post(request.path, json=request.body)
        taken = time.perf_counter() - began
        with self._lock:
            self._taken[request.kind].append(taken * 1_000)
            self.failures += answer.status_code != 200

    def by_kind(self) -> dict[str, Timing]:
        """Median and 95th percentile by kind of request."""
        return {
            kind: Timing(len(taken), *map(float, np.percentile(taken, [50, 95])))
            for kind, taken in sorted(self._taken.items())
        }


def requests_of(published: Published) -> list[list[Request]]:
    """What people ask for, by customer, account, ... of a sample."""
    asked = []
    with published.evidence() as connection:
        for path, entity in published.paths.items():
            owners = connection.execute(
                "select number, id from search.owners where entity = ? order by hash(id) limit ?",
                [entity.entity, SAMPLE],
            ).fetchall()
            for number, owner in owners:
                terms = connection.execute(
                    "select attribute, is_word, term from search.terms "
                    "where number = ? and entity = ? order by hash(term)",
                    [number, entity.entity],
                ).fetchall()
                record = _record(connection, entity, owner)
                asked.append(list(_of_owner(path, owner, terms, record)))
    return asked


def _record(connection: duckdb.DuckDBPyConnection, entity: Entity, owner: str) -> dict[str, str]:
    """A record of an owner, with its source: all that the API may be asked about."""
    tables = entity.tables
    found = connection.execute(
        f"select records.* from {entity.records} as records inner join "
        f"{tables.qualified(tables.resolution_state)} as kept using (source, source_record_id) "
        "where customer_id = ? limit 1",
        [owner],
    )
    names = [name for name, *_ in found.description or ()]
    row = dict(zip(names, found.fetchall()[0], strict=True))
    known = [*entity.attributes, "source"]
    return {name: str(row[name]) for name in known if row.get(name) is not None}


def _of_owner(
    path: str, owner: str, terms: list[tuple[str, bool, str]], record: dict[str, str]
) -> Iterator[Request]:
    words = [term for _, is_word, term in terms if is_word][:2]
    name = " ".join(words)
    typed = {"ID": owner, **{attribute: term for attribute, is_word, term in terms if not is_word}}
    if words:
        typed |= {"name": name, "half a name": name[: len(name) // 2 + 1]}
        longest = max(words, key=len)
        middle = len(longest) // 2
        if middle > 1:
            turned = longest[: middle - 1] + longest[middle] + longest[middle - 1]
            typed["misspelt name"] = name.replace(longest, turned + longest[middle + 1 :])
    for kind, query in typed.items():
        yield Request(f"find by {kind}", "/find", {"q": query[:LONGEST]})
    yield Request("page", f"/{path}/{owner}")
    yield Request("links", f"/{path}/{owner}/links")
    yield Request("time line", f"/{path}/{owner}/timeline")
    yield Request("API: search", f"/api/{path}", {"q": name or owner})
    yield Request("API: one", f"/api/{path}/{owner}")
    yield Request("API: match", f"/api/{path}/match", body={"record": record})


def measure_size(folder: Path, customers: int, seconds: int) -> Figures:
    """Publishes a demo, and serves it to people.

    Args:
        folder: An empty folder.
        customers: People of the demo.
        seconds: For how long they use it.
    """
    project, home = folder / "shop", folder / "home"
    create_project(project, "retail")
    generate(home, customers, DAYS, end=LAST_DAY)
    variables = {
        "CUSTOMER_PLATFORM_HOME": str(home),
        "CUSTOMER_PLATFORM_START_DATE": (LAST_DAY - timedelta(days=DAYS - 1)).isoformat(),
    }
    measure([_PROGRAM, "run", "--accept-map"], project, variables)
    return measure_published(f"{customers:,} people", project, variables, seconds)


def measure_published(name: str, project: Path, variables: dict[str, str], seconds: int) -> Figures:
    """Serves to people what a deployment has published.

    Args:
        name: What it is.
        project: The folder of its project.
        variables: Its environment variables, beside those of this process.
        seconds: For how long they use it.
    """
    os.chdir(project)
    environment = load_environment({**os.environ, **variables})
    reader = Reader(environment)
    asked = requests_of(reader.current())
    reader.close()
    alone, together = Timings(), Timings()
    began = time.perf_counter()
    with _served(project, variables) as (url, process):
        started = time.perf_counter() - began
        with _memory_of(process) as most, httpx.Client(base_url=url, timeout=60) as client:
            for each in asked[:ALONE]:
                for request in each:
                    alone.ask(client, request)
            pages = [[request for request in each if request.body is None] for each in asked]
            _use(url, pages, seconds, together)
            calls = [request for each in asked for request in each if request.body is not None]
            for number in range(CALLS):
                together.ask(client, calls[number % len(calls)])
    evidence = environment.published.glob("evidence-*")
    return Figures(
        name=name,
        owners=len(asked),
        evidence_bytes=sum(path.stat().st_size for path in evidence),
        start_seconds=started,
        failures=alone.failures + together.failures,
        memory_bytes=most(),
        alone=alone.by_kind(),
        together=together.by_kind(),
    )


def _use(url: str, asked: list[list[Request]], seconds: int, timings: Timings) -> None:
    """Has people use it at the same time."""
    until = time.monotonic() + seconds

    def one(seed: int) -> None:
        chance = random.Random(seed)
        with httpx.Client(base_url=url, timeout=60) as client:
            while time.monotonic() < until:
                time.sleep(chance.uniform(0.5, 1.5))
                timings.ask(client, chance.choice(chance.choice(asked)))

    people = [threading.Thread(target=one, args=[seed]) for seed in range(USERS)]
    for each in people:
        each.start()
    for each in people:
        each.join()


@contextmanager
def _served(project: Path, variables: dict[str, str]) -> Iterator[tuple[str, psutil.Process]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        [_PROGRAM, "workbench", "--port", str(port)],
        cwd=project,
        env={**os.environ, **variables},
        stdout=subprocess.DEVNULL,
    )
    try:
        _wait_until_served(url)
        yield url, psutil.Process(process.pid)
    finally:
        process.kill()
        process.wait()


def _wait_until_served(url: str) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until:
        try:
            if httpx.get(url, timeout=_START_SECONDS).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise CommandFailedError(f"the workbench has shown no page within {_START_SECONDS} seconds")


@contextmanager
def _memory_of(process: psutil.Process) -> Iterator[Callable[[], int]]:
    """Looks at the memory of a process meanwhile; gives what says the most it has been."""
    seen = [process.memory_info().rss]
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(0.2):
            seen.append(process.memory_info().rss)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield lambda: max(seen)
    finally:
        ended.set()
        thread.join()


def _print(each: Figures) -> None:
    print(
        f"{each.name}: evidence of {each.evidence_bytes / 2**20:,.0f} MiB, first page after "
        f"{each.start_seconds:.1f} s, {each.memory_bytes / 2**20:,.0f} MiB of memory, "
        f"{each.failures} failures; milliseconds, median and 95th percentile"
    )
    for kind in sorted({*each.alone, *each.together}):
        sides = [
            f"{timing.requests:>6,} {timing.median_ms:>7.1f} {timing.p95_ms:>7.1f}"
            if (timing := side.get(kind))
            else f"{'':>22}"
            for side in (each.alone, each.together)
        ]
        print(f"  {kind:<28} alone {sides[0]}   together {sides[1]}", flush=True)


def main() -> None:
    """Measures, prints, and writes JSON."""
    parser = sized_parser(__doc__, CUSTOMERS, "customers")
    parser.add_argument("--published", type=Path, help="project that has published something")
    arguments = parser.parse_args()
    seconds, found = SECONDS[arguments.scale], []
    if arguments.published is not None:
        project = arguments.published.resolve()
        found.append(measure_published(project.name, project, {}, seconds))
        _print(found[-1])
    else:
        for customers in arguments.customers or CUSTOMERS[arguments.scale]:
            with tempfile.TemporaryDirectory(prefix="workbench_", dir=arguments.folder) as folder:
                found.append(measure_size(Path(folder).resolve(), customers, seconds))
            _print(found[-1])
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(each) for each in found], indent=2) + "\n")
    if any(each.failures for each in found):
        raise CommandFailedError("something was not answered")


if __name__ == "__main__":
    try:
        main()
    except CommandFailedError as error:
        sys.exit(str(error))
