"""What is read once for every publication."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from customer_platform.publishing.catalogue import Moment
from customer_platform.workbench.jobs import Jobs
from customer_platform.workbench.kept import PerPublication

_FIRST = Moment(datetime(2026, 1, 1), Path("evidence-1.duckdb"))


@dataclass
class _Thing:
    """A publication and an entity, as far as it matters here."""

    moment: Moment = _FIRST
    entity: str = "customer"


def test_it_is_read_again_for_another_publication_or_entity_alone() -> None:
    read: list[tuple[Any, Any]] = []
    kept: PerPublication[int] = PerPublication(
        lambda published, entity: read.append((published, entity)) or len(read)  # type: ignore[func-returns-value]
    )
    # Whose evidence is written again, as after an erasure, is published another time.
    first, second = _Thing(), _Thing(Moment(datetime(2026, 1, 1), Path("evidence-2.duckdb")))
    buyer = _Thing(entity="buyer")
    asked = [(first, first), (first, first), (first, buyer), (second, first), (second, first)]
    assert [kept.of(*each) for each in asked] == [1, 1, 2, 3, 3]  # type: ignore[arg-type]


def test_whoever_asks_meanwhile_waits_for_what_is_being_read() -> None:
    calls: list[str] = []
    ready = threading.Event()

    def read(published: Any, entity: Any) -> str:
        calls.append(entity.entity)
        ready.wait(10)
        return "read"

    kept: PerPublication[str] = PerPublication(read)
    with ThreadPoolExecutor(4) as threads:
        waiting = [threads.submit(kept.of, _Thing(), _Thing()) for _ in range(4)]  # type: ignore[arg-type]
        ready.set()
        assert [each.result() for each in waiting] == ["read"] * 4
    assert calls == ["customer"]


def test_what_was_found_in_a_publication_goes_with_it() -> None:
    jobs = Jobs()
    before, now = Moment(datetime(2026, 1, 1)), Moment(datetime(2026, 1, 2))
    key = jobs.start("eva", before, lambda progress: "Jan Jansen would leave")
    assert key is not None
    assert jobs.get(key, "eva", before) is not None
    assert jobs.get(key, "noor", before) is None
    assert jobs.get(key, "eva", now) is None
    assert jobs.get(key, "eva", before) is None
