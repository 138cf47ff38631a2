"""How the asset checks of a run ended: counted, and in words."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class CheckCounts:
    """How the asset checks of a run ended.

    Attributes:
        passed: Checks that passed.
        warned: The checks that failed with severity WARN: the name, and what it says.
        failed: Those that failed with severity ERROR.
    """

    passed: int
    warned: tuple[str, ...]
    failed: tuple[str, ...]


def count_checks(evaluations: Iterable[tuple[str, bool, str, str | None]]) -> CheckCounts:
    """Counts check evaluations.

    Args:
        evaluations: Name, whether it passed, severity (WARN or ERROR) and what each says.
    """
    evaluations = list(evaluations)

    def failed(severity: str) -> tuple[str, ...]:
        return tuple(
            f"{name}: {said}" if said else name
            for name, passed, kind, said in evaluations
            if not passed and kind == severity
        )

    return CheckCounts(
        passed=sum(passed for _, passed, _, _ in evaluations),
        warned=failed("WARN"),
        failed=failed("ERROR"),
    )


def describe_checks(checks: CheckCounts) -> list[str]:
    """A line for each check that has not passed, those that only warn first.

    Args:
        checks: How the checks ended.
    """
    return [f"  warned: {check}" for check in checks.warned] + [
        f"  failed: {check}" for check in checks.failed
    ]
