"""Why two records are one customer, or two."""

import pytest

from customer_platform.errors import ExplainError
from customer_platform.identity import ResolutionRules
from customer_platform.identity.store import IdentityStore
from customer_platform.stewardship.explain import RecordName, explain_pair
from customer_platform.stewardship.explain.wording import comparison_text
from customer_platform_tests.stewardship.explain.questions import (
    Connection,
    customer,
    ids,
    link_of,
    pair,
)
from customer_platform_tests.stewardship.explain.warehouse import (
    RECORDS,
    TABLES,
    make_rules,
    write_map,
    write_records,
    write_refused,
    write_two_lobes,
)


def test_two_records_of_a_customer_are_joined_at_their_closest_common_record(
    connection: Connection,
) -> None:
    write_two_lobes(connection)
    explanation = pair(connection, "6", "7")
    assert ids(explanation) == ["5", "6", "7"]
    assert {link.record.record_id for link in explanation.links} == {"6", "7"}
    across = pair(connection, "2", "6")
    assert ids(across) == ["1", "2", "4", "5", "6"]
    assert across.weakest == link_of(across, "5")
    assert across.customer_records == (7,)


def test_between_two_records_only_refused_links_on_the_way_are_named(
    connection: Connection,
) -> None:
    write_two_lobes(connection)
    constraint = ("c_9", "limit card", "1", "2")
    write_refused(
        connection,
        ("phone", "1", "c_1", "x", *constraint),
        ("phone", "7", "c_1", "y", *constraint),
    )
    assert [link.record.record_id for link in pair(connection, "5", "7").refused] == ["7"]


def test_two_customers_are_compared_rule_by_rule(connection: Connection) -> None:
    write_records(connection, a={"email": "e", "name": "x"}, b={"name": "y"})
    write_map(connection, "c_1", "a")
    write_map(connection, "c_2", "b")
    explanation = pair(connection, "a", "b")
    assert explanation.customers == ("c_1", "c_2")
    assert explanation.weakest is None
    verdicts = {
        each.rule: [(key.left.value, key.right.value, key.equal) for key in each.keys]
        for each in explanation.comparisons
    }
    assert verdicts["email"] == [("e", None, False)]
    assert verdicts["name"] == [("x", "y", False)]
    assert verdicts["card"] == [(None, None, False)]


def test_two_customers_that_share_an_over_shared_value_say_so(connection: Connection) -> None:
    write_records(connection, a={"name": "x"}, b={"name": "x"}, c={"name": "x"})
    for number, record in enumerate("abc"):
        write_map(connection, f"c_{number}", record)
    explanation = explain_pair(
        IdentityStore(connection, RECORDS, make_rules(max_records_per_value=2), TABLES),
        RecordName("crm", "a"),
        RecordName("crm", "b"),
    )
    (name,) = [each for each in explanation.comparisons if each.rule == "name"]
    assert (name.matches, name.over_shared_by) == (True, 3)


def test_two_customers_that_share_a_value_of_too_many_people_say_so(
    connection: Connection,
) -> None:
    names = {"a": "Jan", "b": "J.", "c": "Maria", "d": "Piet"}
    write_records(connection, **{key: {"card": "x", "name": name} for key, name in names.items()})
    for record in names:
        write_map(connection, f"c_{record}", record)
    said = {}
    for most in (2, 3):
        bound = {"name": "card", "match": ["card"], "max_people_per_value": most}
        stated = make_rules().model_dump(exclude_none=True) | {"people": ["name"]}
        stated["match_rules"] = [bound]
        explanation = explain_pair(
            IdentityStore(connection, RECORDS, ResolutionRules.model_validate(stated), TABLES),
            RecordName("crm", "a"),
            RecordName("crm", "c"),
        )
        [said[most]] = [comparison_text(each) for each in explanation.comparisons]
    assert (
        said[2] == "equal, but 4 records of 4 different names have the value: too many to link by"
    )
    assert said[3].startswith("matches")


def test_a_refused_link_between_two_customers_is_shown_with_the_ways_to_it(
    connection: Connection,
) -> None:
    write_records(
        connection,
        a={"email": "e1"},
        b={"email": "e1", "phone": "p", "card": "1"},
        c={"email": "e2", "phone": "p", "card": "2"},
        d={"email": "e2"},
        e={"email": "e2"},
    )
    write_map(connection, "c_1", "a", ("b", "a", "email"))
    write_map(connection, "c_2", "c", ("d", "c", "email"), ("e", "c", "email"))
    write_refused(
        connection,
        ("phone", "b", "c_1", "c", "c_2", "limit card", "1", "2"),
        ("phone", "b", "c_1", "x", "c_9", "limit card", "1", "3"),
    )
    explanation = pair(connection, "a", "d")
    (refused,) = explanation.refused
    assert refused.refused_by == "limit card"
    assert (refused.this_side.column, refused.this_side.value) == ("card_key", "1")
    assert ids(explanation) == ["a", "b", "c", "d"]
    assert len(customer(connection, "c_1").refused) == 2


def test_a_record_is_not_compared_with_itself(connection: Connection) -> None:
    write_two_lobes(connection)
    with pytest.raises(ExplainError, match="crm:1 was given twice"):
        pair(connection, "1", "1")
