"""Somebody is told what is known, and erased; the tests run in the order of the file."""

import json
import shutil
from pathlib import Path

import dagster as dg
import pytest
from click.testing import CliRunner

from customer_platform.asset_keys import CERTIFICATES, ERASURES
from customer_platform.cli.privacy import privacy
from customer_platform.declarations import declarations_of
from customer_platform.errors import PrivacyError
from customer_platform.privacy.disclosure import disclose
from customer_platform.privacy.inventory import record_person, take_inventory
from customer_platform.privacy.people import Wanted
from customer_platform.privacy.requests import add_event, read_request, read_requests
from customer_platform.privacy.scan import scan
from customer_platform_tests.support.demos import TOLD, BuiltDemo, DemoCopy
from customer_platform_tests.support.homes import rows, run_job, value

# Somebody with records of several sources, purchases and events.
_SOMEBODY = """
    select customer_id
    from identity.customer_id_map
    where
        customer_id in (select customer_id from master.events)
        and customer_id in (select customer_id from master.transactions)
        and customer_id in (select customer_id from identity.customer_id_map where source = 'crm')
    group by customer_id
    order by count(distinct source) desc, customer_id
    limit 1
"""
_TOTALS = {
    "transactions": "select partition_date, source, transaction_type, currency, count(*), "
    "sum(quantity), sum(amount) from master.transactions group by all order by all",
    "events": "select partition_date, event_type, count(*) from master.events "
    "group by all order by all",
    "sessions": "select partition_date, count(*), sum(event_count) from master.sessions "
    "group by all order by all",
    "returns": "select partition_date, sum(quantity), sum(amount) from master.returns "
    "group by all order by all",
}


@pytest.fixture(scope="module", autouse=True)
def _only_a_home(copy: DemoCopy) -> None:
    """Takes out what the tests keep beside the demo."""
    for name in ("built.duckdb", TOLD):
        (copy.environment.home / name).unlink(missing_ok=True)


@pytest.fixture(scope="module")
def somebody(copy: DemoCopy) -> str:
    """The customer ID of the person."""
    return str(value(copy.environment, _SOMEBODY))


@pytest.fixture(scope="module")
def email(copy: DemoCopy, somebody: str) -> str:
    """An email address that nobody else has."""
    query = f"select email from master.customers where customer_id = '{somebody}'"
    return str(value(copy.environment, query))


@pytest.fixture(scope="module")
def before(copy: DemoCopy) -> dict[str, object]:
    """The totals before anything is erased."""
    return {name: rows(copy.environment, query) for name, query in _TOTALS.items()}


def _run(copy: DemoCopy, job: str) -> dg.ExecuteInProcessResult:
    result = run_job(copy.instance, job, copy.days[-1], copy.days[-1])
    assert result.success
    return result


def _checks(result: dg.ExecuteInProcessResult, key: dg.AssetKey) -> dict[str, bool]:
    return {
        each.check_name: each.passed
        for each in result.get_asset_check_evaluations()
        if each.asset_key == key
    }


def _records(copy: DemoCopy, somebody: str) -> int:
    query = f"select count(*) from identity.customer_id_map where customer_id = '{somebody}'"
    return int(value(copy.environment, query))


def test_a_person_is_told_what_is_known(
    copy: DemoCopy, somebody: str, email: str, tmp_path: Path
) -> None:
    disclosure = disclose(copy.environment, Wanted(emails=[email.upper()]))
    assert disclosure.person.ids["customer"] == (somebody,)
    written = disclosure.write(tmp_path / "out")
    assert email in written[0].read_text()
    stated = json.loads(written[1].read_text())
    tables = stated["tables"]
    assert {"raw.crm__customers", "master.golden_records", "master.transactions"} <= set(tables)
    assert tables["master.golden_records"]["published"] == ["published", "published_masked"]
    assert "Links, from the founding record" in stated["links"][somebody]
    with pytest.raises(PrivacyError, match="isn't empty"):
        disclosure.write(tmp_path / "out")


def test_a_dry_run_records_nothing(copy: DemoCopy, email: str) -> None:
    said = CliRunner().invoke(
        privacy,
        ["erase", "--email", email, "--reason", "r", "--requested-by", "d", "--dry-run"],
    )
    assert said.exit_code == 0, said.output
    assert "master.transactions" in said.output
    assert "Nothing was recorded." in said.output
    assert not read_requests(copy.environment)


def test_who_is_erased_is_nowhere_and_totals_stay(
    copy: DemoCopy, somebody: str, email: str, before: dict[str, object]
) -> None:
    environment = copy.environment
    person = take_inventory(environment, Wanted(emails=[email]), rows=False).person
    request = record_person(environment, person, kind="erase", reason="r", requested_by="dpo")
    assert email not in (environment.privacy / "requests.jsonl").read_text()
    result = _run(copy, "refresh")
    assert _checks(result, ERASURES) == {"totals_stay": True, "landed_files_are_rewritten": True}
    assert set(_checks(result, CERTIFICATES).values()) == {True}
    assert {name: rows(environment, query) for name, query in _TOTALS.items()} == before
    assert _records(copy, somebody) == 0
    assert read_request(environment, request.number).state == "certified"
    certificate = environment.privacy / "certificates" / f"{request.number}.json"
    assert json.loads(certificate.read_text())["found"] == []
    # As the certificate says, but by values of our own.
    assert scan(environment.home, [email]).places == ()
    with pytest.raises(PrivacyError, match="nobody is found"):
        take_inventory(environment, Wanted(emails=[email]))


def test_lines_of_the_erased_are_nobodys_and_the_ledger_says_nothing(copy: DemoCopy) -> None:
    ledger = value(copy.environment, "select count(*) from master.restatements")
    assert ledger == 0
    lost = value(
        copy.environment,
        "select count(*) from master.transactions where customer_id is null "
        "and source_record_id is not null",
    )
    assert lost == 0


def test_a_later_delivery_does_not_bring_the_erased_back(
    copy: DemoCopy, retail: BuiltDemo, somebody: str, email: str
) -> None:
    environment = copy.environment
    _deliver_again(copy, retail)
    result = _run(copy, "main")
    assert _records(copy, somebody) == 0
    assert _checks(result, CERTIFICATES)["nobody_who_is_kept_out_is_back"]
    [request] = read_requests(environment).values()
    assert request.kept_out > 0
    assert scan(environment.landing, [email]).places == ()


@pytest.mark.slow
def test_who_is_let_in_again_comes_back_with_the_next_delivery(
    copy: DemoCopy, retail: BuiltDemo, email: str
) -> None:
    environment = copy.environment
    [request] = read_requests(environment)
    add_event(environment, request, "withdrawn", reason="has signed up again")
    _deliver_again(copy, retail)
    _run(copy, "main")
    assert take_inventory(environment, Wanted(emails=[email]), rows=False).person.records


def _deliver_again(copy: DemoCopy, retail: BuiltDemo) -> None:
    """Puts the files of the last day where they were, as their sources had delivered them."""
    for source in declarations_of(copy.environment).sources.values():
        for path in (retail.home / "landing" / source.source).rglob(f"*{copy.days[-1]}*"):
            there = copy.environment.landing / path.relative_to(retail.home / "landing")
            shutil.copy(path, there)
