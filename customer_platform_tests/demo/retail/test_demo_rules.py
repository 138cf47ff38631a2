"""What the rules of the demo make of the people who are easily taken for one."""

from itertools import combinations
from pathlib import Path

import duckdb
import pandas as pd
import pytest

import customer_platform
from customer_platform.declarations import read_rules
from customer_platform.demo import DemoSummary
from customer_platform.demo.randomness import Window
from customer_platform.demo.retail.people import People, make_people
from customer_platform.identity import ResolutionRules, pairwise_accuracy
from customer_platform.identity.frames import ResolvedRecords, resolve
from customer_platform_tests.demo.retail.exact_rules import KEYS, read_records
from customer_platform_tests.demo.retail.kinds import (
    couples_of,
    namesakes_of,
    person_ids,
    twins_of,
)
from customer_platform_tests.support.retail_demo import DAYS, END

RULES = read_rules(
    Path(customer_platform.__file__).parent / "defs/retail/identity/defs.yaml"
).model_copy(update={"updated_at": None})
EXACT = RULES.model_copy(update={"match_rules": [rule for rule in RULES.match_rules if rule.match]})


@pytest.fixture(scope="module")
def people(demo: DemoSummary) -> People:
    return make_people(42, 1_500, Window.ending(END, DAYS))


@pytest.fixture(scope="module")
def records(demo: DemoSummary) -> pd.DataFrame:
    found = read_records(demo.landing).rename(columns={key: f"{key}_key" for key in KEYS})
    return found.replace("", None)


def resolved(
    records: pd.DataFrame, rules: ResolutionRules, demo: DemoSummary
) -> tuple[ResolvedRecords, pd.DataFrame]:
    """The map, and per record its customer, person and first name."""
    found = resolve(records, rules)
    mapped = found.customer_id_map.to_pandas().rename(columns={"record_id": "source_record_id"})
    named = ["source", "source_record_id"]
    return found, mapped.merge(pd.read_parquet(demo.truth), on=named).merge(
        records[[*named, "first_name_key"]], on=named
    )


def merged_people(members: pd.DataFrame) -> set[frozenset[str]]:
    """Pairs of people with records of one customer."""
    return {
        frozenset(pair)
        for customer in members.groupby("customer_id")["person_id"].unique()
        for pair in combinations(customer, 2)
    }


def test_exact_rules_merge_no_twins_no_namesakes_and_no_couple_by_their_own_names(
    demo: DemoSummary, records: pd.DataFrame, people: People
) -> None:
    _, members = resolved(records, EXACT, demo)
    merged = merged_people(members)
    twins, namesakes = person_ids(twins_of(people)), person_ids(namesakes_of(people))
    assert len(twins) >= 3
    assert len(namesakes) >= 3
    assert not merged & twins
    assert not merged & namesakes
    # A record without a first name, as a card's, may be either's.
    by_name = merged_people(members[members["first_name_key"].notna()])
    assert not by_name & person_ids(couples_of(people))


def test_without_the_limit_on_first_names_they_merge_twins_and_couples(
    demo: DemoSummary, records: pd.DataFrame, people: People
) -> None:
    """Fails if the demo has nobody who would be merged, so that the test above says nothing."""
    limits = {key: most for key, most in EXACT.limits.items() if key != "first_name"}
    _, members = resolved(records, EXACT.model_copy(update={"limits": limits}), demo)
    merged = merged_people(members[members["first_name_key"].notna()])
    assert merged & person_ids(twins_of(people))
    assert merged & (person_ids(couples_of(people)) - person_ids(twins_of(people)))


def test_all_rules_are_right_about_nearly_everybody_and_merge_no_twins(
    demo: DemoSummary, records: pd.DataFrame, people: People
) -> None:
    found, members = resolved(records, RULES, demo)
    with duckdb.connect() as connection:
        connection.register("found", found.customer_id_map)
        accuracy = pairwise_accuracy(
            connection,
            "select source, record_id as source_record_id, customer_id from found",
            f"select * from '{demo.truth}'",
        )
    assert accuracy.f1 >= 0.97
    assert not merged_people(members) & person_ids(twins_of(people))
