"""An erasure that is refused does nothing; one that is cut off is finished by the next run."""

from pathlib import Path
from typing import Any

import pytest

from customer_platform.errors import PrivacyError
from customer_platform.privacy import carry_out, erase
from customer_platform.privacy.requests import add_event, read_requests
from customer_platform.privacy.scan import Sought, scan
from customer_platform.privacy.secret import read_secret
from customer_platform.privacy.values import sought_path
from customer_platform_tests.support.company import Company
from customer_platform_tests.support.company_state import landed
from customer_platform_tests.support.cut_off import Killed
from customer_platform_tests.support.erasure_lives import History, deliver
from customer_platform_tests.support.people import HER, PEOPLE, day_of, subscribed


def _visits(cookie: str) -> list[dict[str, Any]]:
    """A visit after she logged in, and one before."""
    visit = {"anonymous_id": cookie, "event_type": "page_view"}
    return [
        visit | {"event_id": "e1", "account_id": HER.account,
                 "occurred_at": f"{day_of(5)}T10:00:00"},
        visit | {"event_id": "e2", "occurred_at": f"{day_of(5)}T09:00:00"},
    ]  # fmt: skip


def test_a_record_that_turns_out_to_be_hers_later_is_forgotten_and_proved(
    company: Company,
) -> None:
    deliver(company, 0, "crm/customers")
    # Nothing ties the two together yet.
    rows = [subscribed(HER.email, HER.subscriber), subscribed("old@mail.nl", "late-found")]
    company.land("newsletter", "subscribers", day_of(0), rows)
    history = History(company)
    history.run()
    request = company.ask("newsletter", HER.subscriber)
    history.run()
    assert history.prove() == []
    company.land("newsletter", "subscribers", day_of(1), [subscribed(HER.email, "late-found")])
    history.run()
    assert read_requests(company.environment)[request.number].state == "erased"
    assert history.prove() == []
    assert ("newsletter", "late-found") in history.gone
    assert read_requests(company.environment)[request.number].state == "certified"


def test_a_cookie_of_hers_that_comes_with_the_run_that_erases_her_is_replaced(
    company: Company,
) -> None:
    deliver(company, 0)
    company.run()
    company.ask("crm", HER.crm)
    company.land("web", "events", day_of(5), _visits("cookie-of-hers"))
    history = History(company)
    history.run()
    cookies = "select count(*) from raw.web__events where anonymous_id = 'cookie-of-hers'"
    assert company.rows(cookies) == [(0,)]
    assert history.prove() == []


def test_where_a_total_would_change_nothing_at_all_is_erased(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(company, 0)
    company.run()
    with company.decisions.open("a") as file:
        file.write(f"different,crm,{HER.crm},crm,{PEOPLE[4].crm},s,2024-01-01,unlike\n")
    before = (landed(company), company.decisions.read_text())
    raw = company.rows("select * from raw.crm__customers order by all")
    company.ask("crm", HER.crm)
    totals = iter(range(1_000))
    for _ in range(2):
        with monkeypatch.context() as patch:
            patch.setattr(erase, "_totals", lambda *_: [(next(totals),)])
            with pytest.raises(PrivacyError, match="nothing was erased"):
                company.run()
        assert (landed(company), company.decisions.read_text()) == before
        assert company.rows("select * from raw.crm__customers order by all") == raw
        company.open()


def test_a_request_that_was_cancelled_after_a_run_was_cut_off_changes_no_file(
    company: Company,
) -> None:
    deliver(company, 0)
    company.run()
    before = landed(company)
    request = company.ask("crm", HER.crm)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("customer_platform.privacy.carry_out.erase_rows", _dies)
        with pytest.raises(Killed):
            company.run()
    company.open()
    add_event(company.environment, request.number, "withdrawn", reason="changed her mind")
    company.run()
    assert landed(company) == before


def _dies(*_: Any) -> None:
    raise Killed


@pytest.mark.parametrize("step", ["finish_landing", "add_event"])
def test_what_a_run_found_before_it_was_cut_off_is_proved_and_kept_out(
    company: Company, step: str, tmp_path: Path
) -> None:
    deliver(company, 0)
    events = _visits("cookie-of-hers")
    company.land("web", "events", day_of(5), events)
    company.run()
    requests = [company.ask("crm", HER.crm), company.ask("crm", PEOPLE[4].crm)]
    real = getattr(carry_out, step)
    with pytest.MonkeyPatch.context() as patch:

        def dies(*arguments: Any, **named: Any) -> Any:
            if "erased" in arguments or (
                not arguments[1:] and (company.environment.privacy / "landing_plan.json").exists()
            ):
                raise Killed
            return real(*arguments, **named)

        patch.setattr(f"customer_platform.privacy.carry_out.{step}", dies)
        with pytest.raises(Killed):
            company.run()
    company.open()
    company.run()
    known = read_requests(company.environment)
    for request in requests:
        each = known[request.number]
        assert (each.state, each.sought) == ("erased", requests[0].number)
        assert each.rows["raw.crm__customers"] == 2
        assert each.digests["visitor"]
    environment = company.environment
    kept = Sought.read(sought_path(environment, requests[0].number), read_secret(environment))
    for number, email in enumerate((HER.email, PEOPLE[4].email)):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "told.txt").write_text(email)
        assert scan(folder, kept).found
    # Delivered once more, the visit says nothing of her.
    company.land("web", "events", day_of(5), events)
    company.run()
    cookies = "select count(*) from raw.web__events where anonymous_id = 'cookie-of-hers'"
    assert company.rows(cookies) == [(0,)]
