"""What can't be carried out is said clearly, and nothing of it is half done."""

import subprocess
import sys

import pytest
from click.testing import CliRunner, Result

from customer_platform.cli import main
from customer_platform.errors import PrivacyError
from customer_platform.privacy.certificate import certify, forget_identities, to_certify
from customer_platform.privacy.people import Wanted, find_person
from customer_platform.privacy.requests import read_requests
from customer_platform.privacy.secret import VARIABLE
from customer_platform.project import REPOSITORY
from customer_platform_tests.support.company import Company
from customer_platform_tests.support.company_state import everything_of
from customer_platform_tests.support.erasure_lives import History, deliver
from customer_platform_tests.support.people import HER, PEOPLE

_ASKING = ("privacy", "erase", "--reason", "r", "--requested-by", "them")
_COMMAND = "from customer_platform.cli import main; main()"


@pytest.fixture
def told(company: Company, monkeypatch: pytest.MonkeyPatch) -> Company:
    """The company on its first day, to which commands are told; nobody has its warehouse open."""
    monkeypatch.setenv("CUSTOMER_PLATFORM_HOME", str(company.environment.home))
    monkeypatch.delenv(VARIABLE, raising=False)
    deliver(company, 0)
    company.run()
    company.connection.close()
    return company


def ask(*options: str) -> Result:
    """Runs the command in this process."""
    return CliRunner().invoke(main, [*_ASKING, *options])


def process(command: str, *arguments: str) -> "subprocess.Popen[str]":
    """Runs Python in another process."""
    return subprocess.Popen(
        [sys.executable, "-c", command, *arguments], cwd=REPOSITORY, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def refused(result: Result, said: str, company: Company) -> None:
    """A command has said why it did nothing, and has recorded nothing."""
    assert (result.exit_code, said in result.output) == (1, True), result.output
    assert "Traceback" not in result.output
    assert read_requests(company.environment) == {}


def test_two_who_ask_for_one_person_at_once_are_both_carried_out(told: Company) -> None:
    record = f"crm:{HER.crm}"
    asking = [process(_COMMAND, *_ASKING, "--record", record) for _ in range(2)]
    said = [each.communicate()[0] for each in asking]
    assert [each.returncode for each in asking] == [0, 0], said
    told.open()
    history = History(told)
    history.run()
    assert history.prove(HER.email) == []
    requests = read_requests(told.environment)
    assert [each.state for each in requests.values()] == ["certified", "certified"]
    assert len(list((told.environment.privacy / "certificates").glob("*.html"))) == 2


def test_who_asks_beside_a_run_is_told_to_ask_again(told: Company) -> None:
    held = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print(1, flush=True); input()"
    with process(held, str(told.environment.warehouse)) as run:
        assert run.stdout is not None
        run.stdout.readline()
        result = ask("--record", f"crm:{HER.crm}", "--now")
        run.communicate("\n")
    refused(result, "can't be opened now, as a run holds it: try again", told)


def test_somebody_unknown_is_not_found(told: Company) -> None:
    refused(ask("--email", "nobody@example.com"), "nobody is found", told)
    refused(ask("--customer", "c_00000000000000000000"), "nobody is found", told)
    refused(ask("--record", "crm:0"), "nobody is found", told)


@pytest.mark.parametrize("others", [None, "0" * 64])
def test_without_its_secret_a_home_records_no_request(told: Company, others: str | None) -> None:
    told.open()
    number = told.ask("crm", PEOPLE[0].crm).number
    told.connection.close()
    take_secret(told, others)
    result = ask("--record", f"crm:{HER.crm}")
    assert (result.exit_code, "secret" in result.output) == (1, True), result.output
    assert list(read_requests(told.environment)) == [number]


def take_secret(company: Company, others: str | None) -> None:
    """Takes the secret away, or puts another one in its place."""
    path = company.environment.privacy / "secret"
    path.unlink()
    if others is not None:
        path.write_text(others)


def test_a_run_without_the_secret_changes_nothing_and_the_next_one_makes_up_for_it(
    company: Company,
) -> None:
    history = History(company)
    history.deliver(0)
    history.run()
    before = everything_of(company)
    company.ask("crm", HER.crm)
    path = company.environment.privacy / "secret"
    secret = path.read_text()
    without = ((None, "is missing: put its file back"), ("0" * 64, "is another secret"))
    for others, said in without:
        take_secret(company, others)
        with pytest.raises(PrivacyError, match=said):
            history.run()
        assert everything_of(company) == before
        path.write_text(secret)
    history.run()
    # Between the run and its certificate.
    requests = to_certify(company.environment)
    for others, said in without:
        take_secret(company, others)
        with pytest.raises(PrivacyError, match=said):
            forget_identities(company.connection, company.environment)
        with pytest.raises(PrivacyError, match=said):
            certify(company.environment, requests)
        assert to_certify(company.environment) == requests
        assert not (company.environment.privacy / "certificates").exists()
        path.write_text(secret)
    assert history.prove(HER.email) == []


def test_of_a_customer_who_was_merged_since_only_who_had_asked_is_erased(company: Company) -> None:
    history = History(company)
    history.deliver(0)
    person, other = PEOPLE[1], PEOPLE[4]
    history.merge(1, 1)
    history.part()
    request = company.ask("newsletter", person.former_subscriber)
    [former] = request.ids["customer"]
    # The record that ties the two comes before the run.
    history.merge(1, 4)
    assert ("newsletter", person.former_subscriber) in history.gone
    assert ("crm", other.crm) not in history.gone
    assert company.rows(
        f"select count(*) from identity.customer_id_map where source_record_id = '{other.crm}'"
    ) == [(1,)]
    assert company.rows(
        f"select count(*) from identity.customer_id_map where customer_id = '{former}'"
    ) == [(0,)]
    assert history.prove(person.former_email) == []


def test_who_is_named_by_a_former_id_is_the_customer_that_it_became(company: Company) -> None:
    history = History(company)
    history.deliver(0)
    history.merge(4, 4)
    history.part()
    ids = "select customer_id from identity.customer_id_map where source_record_id = "
    [(former,)] = company.rows(f"{ids}'{PEOPLE[4].former_subscriber}'")
    [(kept,)] = company.rows(f"{ids}'{PEOPLE[4].crm}'")
    history.merge(4, 4)
    asked = [find_person(company.connection, company.declarations.entities,
                         Wanted(customers=[each])) for each in (former, kept)]  # fmt: skip
    assert asked[0] == asked[1]
    assert former in (*asked[0].ids["customer"], *asked[0].former_ids["customer"])
    assert len(asked[0].records) > 2
