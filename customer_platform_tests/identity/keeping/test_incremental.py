"""However a state is reached, it is that of resolving everything."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import duckdb
from hypothesis import given
from hypothesis import strategies as st

from customer_platform.identity import Delta, Override, ResolutionRules, update_map
from customer_platform.identity.keeping.similar_tables import similar_rules
from customer_platform.identity.overrides import check_overrides
from customer_platform_tests.identity.helpers import (
    DAY_1,
    OUTPUT,
    Record,
    Row,
    customers,
    ids_by_record,
    load,
)
from customer_platform_tests.identity.keeping.kept import (
    check_constraints,
    check_history,
    check_proofs,
    check_registry,
    read_tables,
)
from customer_platform_tests.identity.reference import (
    comparable_values,
    record_order,
    resolve_plainly,
)
from customer_platform_tests.identity.similar.stub import keep_pairs, stub_weights
from customer_platform_tests.identity.strategies import (
    random_overrides,
    random_rules,
    random_similar_rules,
    record_name,
    sparse_values,
)
from customer_platform_tests.support.examples import examples

RECORDS = 12

Values = tuple[str | None, ...]


@dataclass(frozen=True)
class Step:
    """What happens between two runs.

    Attributes:
        changes: Per number of a record, its values from now on, or None when it is deleted.
        overrides: These are added, or removed where they are there.
        repeated: Numbers of records that are given again although they are as they were.
    """

    changes: dict[int, Values | None]
    overrides: list[Override]
    repeated: set[int]


numbers = st.integers(0, RECORDS - 1)
steps = st.builds(
    Step,
    changes=st.dictionaries(numbers, st.one_of(sparse_values, st.none()), max_size=3),
    overrides=st.one_of(st.just([]), random_overrides(RECORDS)),
    repeated=st.sets(numbers, max_size=3),
)
first_records = st.dictionaries(numbers, sparse_values, max_size=RECORDS)


def toggled(overrides: list[Override], changes: list[Override]) -> list[Override]:
    """The overrides after a step; what says the opposite of one that is there replaces it."""
    by_sides = {entry.sides: entry for entry in overrides}
    for change in changes:
        if by_sides.get(change.sides) == change:
            del by_sides[change.sides]
        else:
            by_sides[change.sides] = change
    return check_overrides(list(by_sides.values()))


def rows_of(records: dict[int, Values]) -> list[Row]:
    return [(*record_name(number), *values) for number, values in records.items()]


class Databases:
    """The same records kept up in three ways, and what the map was after every run."""

    def __init__(self, opened: list[duckdb.DuckDBPyConnection]) -> None:
        self.by_snapshots, self.by_everything, self.by_changes = opened
        self.moment: datetime = DAY_1 - timedelta(days=1)
        self.live: set[str] = set()
        self.maps: dict[datetime, dict[Record, str]] = {}

    def update(
        self,
        records: dict[int, Values],
        step: Step,
        rules: ResolutionRules,
        overrides: list[Override],
        *,
        needs_all: bool,
    ) -> None:
        """Brings all three up to date, and checks that they are the same and right."""
        self.moment += timedelta(days=1)
        rows = rows_of(records)

        def update(connection: duckdb.DuckDBPyConnection, delta: Delta, **options: Any) -> None:
            if similar_rules(rules):
                keep_pairs(connection, rows, rules)
            update_map(
                connection, delta, rules, OUTPUT, self.moment, overrides=overrides, **options
            )

        update(self.by_snapshots, Delta(load(self.by_snapshots, rows)))
        update(self.by_everything, Delta(load(self.by_everything, rows)), everything=True)
        if needs_all:
            update(self.by_changes, Delta(load(self.by_changes, rows)))
        else:
            given_again = {number for number in step.repeated if number in records}
            came = {number for number, values in step.changes.items() if values} | given_again
            gone = [record_name(n) for n, values in step.changes.items() if values is None]
            load(self.by_changes, rows_of({number: records[number] for number in came}))
            load(self.by_changes, gone, "gone")
            update(self.by_changes, Delta("records", "gone", is_complete=False))
        self._check(rows, rules, overrides)

    def _check(self, rows: list[Row], rules: ResolutionRules, overrides: list[Override]) -> None:
        expected = read_tables(self.by_everything)
        assert read_tables(self.by_snapshots) == expected
        assert read_tables(self.by_changes) == expected
        connection = self.by_snapshots
        order = record_order(connection, rows)
        plain = resolve_plainly(rows, rules, overrides, order, stub_weights(rows, rules))
        assert customers(connection) == plain.customers
        check_proofs(connection)
        check_constraints(connection, comparable_values(rows, rules), rules, overrides)
        self.live = check_registry(connection, self.live)
        self.maps[self.moment] = ids_by_record(connection)
        check_history(connection, self.maps)


def check_steps(
    first: dict[int, Values],
    rules: ResolutionRules,
    following: list[Step],
    overrides: list[Override],
) -> None:
    """Takes three databases through the steps, each in its way, and compares them after each."""
    with duckdb.connect() as one, duckdb.connect() as two, duckdb.connect() as three:
        databases = Databases([one, two, three])
        records = dict(first)
        applied = check_overrides(overrides)
        databases.update(records, Step({}, [], set()), rules, applied, needs_all=True)
        for step in following:
            records |= {number: values for number, values in step.changes.items() if values}
            records = {n: v for n, v in records.items() if step.changes.get(n, v)}
            applied = toggled(applied, step.overrides)
            databases.update(records, step, rules, applied, needs_all=False)


@given(
    first=first_records,
    rules=random_rules(),
    following=st.lists(steps, min_size=1, max_size=4),
    overrides=st.one_of(st.just([]), random_overrides(RECORDS)),
)
@examples(4)
def test_updating_by_what_has_changed_gives_what_resolving_everything_gives(
    first: dict[int, Values],
    rules: ResolutionRules,
    following: list[Step],
    overrides: list[Override],
) -> None:
    check_steps(first, rules, following, overrides)


@given(
    first=first_records,
    rules=random_similar_rules(),
    following=st.lists(steps, min_size=1, max_size=4),
    overrides=st.one_of(st.just([]), random_overrides(RECORDS)),
)
@examples(2)
def test_the_same_holds_of_rules_that_link_similar_records(
    first: dict[int, Values],
    rules: ResolutionRules,
    following: list[Step],
    overrides: list[Override],
) -> None:
    check_steps(first, rules, following, overrides)


@given(
    first=first_records,
    rules=st.lists(st.one_of(random_rules(), random_similar_rules()), min_size=2, max_size=3),
    step=steps,
)
@examples(3)
def test_changed_rules_give_what_resolving_everything_by_them_gives(
    first: dict[int, Values], rules: list[ResolutionRules], step: Step
) -> None:
    with duckdb.connect() as one, duckdb.connect() as two, duckdb.connect() as three:
        databases = Databases([one, two, three])
        records = dict(first)
        nothing = Step({}, [], set())
        for chosen in rules:
            databases.update(records, nothing, chosen, [], needs_all=True)
        records |= {number: values for number, values in step.changes.items() if values}
        records = {n: v for n, v in records.items() if step.changes.get(n, v)}
        overrides = check_overrides(step.overrides)
        databases.update(records, step, rules[-1], overrides, needs_all=False)
