"""From a change to production and back: on a copy of the demo, by the commands that people use."""

import json
import shutil
from pathlib import Path

import pytest

from customer_platform_tests.promotion.story import tell
from customer_platform_tests.support.street import (
    Street,
    break_contract,
    declare_otherwise,
    tighten,
)

CUSTOMERS = "select * from golden_records order by customer_id"
FACTS = "select * from transactions order by all"
REVENUE = "select currency, sum(amount) as amount from transactions group by all"


def test_a_change_is_planned_approved_applied_rolled_back_and_applied_again(
    street: Street,
) -> None:
    assert "Version 1 is in force" in street.run("apply", "--by", "anna@example.com")
    customers, facts = street.query(CUSTOMERS), street.query(FACTS)
    assert "Nothing differs from version 1" in street.plan(code=0)[1]

    tighten(street.project)
    before = street.state()
    plan, told = street.plan(code=1)
    assert "split into" in told
    assert "entity customer: changed: match_rules" in told
    assert street.state() == before

    file = str(street.project / "plan.json")
    assert "isn't approved" in street.run("apply", file, code=1)
    assert "somebody else" in street.run("approve", file, "--by", "Eva@example.com", code=1)
    assert "may not approve" in street.run("approve", file, "--by", "zoe@example.com", code=1)
    street.run("approve", file, "--by", "anna@example.com")
    assert street.state() == before
    assert "Version 2 is in force" in street.run("apply", plan, "--by", "eva@example.com")
    after = street.query(CUSTOMERS)
    assert after != customers
    revenue = street.query(REVENUE)
    assert f"plan {plan} on version 1, by eva@example.com, approved by anna" in street.run(
        "versions"
    )
    assert "in force already" in street.run("apply", plan, code=1)

    assert "Version 1 is in force" in street.run("roll-back", "--by", "ben@example.com")
    assert (street.query(CUSTOMERS), street.query(FACTS)) == (customers, facts)
    assert street.query(REVENUE) == revenue

    street.run("apply", plan, "--by", "eva@example.com")
    assert street.query(CUSTOMERS) == after
    assert [path.name for path in (street.home / "versions").iterdir() if path.name.isdigit()] in (
        ["1", "2"],
        ["2", "1"],
    )
    # Whoever has the way to what is published from before still reads what is in force.
    assert (street.home / "published/customer_platform.duckdb").exists()
    assert json.loads((street.home / "versions/2/version.json").read_text())["base"] == 1


@pytest.mark.slow
def test_the_same_inputs_print_the_same_plan(street: Street) -> None:
    street.run("apply", "--by", "anna@example.com")
    tighten(street.project)
    assert street.plan(code=1) == street.plan(code=1)


@pytest.mark.slow
def test_what_is_published_no_longer_breaks_a_contract_unless_it_is_accepted(
    street: Street,
) -> None:
    street.run("apply", "--by", "anna@example.com")
    break_contract(street.project)
    _, told = street.plan(code=2)
    assert "master.returns is no longer published; read by analysts" in told
    assert "breaks a contract" in street.run(
        "approve", str(street.project / "plan.json"), "--by", "anna@example.com", code=1
    )
    assert "Broken contracts (accepted)" in street.plan("--accept-broken", code=1)[1]


@pytest.mark.slow
def test_after_a_roll_back_a_day_gives_what_it_gives_without_the_change(
    street: Street, tmp_path: Path
) -> None:
    """And the change, applied again, has that day."""
    other = Street(tmp_path / "other", tmp_path / "never_changed")
    shutil.copytree(street.home, other.home, symlinks=True)
    for each in (street, other):
        each.run("apply", "--by", "anna@example.com")
    tighten(street.project)
    plan, _ = street.plan(code=1)
    street.run("approve", str(street.project / "plan.json"), "--by", "anna@example.com")
    street.run("apply", plan, "--by", "eva@example.com")
    late = "2024-03-01"
    for each in (street, other):
        [orders] = sorted(each.home.glob(f"landing/webshop/*/*{late}*"))[:1]
        lines = orders.read_text().splitlines(keepends=True)
        orders.write_text("".join(lines[:-1]))
    # It lands while the change is in force, and comes along.
    street.run("run", "--layer", "land", "--from", late, "--to", late)
    assert f"for {late} to {late}" in street.run("roll-back", "--by", "ben@example.com")
    street.run("run", "--from", late, "--to", late)
    other.run("run", "--from", late, "--to", late)
    assert street.query(CUSTOMERS) == other.query(CUSTOMERS)
    assert street.query(FACTS) == other.query(FACTS)
    facts = street.query(REVENUE)
    street.run("apply", plan, "--by", "eva@example.com")
    assert street.query(REVENUE) == facts
    assert street.query(CUSTOMERS) != other.query(CUSTOMERS)


@pytest.mark.slow
def test_a_day_is_landed_again_by_a_version_that_declares_its_table_otherwise(
    street: Street,
) -> None:
    street.run("apply", "--by", "anna@example.com")
    declare_otherwise(street.project)
    plan, _ = street.plan(code=1)
    street.run("approve", str(street.project / "plan.json"), "--by", "anna@example.com")
    street.run("apply", plan, "--by", "eva@example.com")
    late = "2024-03-01"
    day = ("--from", late, "--to", late)
    _shorten(street, late)
    street.run("run", *day)
    facts = street.query(FACTS)
    told = street.run("roll-back", "--by", "ben@example.com")
    assert "some of these days are missing in webshop__order_lines" in told
    assert street.query(FACTS) != facts
    street.run("run", *day)
    assert street.query(FACTS) == facts
    _shorten(street, late)
    street.run("run", *day)
    facts = street.query(FACTS)
    street.run("apply", plan, "--by", "eva@example.com")
    assert street.query(FACTS) == facts


def _shorten(street: Street, day: str) -> None:
    """Has the web shop deliver a day again, with a line less."""
    [orders] = street.home.glob(f"landing/webshop/order_lines/*{day}*")
    orders.write_text("".join(orders.read_text().splitlines(keepends=True)[:-1]))


@pytest.mark.slow
def test_the_story_of_make_story_goes_as_it_is_told(tmp_path: Path) -> None:
    tell(tmp_path)
