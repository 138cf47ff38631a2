"""What the checks on the health of a map look at, and what they have found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from customer_platform.declarations.health import ERROR, PerCustomer, Share
from customer_platform.identity.entities import noun, nouns
from customer_platform.identity.store import IdentityStore
from customer_platform.stewardship.explain.masking import Mask, unmasked
from customer_platform.stewardship.health.measures import Examined
from customer_platform.stewardship.health.profiles import Profile

if TYPE_CHECKING:
    import pandas as pd


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


# The figures of a check, and examples of what is beyond its bound.
Found = tuple[list[Figure], list[Said]]


@dataclass(frozen=True)
class Previous:
    """The figures of the run before.

    Attributes:
        figures: By check and subject.
    """

    figures: Mapping[tuple[str, str], Figure]

    def figure(self, check: str, subject: str) -> Figure | None:
        """A figure; None where there was none."""
        return self.figures.get((check, subject))

    def share(self, check: str, subject: str) -> float | None:
        """A figure as a share."""
        figure = self.figure(check, subject)
        return figure.share if figure else None


def previous_figures(store: IdentityStore, resolved_at: datetime | None) -> Previous:
    """The figures of the last run before this one; none before the first."""
    if not store.has(store.tables.health_runs) or resolved_at is None:
        return Previous({})
    kept = store.quoted.health_runs
    rows = store.connection.execute(
        f"select check_name, subject, found, total from {kept} where resolved_at = "
        f"(select max(resolved_at) from {kept} where resolved_at < ?)",
        [resolved_at],
    ).fetchall()
    return Previous(
        {(row[0], row[1]): Figure(row[1], row[2], row[3], beyond=False, text="") for row in rows}
    )


def keep_figures(store: IdentityStore, report: HealthReport) -> None:
    """Adds the figures of a run, in the place of what was kept of it."""
    kept = store.quoted.health_runs
    rows = [
        (report.resolved_at, check.name, each.subject, each.found, each.of, each.beyond)
        for check in report.checks
        for each in check.figures
    ]
    store.connection.execute(f"delete from {kept} where resolved_at = ?", [report.resolved_at])
    if rows:
        store.connection.executemany(f"insert into {kept} values (?, ?, ?, ?, ?, ?)", rows)


def figures_over_runs(store: IdentityStore, runs: int = 60) -> "pd.DataFrame":
    """The figures of the last runs.

    Returns:
        One row per run, check and subject, oldest first: resolved_at, check_name, subject, share
        (of what it is of; the number itself where it is of nothing), beyond.
    """
    kept = store.quoted.health_runs
    found: pd.DataFrame = store.connection.execute(
        f"select resolved_at, check_name, subject, "
        f"case when total is null then found when total = 0 then 0 else found / total end as share,"
        f" beyond from {kept} where resolved_at in (select distinct resolved_at from {kept} "
        f"order by resolved_at desc limit {runs}) order by resolved_at, check_name, subject"
    ).df()
    return found


@dataclass(frozen=True)
class Looked:
    """What the checks look at.

    Attributes:
        at: Records and map.
        entity: What is resolved.
        resolved_at: The run that made the map.
        records: Records in the map.
        customers: Customers they are.
        previous: The figures of the run before.
        profiles: What the sources deliver; see `source_profiles`.
    """

    at: Examined
    entity: str
    resolved_at: datetime | None
    records: int
    customers: int
    previous: Previous
    profiles: Sequence[Profile]

    def counted(self, number: int) -> str:
        """`1 customer`, `2,000 customers`."""
        return f"{number:,} {noun(self.entity) if number == 1 else nouns(self.entity)}"


def is_beyond(found: int, of: int, bound: PerCustomer | Share) -> bool:
    """Whether so many are more than are tolerated, and a larger share than is right."""
    return found > bound.tolerated and found > bound.share * of


def share_text(found: float, of: float) -> str:
    """`1.5% of 200`."""
    return f"{found / of if of else 0:.1%} of {of:,}"
