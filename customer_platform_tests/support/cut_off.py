"""Runs that end half-way: by an exception at one of their steps, or by a real SIGKILL."""

import importlib
import multiprocessing
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

# Between these a run may be cut off.
_STEPS = (
    "customer_platform.privacy.carry_out.keep_sought",
    "customer_platform.privacy.carry_out.plan_landing",
    "customer_platform.privacy.carry_out.remove_decisions",
    "customer_platform.privacy.carry_out.forget_truth",
    "customer_platform.privacy.carry_out.erase_rows",
    "customer_platform.privacy.carry_out.empty_old_values",
    "customer_platform.privacy.carry_out.finish_landing",
    "customer_platform.privacy.carry_out.add_event",
    "customer_platform.privacy.landed.note_rewritten",
    "customer_platform.privacy.landed._write",
    "customer_platform.privacy.landed.rewrite_files",
    "customer_platform.ingestion.rewrite.put_in_place",
    "customer_platform_tests.support.company.update_map",
)

# What children need, so that each finds it imported.
_PRELOADED = [
    "customer_platform_tests.support.erasure_lives",
    "customer_platform_tests.promotion.test_killed_steps",
]


class Killed(BaseException):
    """The process is gone."""


@contextmanager
def killed_at(step: int | None) -> Iterator[None]:
    """Cuts a run off before or after one of its steps.

    Args:
        step: Which; none where there are fewer.
    """
    count = 0

    def reached() -> None:
        nonlocal count
        count += 1
        if count == step:
            raise Killed

    with pytest.MonkeyPatch.context() as patch:
        for name in _STEPS if step is not None else ():
            module, _, function = name.rpartition(".")
            there = importlib.import_module(module)
            real = getattr(there, function)

            def stepped(*arguments: Any, real: Any = real, **named: Any) -> Any:
                reached()
                result = real(*arguments, **named)
                reached()
                return result

            patch.setattr(there, function, stepped)
        yield


def in_a_child(work: Callable[..., object], arguments: Sequence[Any], seconds: float) -> bool:
    """Does something in a process of its own, which is killed with SIGKILL if it takes too long.

    The process is forked from one that has no threads: a fork of this one may wait for ever for
    what a thread of it had locked.

    Args:
        work: What it does: a function of a module.
        arguments: What that is given.
        seconds: After how long it is killed.

    Returns:
        Whether it was killed before it ended by itself.

    Raises:
        AssertionError: It has failed by itself.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOADED)
    process = context.Process(target=work, args=arguments)
    process.start()
    process.join(seconds)
    if process.is_alive():
        process.kill()
    process.join()
    assert process.exitcode in (0, -signal.SIGKILL)
    return process.exitcode != 0
