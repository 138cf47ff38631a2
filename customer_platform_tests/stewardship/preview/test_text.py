from decimal import Decimal

from customer_platform.stewardship.explain.model import KeyValue, RecordName
from customer_platform.stewardship.preview import (
    Change,
    ChangedLink,
    Part,
    Revenue,
    RulePreview,
    Totals,
    text,
)

TOTALS = Totals(
    records=1000,
    new_records=0,
    gone_records=0,
    moved_records=12,
    customers_now=500,
    customers_then=495,
    unchanged=480,
    merging=14,
    merged=6,
    splitting=3,
    parts=7,
    largest_now=9,
    largest_then=12,
    refused_now=1,
    refused_then=4,
)
LINK = ChangedLink(
    record=RecordName("crm", "1"),
    linked_to=RecordName("web", "2"),
    rule="email",
    values=(KeyValue("email", "email_key", "a@x"),),
    sharing=5,
    reason=None,
)
MERGE = Change(
    kind="merge",
    customer_id="c_1",
    customers=3,
    records=8,
    moved_records=5,
    parts=(Part("c_1", 3), Part("c_2", 4)),
    links_by_rule=(("email", 2),),
    links=(LINK,),
    revenue=(("EUR", Decimal("1234.5")),),
)


def _preview(**changes: object) -> RulePreview:
    given: dict[str, object] = {
        "totals": TOTALS,
        "links": (("email", 100, 90),),
        "changes": (MERGE,),
        "revenue": (Revenue("EUR", Decimal(2000), Decimal("-3"), 4),),
        "buyers": (300, 299),
        "same_rules": False,
    }
    return RulePreview(**(given | changes))  # type: ignore[arg-type]


def _lines(preview: RulePreview) -> list[str]:
    return [" ".join(line.split()) for line in text.render(preview).splitlines()]


def test_the_numbers_stand_beside_each_other_with_their_difference() -> None:
    lines = _lines(_preview())
    assert lines[0] == "With these rules 12 records of 1,000 (1.20%) get another customer."
    assert "customers 500 495 -5" in lines
    assert "with transactions 300 299 -1" in lines
    assert "largest, in records 9 12 +3" in lines
    assert "refused links 1 4 +3" in lines
    assert "email 100 90 -10" in lines
    assert "14 merge into 6" in lines
    assert "3 split into 7" in lines


def test_a_change_names_customers_links_values_and_revenue() -> None:
    lines = _lines(_preview())
    assert "The 1 biggest of 9 changes" in lines
    assert lines[-4:] == [
        "1. 3 customers become c_1: 8 records, of which 5 move, with EUR 1,234.50",
        "from c_1 (3), c_2 (4), 1 more",
        "crm:1 - web:2 by email: email = a@x (5 records have it)",
        "in all, links between them: 2 by email",
    ]


def test_a_split_names_why_the_link_is_no_more() -> None:
    link = ChangedLink(LINK.record, LINK.linked_to, "email", (), None, "there is no rule")
    split = Change("split", "c_1", 2, 2, 1, (), (("email", 1),), (link,), ())
    lines = _lines(_preview(changes=(split,)))
    assert lines[-3].endswith("c_1 splits into 2: 2 records, of which 1 moves")
    assert lines[-1] == "crm:1 - web:2 by email; no more: there is no rule"


def test_revenue_is_told_by_currency_or_said_to_be_unknown() -> None:
    moves = "EUR -3.00 of EUR 2,000.00 net revenue, in 4 transaction lines, moves to another"
    assert any(line.startswith(moves) for line in _lines(_preview()))
    nothing = Revenue("USD", Decimal(5), Decimal(0), 0)
    assert "no transaction in USD moves to another customer" in _lines(_preview(revenue=(nothing,)))
    assert "there are no transactions: revenue isn't known" in _lines(
        _preview(revenue=None, buyers=None)
    )


def test_values_are_masked_and_names_are_not() -> None:
    shown = text.render(_preview(), lambda column, value: f"<{column}>")
    assert "crm:1 - web:2 by email: email = <email_key>" in shown
    assert "a@x" not in shown


def test_a_value_cannot_steer_the_terminal() -> None:
    link = ChangedLink(RecordName("crm", "\x1b[2J"), LINK.linked_to, "email", LINK.values, 2, None)
    change = Change("merge", "c_1", 2, 2, 1, (), (("email", 1),), (link,), ())
    assert "\x1b" not in text.render(_preview(changes=(change,)))
