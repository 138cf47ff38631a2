"""What a check on the health of a map has found, and how it is said."""

from dataclasses import dataclass
from typing import NamedTuple

from customer_platform.stewardship.explain.masking import Mask, unmasked
from customer_platform.stewardship.health.bounds import ERROR


class Value(NamedTuple):
    """A value of the records, which is personal until it is masked.

    Attributes:
        column: Its column; decides how it is masked.
        value: The value.
    """

    column: str
    value: str


# What is said, in parts, so that values can be masked.
Said = tuple[str | Value, ...]


def say(said: Said, mask: Mask = unmasked) -> str:
    """The text of what is said, its values masked."""
    return "".join(mask(*part) if isinstance(part, Value) else part for part in said)


@dataclass(frozen=True)
class Figure:
    """A number that a check looks at.

    Attributes:
        subject: What it is of: a source and match key, a rule; empty for the whole map.
        found: What was counted, or a share when it is of nothing.
        of: Of how many.
        beyond: Whether it is beyond the check's bound.
        text: What it says.
    """

    subject: str
    found: float
    of: float | None
    beyond: bool
    text: str

    @property
    def share(self) -> float:
        """The number as a share, from 0 to 1 where it is of something."""
        return self.found if self.of is None else self.found / self.of if self.of else 0.0


@dataclass(frozen=True)
class HealthCheck:
    """A check and what it has found.

    Attributes:
        name: Its name, which is that of its bound in YAML.
        severity: `warn` or `error`.
        holds: What it holds the map to.
        figures: The numbers it looked at; none when it has nothing to look at.
        examples: Of what is beyond its bound.
        cause: What is likely wrong then.
        advice: What to do.
    """

    name: str
    severity: str
    holds: str
    figures: tuple[Figure, ...]
    examples: tuple[Said, ...]
    cause: str
    advice: str

    @property
    def applies(self) -> bool:
        """Whether there is anything to look at."""
        return bool(self.figures)

    @property
    def beyond(self) -> tuple[Figure, ...]:
        """The figures beyond the bound."""
        return tuple(figure for figure in self.figures if figure.beyond)

    @property
    def passed(self) -> bool:
        """Whether every figure keeps to the bound."""
        return not self.beyond

    @property
    def is_error(self) -> bool:
        """Whether it has failed and is to be taken as an error."""
        return not self.passed and self.severity == ERROR

    def lines(self) -> list[str]:
        """What was found, a line per figure beyond the bound; without any, the highest figure."""
        if not self.applies:
            return ["There is nothing to look at"]
        if not self.passed:
            return [figure.text for figure in self.beyond]
        highest = max(self.figures, key=lambda figure: figure.share)
        if len(self.figures) == 1:
            return [highest.text]
        return [f"{len(self.figures)} figures keep to it; the highest: {highest.text}"]


@dataclass(frozen=True)
class HealthReport:
    """The health of a map.

    Attributes:
        entity: What is resolved.
        resolved_at: The run that made the map, UTC, as ISO text.
        records: Records in the map.
        customers: Customers they are.
        checks: The checks that aren't off.
    """

    entity: str
    resolved_at: str
    records: int
    customers: int
    checks: tuple[HealthCheck, ...]

    @property
    def failed(self) -> tuple[HealthCheck, ...]:
        """The checks that have failed."""
        return tuple(check for check in self.checks if not check.passed)

    @property
    def has_errors(self) -> bool:
        """Whether a check has failed whose severity is error."""
        return any(check.is_error for check in self.checks)
