"""Erasures in the marketplace and in b2b, where one person is several things."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from customer_platform.environment import load_environment
from customer_platform.privacy.people import Person, PersonRecord, Wanted
from customer_platform.privacy.scan import scan
from customer_platform.project import REPOSITORY
from customer_platform.stewardship.explain.model import RecordName
from customer_platform_tests.support.demos import TOLD, BuiltDemo, variables
from customer_platform_tests.support.erased_demo import ErasedDemo, erased_demo
from customer_platform_tests.support.homes import copy_home

_BOTH = """
select party_id from identity.party_id_map group by 1
having count(distinct split_part(source, '/', 1)) = 2 order by count(*) desc, 1 limit 1
"""
_SELLER = """
select seller_id from master.transactions where seller_id is not null
group by 1 order by count(*) desc, 1 limit 1
"""
# A contact of the help desk who asked as both: one row, two records.
_CONTACT_OF_BOTH = "select contact_id from raw.helpdesk__contacts where role = 'both' limit 1"
_CONTACT = """
select contact_id from master.events where contact_id is not null and account_id is not null
group by 1 order by count(*) desc, 1 limit 1
"""
# An account that is the parent of others, as the CRM's own numbers say.
_PARENT = """
select map.account_id from identity.account_id_map as map
inner join raw.crm__accounts as child
on map.source = 'crm' and map.source_record_id = child.parent_account_id
group by 1 order by count(distinct child.account_id) desc, 1 limit 1
"""
_SUBSIDIARY = """
select account_id from master.account_hierarchy where parent_account_id is not null
and subsidiary_count = 0 order by 1 limit 1
"""


def erase(demo: ErasedDemo, wanted: Wanted) -> Person:
    """Erases somebody; whatever is of others stays."""
    before = demo.totals()
    person = demo.ask(wanted)
    others = demo.of_others(person)
    done = demo.carry_out()
    assert done.kept_files == ()
    assert demo.delivered() == others
    assert demo.totals() == before
    return person


def by_id(demo: ErasedDemo, query: str) -> Wanted:
    """Somebody by the ID that a query gives."""
    [(number,)] = demo.rows(query)
    return Wanted(customers=[number])


def landed_numbers(demo: ErasedDemo, *sources: str, person: Person) -> list[str]:
    """Where the landed files of sources hold the person's numbers."""
    numbers = [each.record_id for each in person.records if len(each.record_id) > 5]
    return [
        f"{source}/{place.path}"
        for source in sources
        for place in scan(demo.environment.landing / source, numbers).places
    ]


def test_who_buys_and_sells_is_erased_as_both(marketplace: BuiltDemo, tmp_path: Path) -> None:
    demo = erased_demo(marketplace, tmp_path)
    person = erase(demo, by_id(demo, _BOTH))
    assert {each.entity for each in person.records} == {"buyer", "seller"}
    assert set(person.ids) == {"buyer", "seller", "party"}
    assert landed_numbers(demo, "app", "helpdesk", "seller_portal", person=person) == []


def test_a_parent_account_is_erased_and_its_subsidiaries_stay(
    b2b: BuiltDemo, tmp_path: Path
) -> None:
    demo = erased_demo(b2b, tmp_path)
    person = erase(demo, by_id(demo, _PARENT))
    assert {each.entity for each in person.records} == {"account"}
    # Those of the ERP are too short to be told from others.
    assert landed_numbers(demo, "crm", person=person) == []
    numbers = [each.record_id for each in person.records if each.source == "crm"]
    named = "select count(*) from raw.crm__{} where {} in (select unnest($numbers))"
    assert numbers
    for table, column in (("accounts", "parent_account_id"), ("contacts", "account_id")):
        query = named.format(table, column).replace("$numbers", str(numbers))
        assert demo.rows(query) == [(0,)], table


@pytest.mark.slow
@pytest.mark.parametrize("query", [_CONTACT, _SUBSIDIARY])
def test_a_contact_and_a_subsidiary_are_erased_and_nobody_else(
    b2b: BuiltDemo, tmp_path: Path, query: str
) -> None:
    demo = erased_demo(b2b, tmp_path)
    erase(demo, by_id(demo, query))


@pytest.mark.slow
def test_a_seller_is_erased_and_the_orders_stay(marketplace: BuiltDemo, tmp_path: Path) -> None:
    demo = erased_demo(marketplace, tmp_path)
    person = erase(demo, by_id(demo, _SELLER))
    assert landed_numbers(demo, "app", "seller_portal", person=person) == []


@pytest.mark.slow
def test_a_row_of_two_records_goes_with_both(marketplace: BuiltDemo, tmp_path: Path) -> None:
    demo = erased_demo(marketplace, tmp_path)
    [(number,)] = demo.rows(_CONTACT_OF_BOTH)
    person = erase(demo, Wanted(records=[RecordName("helpdesk", number)]))
    both = {PersonRecord(each, "helpdesk", number) for each in ("buyer", "seller")}
    assert both <= set(person.records)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "query"),
    [
        ("marketplace", _BOTH), ("marketplace", _SELLER),
        ("b2b", _CONTACT), ("b2b", _PARENT), ("b2b", _SUBSIDIARY),
    ],
)  # fmt: skip
def test_after_an_erasure_masters_are_those_of_a_rebuild(
    request: pytest.FixtureRequest, model: str, query: str, tmp_path: Path
) -> None:
    demo: BuiltDemo = request.getfixturevalue(model)
    environment = load_environment(variables(model, tmp_path))
    copy_home(demo.home, environment)
    for name in (*tmp_path.glob("[bcr]*.duckdb"), tmp_path / TOLD):
        name.unlink()
    done = subprocess.run(
        [sys.executable, "-m", "customer_platform_tests.support.erase_and_rebuild",
         demo.days[0], demo.days[-1], query],
        cwd=REPOSITORY, env=variables(model, tmp_path), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-5_000:]
    assert json.loads(done.stdout.splitlines()[-1]) == {
        "succeeded": [True, True],
        "failed": [],
        "state": "certified",
        "totals_stay": True,
        "other_than_rebuilt": [],
    }
