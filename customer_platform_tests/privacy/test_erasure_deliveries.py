"""What is delivered later does not bring anybody back, and takes nobody else along."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from customer_platform.privacy.requests import add_event
from customer_platform_tests.support.company import Company
from customer_platform_tests.support.erasure_lives import History, deliver
from customer_platform_tests.support.people import HER, PEOPLE, day_of, subscribed
from customer_platform_tests.support.small_retail import tables


def records_of_hers(company: Company) -> list[tuple[str, str]]:
    return [
        row
        for row in company.rows("select source, source_record_id from identity.source_lookup")
        if row in HER.records
    ]


def test_a_source_that_delivers_for_the_first_time_does_not_bring_her_back(
    company: Company,
) -> None:
    deliver(company, 0, "crm/customers", "webshop/customers")
    company.run()
    company.ask("crm", HER.crm)
    company.run()
    rows = [subscribed(HER.email, "other-1"), subscribed("somebody@else.nl", "other-2")]
    company.land("newsletter", "subscribers", day_of(1), rows)
    done = company.run()
    assert sum(done.kept_out.values()) == 1
    assert company.rows("select subscriber_id from raw.newsletter__subscribers") == [("other-2",)]


def test_a_source_whose_only_record_was_hers_does_not_bring_her_back(company: Company) -> None:
    deliver(company, 0, "crm/customers")
    company.land("newsletter", "subscribers", day_of(0), [subscribed(HER.email, HER.subscriber)])
    company.run()
    company.ask("newsletter", HER.subscriber)
    history = History(company)
    history.run()
    assert history.prove() == []
    assert company.rows("select * from identity.customer_id_history where source <> 'crm'") == []
    company.land("newsletter", "subscribers", day_of(1), [subscribed(HER.email, HER.subscriber)])
    company.run()
    assert company.rows("select * from raw.newsletter__subscribers") == []


def test_a_warehouse_that_is_built_anew_from_old_files_does_not_hold_her(company: Company) -> None:
    deliver(company, 0)
    company.run()
    company.ask("crm", HER.crm)
    company.run()
    deliver(company, 0)
    company.begin_anew()
    company.run()
    assert records_of_hers(company) == []
    assert (
        company.rows(f"select * from raw.webshop__order_lines where CustomerID = {HER.account}")
        == company.rows(f"select * from raw.web__events where account_id = {HER.account}")
        == []
    )


def test_whoever_is_kept_out_no_longer_may_be_delivered_again(company: Company) -> None:
    deliver(company, 0)
    company.run()
    request = company.ask("crm", HER.crm)
    company.run()
    deliver(company, 1)
    company.run()
    assert records_of_hers(company) == []
    add_event(company.environment, request.number, "withdrawn", reason="back again")
    deliver(company, 1)
    company.run()
    assert ("crm", HER.crm) in records_of_hers(company)


@pytest.mark.parametrize(
    ("row", "is_hers"),
    [
        ({"email": HER.email, "first_name": "Y.", "last_name": "Z"}, True),
        ({"email": HER.email, "last_name": "Anybody"}, True),
        ({"email": HER.email, "first_name": "Otto", "last_name": HER.last}, False),
        ({"phone": HER.phone}, True),
        ({"phone": HER.phone, "last_name": HER.last}, True),
        ({"phone": HER.phone, "first_name": HER.first, "last_name": HER.last}, True),
        ({"phone": HER.phone, "first_name": "Yannick", "last_name": HER.last}, False),
        ({"phone": HER.phone, "first_name": "Otto", "last_name": "Other"}, False),
    ],
)
def test_a_relative_with_the_same_phone_or_email_is_somebody_else(
    company: Company, row: dict[str, Any], is_hers: bool
) -> None:
    moment = {"updated_at": "2024-01-05 10:00:00", "country": "NL"}
    hers = {"phone": HER.phone, "first_name": HER.first, "last_name": HER.last}
    account = {"customer_id": HER.account, "email": HER.email, **hers, **moment}
    company.land("webshop", "customers", day_of(0), [account])
    company.run()
    company.ask("webshop", str(HER.account))
    company.run()
    company.land("webshop", "customers", day_of(1), [{"customer_id": 999, **row, **moment}])
    done = company.run()
    assert sum(done.kept_out.values()) == is_hers
    assert company.rows("select customer_id from raw.webshop__customers") == (
        [] if is_hers else [(999,)]
    )


def test_of_whom_is_only_kept_out_what_was_there_stays(company: Company) -> None:
    deliver(company, 0)
    company.run()
    company.ask("crm", HER.crm, kind="suppress")
    deliver(company, 1)
    company.run()
    days = "select count(distinct _partition) from raw.crm__customers where customer_id = "
    assert company.rows(f"{days} '{HER.crm}'") == [(1,)]
    assert company.rows(f"{days} '{PEOPLE[4].crm}'") == [(2,)]


def test_a_legal_hold_makes_an_erasure_wait_until_it_has_ended(company: Company) -> None:
    deliver(company, 0)
    company.run()
    today = datetime.now(UTC).date()
    request = company.ask("crm", HER.crm, hold_until=today, hold_reason="a lawsuit")
    assert company.run().erased == ()
    assert records_of_hers(company)
    path = company.environment.privacy / "requests.jsonl"
    until = (today - timedelta(days=1)).isoformat()
    path.write_text(
        path.read_text().replace(today.isoformat() + '", "hold_reason', f'{until}", "hold_reason')
    )
    assert company.run().erased == (request.number,)
    assert records_of_hers(company) == []


def test_whoever_shares_an_address_with_her_stays_and_may_come_later(company: Company) -> None:
    husband = subscribed(HER.email, "husband") | {"first_name": "Wobbe", "last_name": "Anders"}
    deliver(company, 0)
    company.land("newsletter", "subscribers", day_of(0), [husband])
    company.run()
    company.ask("crm", HER.crm)
    company.run()
    company.land("newsletter", "subscribers", day_of(1), [husband])
    company.run()
    kept = company.rows("select distinct subscriber_id, email from raw.newsletter__subscribers")
    assert kept == [("husband", HER.email)]


def test_of_two_who_share_an_address_the_name_tells_who_comes_back(company: Company) -> None:
    husband = subscribed(HER.email, "husband") | {"first_name": "Wobbe", "last_name": "Anders"}
    names = {"first_name": HER.first, "last_name": HER.last}
    deliver(company, 0, "crm/customers")
    hers = subscribed(HER.email, HER.subscriber) | names
    company.land("newsletter", "subscribers", day_of(0), [husband, hers])
    company.run()
    company.ask("newsletter", HER.subscriber)
    company.run()
    hers = subscribed(HER.email, "new-number") | names
    company.land("newsletter", "subscribers", day_of(1), [husband, hers])
    company.run()
    kept = company.rows("select distinct subscriber_id from raw.newsletter__subscribers")
    assert kept == [("husband",)]


def test_who_uses_her_device_later_keeps_their_own_visits(company: Company) -> None:
    visit = {"anonymous_id": HER.visitor, "event_type": "page_view"}
    hers = visit | {"event_id": "e1", "account_id": HER.account,
                    "occurred_at": f"{day_of(0)}T10:00:00"}  # fmt: skip
    other = PEOPLE[5]
    theirs = visit | {"event_id": "e2", "account_id": other.account,
                      "occurred_at": f"{day_of(1)}T10:00:00"}  # fmt: skip
    deliver(company, 0)
    company.land("web", "events", day_of(0), [hers])
    company.run()
    company.ask("crm", HER.crm)
    company.run()
    company.land("web", "events", day_of(1), [theirs])
    company.run()
    kept = "select event_id, anonymous_id, account_id from raw.web__events order by 1"
    [(_, pseudonym, nobody), row] = company.rows(kept)
    assert nobody is None
    assert pseudonym.startswith("erased-")
    assert row == ("e2", HER.visitor, other.account)


def test_a_number_of_hers_in_a_key_becomes_another_number(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    [table] = [each for _, each in tables() if each.name == "order_lines"]
    monkeypatch.setattr(table, "primary_key", ["InvoiceNo", "StockCode", "CustomerID"])
    company.land("webshop", "order_lines", day_of(0), [
        {"InvoiceNo": "I1", "StockCode": code, "Quantity": 1, "UnitPrice": "1.0000",
         "InvoiceDate": f"{day_of(0)} 12:00:00", "CustomerID": account}
        for code, account in (("P1", HER.account), ("P2", HER.account), ("P3", 5))
    ])  # fmt: skip
    company.run()
    company.ask("webshop", str(HER.account))
    company.run()
    numbers = "select distinct CustomerID from raw.webshop__order_lines order by 1"
    [(other,), (hers,)] = company.rows(numbers)
    assert other == 5
    assert hers not in (None, HER.account)
    [path] = (company.environment.landing / "webshop" / "order_lines").iterdir()
    assert str(HER.account) not in path.read_text()
    assert path.read_text().count(str(hers)) == 2


@pytest.mark.parametrize("primary_key", [["receipt_id", "line_number"], []])
@pytest.mark.parametrize("personal", [["receipt_id"], ["receipt_id", "line_number"]])
def test_a_personal_number_of_a_receipt_is_gone_from_the_masters_at_once(
    company: Company,
    monkeypatch: pytest.MonkeyPatch,
    personal: list[str],
    primary_key: list[str],
) -> None:
    [table] = [each for _, each in tables() if each.name == "receipt_lines"]
    monkeypatch.setattr(table, "primary_key", primary_key)
    for column in personal:
        monkeypatch.setattr(table.columns[column], "personal", "identifier")
    moment = datetime.fromisoformat(f"{day_of(0)} 12:00:00")
    company.land("pos", "receipt_lines", day_of(0), [
        {"receipt_id": number, "line_number": line, "store": "Amersfoort", "sold_at": moment,
         "loyalty_card": card, "product_code": "P1", "quantity": 1, "currency": "EUR",
         "unit_price": Decimal("2.50")}
        for number, line, card in (
            (" r-hers-77", 1, HER.card), (" r-hers-77", 2, HER.card), ("R-others", 1, "LC-1"))
    ])  # fmt: skip
    company.run()
    company.ask("pos", HER.card)
    History(company).run()
    facts = "select * from master.transactions order by transaction_id"
    at_once = company.rows(facts)
    assert len(at_once) == 3
    assert "r-hers" not in str(at_once).lower()
    company.run(everything=True)
    assert company.rows(facts) == at_once
