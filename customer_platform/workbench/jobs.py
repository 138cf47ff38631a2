"""Work that takes longer than a page: one job after the other, whose progress can be asked for."""

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from customer_platform.errors import CustomerPlatformError
from customer_platform.identity.resolve import Progress
from customer_platform.publishing.catalogue import Moment

_KEPT = 50
# Whoever waits in a queue of more is better told to come back.
_MOST_WAITING = 5


@dataclass
class Job:
    """A piece of work.

    Attributes:
        owner: Who has started it, and alone sees it.
        moment: The publication that it is about.
        share: How much of it is done.
        phase: What it does now.
        result: What came of it, once it has ended well.
        fault: Why it has failed, once it has.
    """

    owner: str
    moment: Moment
    share: float = 0.0
    phase: str = "waiting"
    result: str | None = None
    fault: str | None = None

    @property
    def has_ended(self) -> bool:
        """Whether it is over."""
        return self.result is not None or self.fault is not None


@dataclass
class Jobs:
    """The jobs of a workbench; those of the publication in force are remembered."""

    _pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(max_workers=1))
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _jobs: "OrderedDict[str, Job]" = field(default_factory=OrderedDict)

    def start(self, owner: str, moment: Moment, work: Callable[[Progress], str]) -> str | None:
        """Starts a job as soon as those before it have ended.

        Args:
            owner: Who starts it.
            moment: The publication that it is about.
            work: What it does; is told how to say how far it is, and returns what came of it.

        Returns:
            Its key; None when too many are waiting.
        """
        with self._lock:
            if sum(not each.has_ended for each in self._jobs.values()) >= _MOST_WAITING:
                return None
            self._drop_others(moment)
            key = secrets.token_urlsafe(9)
            job = self._jobs[key] = Job(owner, moment)
            while len(self._jobs) > _KEPT:
                self._jobs.popitem(last=False)
        self._pool.submit(_run, job, work)
        return key

    def get(self, key: str, owner: str, moment: Moment) -> Job | None:
        """The job of a key, for who has started it; None once something newer is published."""
        with self._lock:
            self._drop_others(moment)
            job = self._jobs.get(key)
        return job if job is not None and job.owner == owner else None

    def _drop_others(self, moment: Moment) -> None:
        """What was found in an earlier publication may be of people who are erased since."""
        for key in [key for key, job in self._jobs.items() if job.moment != moment]:
            del self._jobs[key]


def _run(job: Job, work: Callable[[Progress], str]) -> None:
    def progress(share: float, phase: str) -> None:
        job.share, job.phase = share, phase

    try:
        job.result = work(progress)
    except CustomerPlatformError as error:
        job.fault = str(error)
    except BaseException as error:
        # Whoever waits would wait for ever; the pool keeps the error for nobody.
        job.fault = f"an unexpected {type(error).__name__}"
        raise
