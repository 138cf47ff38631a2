"""Six people and what sources deliver of them, day by day."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from customer_platform_tests.support.company import FIRST_DAY

# Source, table and day -> rows, each with the records that it is of: (source, number).
Record = tuple[str, str]
Row = tuple[dict[str, Any], frozenset[Record]]
Deliveries = dict[tuple[str, str, str], list[Row]]


@dataclass(frozen=True)
class Somebody:
    """A person as sources know them.

    Attributes:
        number: Which of the six.
        first: First name.
        last: Last name.
        email: Email address.
        card: Loyalty card.
    """

    number: int
    first: str
    last: str
    email: str
    card: str

    @property
    def phone(self) -> str:
        """Phone number."""
        return f"+3168765432{max(1, self.number)}"

    @property
    def account(self) -> int:
        """Account of the web shop."""
        return 81_000_000 + self.number

    @property
    def crm(self) -> str:
        """Number in the CRM."""
        return f"crm-7000000{self.number}"

    @property
    def subscriber(self) -> str:
        """Number of the newsletter's subscriber."""
        return f"subscriber-900000{self.number}"

    @property
    def former_email(self) -> str:
        """An email address that nothing ties to the others."""
        return f"{self.first.lower()}@before-{self.number}.example"

    @property
    def former_subscriber(self) -> str:
        """Number of the subscriber with that address."""
        return f"subscriber-800000{self.number}"

    @property
    def bridge(self) -> str:
        """Number in the CRM of the record that ties that address to a card."""
        return f"crm-6000000{self.number}"

    @property
    def visitor(self) -> str:
        """Cookie."""
        return f"visitor-5f3a{self.number}"

    @property
    def records(self) -> set[Record]:
        """All records that they may have."""
        return {
            ("crm", self.crm), ("webshop", str(self.account)), ("newsletter", self.subscriber),
            ("pos", self.card),
        }  # fmt: skip


# The second shares the first one's phone and last name, the third the card.
PEOPLE = (
    Somebody(0, "Quirinia", "Vandersloot", "quirinia.vdsloot@example.org", "LC-00998870"),
    Somebody(1, "Wobbe", "Vandersloot", "wobbe.vdsloot@example.org", "LC-00998871"),
    Somebody(2, "Xanthippe", "Okonkwo", "xanthippe.o@example.com", "LC-00998870"),
    Somebody(3, "Yevgeniya", "Zarathustra", "yev.zara@example.net", "LC-00998873"),
    Somebody(4, "Zacharias", "Quickenborne", "zach.q@example.net", "LC-00998874"),
    Somebody(5, "Ulrika", "Oxenstierna", "ulrika.ox@example.se", "LC-00998875"),
)


def day_of(number: int) -> str:
    """The day of a delivery, ISO."""
    return (FIRST_DAY + timedelta(days=number)).isoformat()


def deliveries_of(number: int, random: Random) -> Deliveries:
    """What is delivered on a day."""
    day = day_of(number)
    found: Deliveries = {}

    def add(source: str, table: str, row: dict[str, Any], *records: Record) -> None:
        found.setdefault((source, table, day), []).append((row, frozenset(records)))

    for person in PEOPLE:
        if person.number != 5 or number > 1:
            add("crm", "customers", _crm(person, day, random), ("crm", person.crm))
        if random.random() < 0.6:
            add("webshop", "customers", _account(person, day), ("webshop", str(person.account)))
        if random.random() < 0.4:
            add("newsletter", "subscribers", _subscriber(person, day),
                ("newsletter", person.subscriber))  # fmt: skip
        for line in range(random.randrange(3)):
            add("webshop", "order_lines", _order_line(person, day, line, random),
                ("webshop", str(person.account)))  # fmt: skip
        if random.random() < 0.5:
            add("pos", "receipt_lines", _receipt_line(person, day, random), ("pos", person.card))
        # At the screens of the last two, who always log in, others sit at times.
        is_last = person.number > 3
        for event in range(random.randrange(is_last, 3)):
            row = _event(person, number, event, random, is_known=is_last and event == 0)
            visitor = person if random.random() < 0.9 or is_last else PEOPLE[4]
            row["anonymous_id"] = visitor.visitor
            known = [("webshop", str(person.account))] if row["account_id"] else []
            add("web", "events", row, *known)
    return found


def _crm(person: Somebody, day: str, random: Random) -> dict[str, Any]:
    return {
        "customer_id": person.crm, "first_name": person.first, "last_name": person.last,
        "email": person.email, "phone": person.phone if random.random() < 0.8 else None,
        "birth_date": f"198{person.number}-0{person.number + 1}-17",
        "street": f"{person.last}, \"laan\" {person.number}", "postcode": f"123{person.number} AB",
        "city": "Amersfoort", "country": "NL", "loyalty_card": person.card,
        "email_consent": "true", "created_at": f"{day} 08:00:00", "updated_at": f"{day} 09:00:00",
    }  # fmt: skip


def _account(person: Somebody, day: str) -> dict[str, Any]:
    return {
        "customer_id": person.account, "first_name": person.first, "last_name": person.last,
        "email": person.email, "phone": person.phone, "country": "NL",
        "registered_at": f"{day} 08:00:00", "updated_at": f"{day} 10:00:00",
    }  # fmt: skip


def _subscriber(person: Somebody, day: str) -> dict[str, Any]:
    return {
        "subscriber_id": person.subscriber, "email": person.email, "first_name": person.first,
        "last_name": person.last, "status": "subscribed", "subscribed_at": f"{day}T08:00:00",
        "updated_at": f"{day}T11:00:00",
    }  # fmt: skip


def _order_line(person: Somebody, day: str, line: int, random: Random) -> dict[str, Any]:
    return {
        "InvoiceNo": f"I{day.replace('-', '')}{person.number}", "StockCode": f"P{line}",
        "Description": "a thing", "Quantity": random.randrange(1, 5),
        "InvoiceDate": f"{day} 12:00:00", "UnitPrice": "9.5000", "CustomerID": person.account,
        "Country": "Netherlands",
    }  # fmt: skip


def _receipt_line(person: Somebody, day: str, random: Random) -> dict[str, Any]:
    return {
        "receipt_id": f"R{day}{person.number}", "line_number": 1, "store": "Main",
        "sold_at": datetime.fromisoformat(f"{day} 15:00:00"), "loyalty_card": person.card,
        "email": person.email if random.random() < 0.5 else None, "product_code": "T",
        "description": "thing", "quantity": 1, "unit_price": Decimal("5.00"), "currency": "EUR",
    }  # fmt: skip


def _event(
    person: Somebody, number: int, event: int, random: Random, *, is_known: bool
) -> dict[str, Any]:
    is_known = is_known or random.random() < 0.5
    return {
        "event_id": f"e-{number}-{person.number}-{event}",
        "account_id": person.account if is_known else None,
        "event_type": "page_view", "occurred_at": f"{day_of(number)}T12:0{event}:00",
        "url": f"/of/{person.account}" if is_known else "/hello", "utm_source": "ad",
        "properties": {"of": person.account} if is_known else {},
    }  # fmt: skip


def former_subscriber(person: Somebody, day: str) -> Row:
    """The subscriber with somebody's former address, of a day."""
    row = subscribed(person.former_email, person.former_subscriber)
    updated = {"updated_at": f"{day}T10:00:00"}
    return row | updated, frozenset({("newsletter", person.former_subscriber)})


def bridge(person: Somebody, other: Somebody, day: str) -> Row:
    """A record of the CRM that ties somebody's former address to somebody's card."""
    row = {
        "customer_id": person.bridge, "email": person.former_email, "country": "NL",
        "loyalty_card": other.card, "created_at": f"{day} 08:00:00",
        "updated_at": f"{day} 09:00:00",
    }  # fmt: skip
    return row, frozenset({("crm", person.bridge)})


HER = PEOPLE[3]


def subscribed(email: str, number: str) -> dict[str, Any]:
    """A subscriber of whom the newsletter knows the address alone."""
    return {
        "subscriber_id": number, "email": email, "status": "subscribed",
        "updated_at": "2024-01-05T10:00:00",
    }  # fmt: skip
