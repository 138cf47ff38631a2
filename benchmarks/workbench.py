"""The workbench with twenty people at it, at growing sizes.

    python benchmarks/workbench.py [--scale small] [--customers 10000,1000000] [--json OUT]
                                   [--folder DIR]

For each number of customers it makes and publishes a week of the demo, serves the workbench in a
process of its own, and has twenty people search, open customers and go on for a minute, each with
half a second to a second and a half between two requests. Then one caller of the API asks as fast
as it is answered. It prints the median and the 95th percentile of each kind of request, in
milliseconds, how often something else than an answer came, and the memory of the process.
A million customers need about 20 GB of disk in --folder and 16 GB of memory.
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
from sizes import sized_arguments

from customer_platform.demo.retail import generate
from customer_platform.new_project import create_project
from customer_platform.publishing.catalogue import FILE_NAME

CUSTOMERS = {"small": [1_000], "full": [10_000, 100_000, 1_000_000]}
SECONDS = {"small": 10, "full": 60}
USERS, CALLS, SAMPLE = 20, 1_000, 500
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
    """What one size has taken.

    Attributes:
        customers: People of the demo.
        evidence_bytes: Size of the evidence that is published.
        run_seconds: The run that has built and published everything.
        start_seconds: From the start of the workbench to its first page.
        failures: How many requests were not answered with status 200.
        memory_bytes: Most resident memory of the workbench.
        timings: By kind of request.
    """

    customers: int
    evidence_bytes: int
    run_seconds: float
    start_seconds: float
    failures: int
    memory_bytes: int
    timings: dict[str, Timing]


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


def requests_of(catalogue: Path) -> list[list[Request]]:
    """What people ask for, by person of a sample: they are looked for in one way or another."""
    with duckdb.connect(str(catalogue), read_only=True) as connection:
        people = connection.execute(
            f"select customer_id, first_name, last_name, email, phone from customers "
            f"where email is not null and phone is not null and last_name is not null "
            f"order by hash(customer_id) limit {SAMPLE}"
        ).fetchall()
        orders = connection.execute(
            f"select order_id from transactions order by hash(order_id) limit {SAMPLE}"
        ).fetchall()
        records = connection.execute(
            f"select source || ':' || source_record_id from customer_records "
            f"order by hash(source_record_id) limit {SAMPLE}"
        ).fetchall()
    return [
        list(_of_person(person, order, record))
        for person, (order,), (record,) in zip(people, orders, records, strict=False)
    ]


def _of_person(person: tuple[str, ...], order: str, record: str) -> Iterator[Request]:
    customer, first, last, email, phone = person
    name = f"{first or ''} {last}".strip()
    middle = len(last) // 2
    misspelt = last[: middle - 1] + last[middle] + last[middle - 1] + last[middle + 1 :]
    typed = {
        "name": name,
        "half a name": name[: len(name) // 2 + 1],
        "misspelt name": f"{first or ''} {misspelt}",
        "email": email,
        "phone": phone,
        "order": order,
        "record": record,
        "ID": customer,
    }
    for kind, query in typed.items():
        yield Request(f"find by {kind}", "/find", {"q": query})
    yield Request("customer", f"/customers/{customer}")
    yield Request("API: search", "/api/customers", {"q": name})
    yield Request("API: customer", f"/api/customers/{customer}")
    yield Request("API: match", "/api/match", body={"record": {"email": email, "phone": phone}})


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
    program = Path(sys.executable).with_name("customer-platform")
    run = measure([program, "run", "--accept-map"], project, variables)
    published = home / "published"
    asked = requests_of(published / FILE_NAME)
    timings = Timings()
    began = time.perf_counter()
    with _served(program, project, variables) as (url, process):
        started = time.perf_counter() - began
        with _memory_of(process) as most:
            pages = [[e for e in each if e.body is None] for each in asked]
            _use(url, pages, seconds, timings)
            with httpx.Client(base_url=url) as client:
                calls = [e for each in asked for e in each if e.body is not None]
                for number in range(CALLS):
                    timings.ask(client, calls[number % len(calls)])
    return Figures(
        customers=customers,
        evidence_bytes=sum(path.stat().st_size for path in published.glob("evidence-*")),
        run_seconds=run.seconds,
        start_seconds=started,
        failures=timings.failures,
        memory_bytes=most(),
        timings=timings.by_kind(),
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
def _served(
    program: Path, project: Path, variables: dict[str, str]
) -> Iterator[tuple[str, psutil.Process]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        [program, "workbench", "--port", str(port)],
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


def main() -> None:
    """Measures, prints, and writes JSON."""
    arguments = sized_arguments(__doc__, CUSTOMERS, "customers")
    found = []
    for customers in arguments.customers or CUSTOMERS[arguments.scale]:
        with tempfile.TemporaryDirectory(prefix="workbench_", dir=arguments.folder) as folder:
            found.append(measure_size(Path(folder).resolve(), customers, SECONDS[arguments.scale]))
        each = found[-1]
        print(
            f"{each.customers:,} customers: built in {each.run_seconds:.0f} s, evidence of "
            f"{each.evidence_bytes / 2**20:,.0f} MiB, first page after {each.start_seconds:.1f} s, "
            f"{each.memory_bytes / 2**20:,.0f} MiB of memory, {each.failures} failures"
        )
        for kind, timing in each.timings.items():
            print(
                f"  {kind:<24}{timing.requests:>7,} requests, median {timing.median_ms:>7.1f} ms, "
                f"95 % within {timing.p95_ms:>7.1f} ms",
                flush=True,
            )
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(each) for each in found], indent=2) + "\n")
    if any(each.failures for each in found):
        raise CommandFailedError("something was not answered")


if __name__ == "__main__":
    try:
        main()
    except CommandFailedError as error:
        sys.exit(str(error))
