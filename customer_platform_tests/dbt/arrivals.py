"""Random days of a small company: what arrives, is corrected or deleted, and who becomes whom."""

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from customer_platform_tests.dbt.project import Project

FIRST_DAY = date(2026, 1, 1)
DAYS = 5
VISITORS = ("v1", "v2", "v3", "v4", "undefined")
# A visitor who logs in to all of them is nobody's.
MOST_ACCOUNTS = 2

# By entity, its records: source and number.
Records = Mapping[str, Iterable[tuple[str, str]]]


@dataclass(frozen=True)
class Step:
    """One run of the masters, and what happens before it.

    Attributes:
        first: The first day asked for, counted from 0.
        last: The last day, included.
        deleted: Days of them whose files are gone.
        seed: Of what the files hold and who moves to which ID.
        moves: How many records get another ID.
        builds: The models that the run builds before it fails; None if it doesn't.
        rebuilds: Whether the run builds everything anew.
    """

    first: int
    last: int
    deleted: frozenset[int]
    seed: int
    moves: int
    builds: tuple[str, ...] | None = None
    rebuilds: bool = False

    @property
    def is_built(self) -> bool:
        """Whether its days are built; those that aren't are asked for again."""
        return self.builds is None or "events" in self.builds

    @property
    def arguments(self) -> list[str]:
        """The arguments of its dbt run."""
        arguments = ["--full-refresh"] if self.rebuilds else []
        if self.builds is None:
            return arguments
        tags = ("tag:staging", "tag:identity", "tag:identity_over_maps")
        return [*arguments, "--select", *tags, *self.builds]


@dataclass(frozen=True)
class Company:
    """A small company, and what is compared of its masters.

    Attributes:
        models: The models of the masters that a run builds one after another, without the last,
            which settles it.
        tables: The masters that equal those of a rebuild.
        histories: By history, the master that it is of.
        open: Makes the maps of who is who.
        arrive: Lets the files of a step arrive, and records change hands.
    """

    models: tuple[str, ...]
    tables: tuple[str, ...]
    histories: Mapping[str, str]
    open: Callable[[Project], None]
    arrive: Callable[[Project, Step], None]

    def schedule(self, seed: int) -> list[Step]:
        """Four to six runs, each of a day or a range of days in any order, some files of them gone.

        One or more of the runs fail halfway, never the last, and some of those rebuild everything.
        """
        rng = random.Random(seed)
        steps: list[Step] = []
        runs = rng.randint(4, 6)
        failing = {rng.randrange(1, runs - 1), *(n for n in range(runs - 1) if rng.random() < 0.2)}
        for number in range(runs):
            first = rng.randrange(DAYS)
            last = min(DAYS - 1, first + rng.choice([0, 0, 1, DAYS]))
            if steps and not steps[-1].is_built:
                first, last = min(first, steps[-1].first), max(last, steps[-1].last)
            deleted = [rng.randint(first, last)] if rng.random() < 0.3 else []
            content, moves = rng.randrange(10**6), rng.randrange(5)
            builds = (
                self.models[: rng.randrange(len(self.models)) + 1] if number in failing else None
            )
            steps.append(
                Step(
                    first,
                    last,
                    frozenset(deleted),
                    content,
                    moves,
                    builds,
                    rebuilds=number in failing and rng.random() < 0.25,
                )
            )
        return steps


def day(number: int) -> str:
    """The ISO day of a number."""
    return (FIRST_DAY + timedelta(days=number)).isoformat()


def asked_days(step: Step) -> dict[str, object]:
    """The dbt variables that ask for the days of a step."""
    return {"partition_from": day(step.first), "partition_to": day(step.last)}


def moment(rng: random.Random, number: int) -> str:
    """A moment of the day, now and then just before or after midnight, or late by a day."""
    start = datetime.combine(FIRST_DAY + timedelta(days=number), datetime.min.time())
    minute = rng.choice([rng.randrange(0, 40), rng.randrange(1400, 1440), rng.randrange(600, 700)])
    if rng.random() < 0.1:
        minute -= 24 * 60
    return (start + timedelta(minutes=minute)).isoformat(sep=" ")


def value(of: object) -> str:
    """A value in SQL."""
    return "null" if of is None else f"'{of}'"


def insert(table: str, row: Mapping[str, object]) -> str:
    """The statement that adds a row to a table."""
    columns = ", ".join(f'"{column}"' for column in row)
    return f"insert into {table} ({columns}) values ({', '.join(map(value, row.values()))})"


def assign_ids(project: Project, records: Records) -> None:
    """Makes every record an entity of its own, in maps that know records before they arrive."""
    for entity, of_entity in records.items():
        for source, record in of_entity:
            project.insert(
                f"identity.{entity}_id_map",
                {
                    "source": source,
                    "source_record_id": record,
                    f"{entity}_id": f"{entity}_{source}_{record}",
                },
            )


def moves(rng: random.Random, step: Step, records: Records) -> list[str]:
    """The statements that give some records another ID: that of others, or a new one."""
    statements = []
    for _ in range(step.moves):
        entity = rng.choice(list(records))
        of_entity = list(records[entity])
        source, record = rng.choice(of_entity)
        source_of_other, other = of_entity[0]
        target = rng.choice([f"{entity}_{source_of_other}_{other}", f"{entity}_new_{step.seed}"])
        statements.append(
            f"update identity.{entity}_id_map set {entity}_id = '{target}', "
            f"linked_by_rule = 'email' where source = '{source}' and source_record_id = '{record}'"
        )
    return statements
