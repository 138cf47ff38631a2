"""Links by similarity: how likely, why, and what they hold together."""

import sys

import pytest

from customer_platform.identity import ResolutionRules
from customer_platform.identity.store import IdentityStore
from customer_platform.stewardship.explain import (
    Explanation,
    RecordName,
    explain_customer,
    explain_pair,
    html,
    text,
)
from customer_platform.stewardship.explain.wording import probability_text
from customer_platform_tests.identity.similar.stub import keep_compared, weights_between
from customer_platform_tests.stewardship.explain.questions import Connection, link_of
from customer_platform_tests.stewardship.explain.test_html import Page
from customer_platform_tests.stewardship.explain.warehouse import (
    RECORDS,
    TABLES,
    write_map,
    write_records,
    write_refused,
)


def rules(**similar: object) -> ResolutionRules:
    """By card, then by similar email, phone and name, from 80 % on."""
    return ResolutionRules.model_validate(
        {
            "source": "source",
            "record_id": "id",
            "match_keys": {key: {"column": f"{key}_key"} for key in ("card", "email", "phone")}
            | {"name": {"column": "name_key", "normalise": "name"}},
            "match_rules": [
                {"name": "card", "match": ["card"]},
                {
                    "name": "similar",
                    "similar": {
                        "compare": ["email", "phone", "name"],
                        "threshold": 0.8,
                        "review": 0.4,
                        **similar,
                    },
                },
            ],
        }
    )


SMITH = {"email": "smith@a.nl", "phone": "1", "name": "smith"}


def compare(connection: Connection, *pairs: tuple[str, str, float]) -> None:
    """Keeps these pairs of the records, by their weights: 2 is 80 %, 3 is 89 %."""
    keep_compared(connection, RECORDS, rules(), weights_between(*pairs, source="crm"))


def customer(connection: Connection, customer_id: str = "c_1") -> Explanation:
    return explain_customer(IdentityStore(connection, RECORDS, rules(), TABLES), customer_id)


def pair(connection: Connection, left: str, right: str) -> Explanation:
    names = RecordName("crm", left), RecordName("crm", right)
    return explain_pair(IdentityStore(connection, RECORDS, rules(), TABLES), *names)


def verdict(explanation: Explanation, rule: str = "similar") -> str:
    """What the text says of the two by a rule."""
    [line] = [each for each in text.render(explanation).split("\n") if f"  {rule}  " in each]
    return line.strip()


def likely(explanation: Explanation) -> str:
    """How likely the weakest link is, as it is told."""
    assert explanation.weakest is not None
    assert explanation.weakest.similarity is not None
    return probability_text(explanation.weakest.similarity.probability)


@pytest.fixture
def two_smiths(connection: Connection) -> Connection:
    """One customer of two records that differ in their phones, linked by similarity alone."""
    write_records(connection, a=SMITH, b={**SMITH, "phone": "99999"})
    write_map(connection, "c_1", "a", ("b", "a", "similar"))
    compare(connection, ("a", "b", 3.0))
    return connection


def test_a_similar_link_has_its_probability_and_what_each_value_says(
    two_smiths: Connection,
) -> None:
    explanation = customer(two_smiths)
    link = link_of(explanation, "b")
    assert (link.holds, link.is_bridge, link.values, link.sharing) == (True, True, (), None)
    assert link.similarity is not None
    assert link.similarity.threshold == 0.8
    said = {each.left.key: each for each in link.similarity.contributions}
    assert [said[key].level for key in ("email", "phone", "name")] == [
        "equal",
        "not alike",
        "equal",
    ]
    # One in 64 has the email, one in 8 is a smith: both are 5 bits, less 3 for the common name.
    assert said["email"].weight == pytest.approx(5)
    assert (said["name"].weight, said["name"].rarity) == pytest.approx((2, -3))
    assert said["phone"].weight < 0
    assert (said["phone"].left.value, said["phone"].right.value) == ("99999", "1")
    odds = link.similarity.prior + sum(each.weight for each in said.values())
    assert link.similarity.probability == pytest.approx(1 / (1 + 2**-odds))
    assert explanation.weakest == link


def test_the_text_and_the_page_say_why_a_link_is_likely_strongest_first(
    two_smiths: Connection,
) -> None:
    explanation = customer(two_smiths)
    told = text.render(explanation)
    lines = [line.strip() for line in told.split("\n")]
    first = lines.index("+5.0  email: equal (smith@a.nl)")
    assert lines[first + 1] == "+2.0  name: equal, a common value (smith)"
    assert lines[first + 2] == "-1.0  phone: not alike (99999 | 1)"
    assert lines[first + 3] == "-8.0  any two records"
    assert lines[first - 1] == f"{likely(explanation)}; nothing else joins 1 + 1"
    page = Page(html.render(explanation))
    assert "email: equal (smith@a.nl)" in page.words
    assert f"Why crm:b and crm:a are {likely(explanation)} the same" in page.words


def test_the_waterfall_starts_at_the_prior_and_every_bar_where_the_last_has_ended(
    two_smiths: Connection,
) -> None:
    page = Page(html.render(customer(two_smiths)))
    bars = [attributes["style"] for _, attributes in page.tags if attributes.get("class") == "step"]
    places = []
    for style in bars:
        values = dict(part.split(": ") for part in (style or "").split("; "))
        places.append((float(values["left"][:-1]), float(values["width"][:-1])))
    # From 0 down by 8, up by 5 and 2, down by 1; all together they are -2.
    prior, email, name, phone, together = places
    assert prior == (0.0, 100.0)
    assert email == pytest.approx((0.0, 62.5), abs=0.1)
    assert name == pytest.approx((62.5, 25.0), abs=0.1)
    assert phone == pytest.approx((75.0, 12.3), abs=0.5)
    assert together[0] + together[1] == pytest.approx(100, abs=0.2)
    assert together[0] == pytest.approx(phone[0], abs=0.2)


def test_values_of_contributions_are_masked_in_text_and_page(two_smiths: Connection) -> None:
    def mask(column: str, value: str) -> str:
        return f"<{column}>"

    for explanation in (customer(two_smiths), pair(two_smiths, "a", "b")):
        for shown in (text.render(explanation, mask), html.render(explanation, mask)):
            assert "smith" not in shown
            assert "99999" not in shown
            assert "email_key" in shown


def test_of_bridges_by_the_same_rule_the_least_likely_is_the_weakest(
    connection: Connection,
) -> None:
    write_records(connection, a=SMITH, b=SMITH, c=SMITH, d={**SMITH, "card": "x"}, e={"card": "x"})
    write_map(
        connection,
        "c_1",
        "a",
        ("b", "a", "similar"),
        ("c", "a", "similar"),
        ("d", "a", "similar"),
        ("e", "d", "card"),
    )
    compare(connection, ("a", "b", 5.0), ("a", "c", 2.5), ("a", "d", 4.0))
    explanation = customer(connection)
    assert explanation.weakest is not None
    assert explanation.weakest.record.record_id == "c"
    assert explanation.weakest.is_bridge


def test_similar_pairs_across_a_link_support_it_and_those_below_the_threshold_do_not(
    connection: Connection,
) -> None:
    write_records(connection, a=SMITH, b=SMITH, c=SMITH)
    write_map(connection, "c_1", "a", ("b", "a", "similar"), ("c", "b", "similar"))
    compare(connection, ("a", "b", 5.0), ("b", "c", 5.0), ("a", "c", 1.0))
    assert all(link.is_bridge for link in customer(connection).links)
    compare(connection, ("a", "b", 5.0), ("b", "c", 5.0), ("a", "c", 3.0))
    links = customer(connection).links
    assert [(link.is_bridge, link.supporting_matches) for link in links] == [(False, 1)] * 2


def test_a_pair_that_is_linked_and_similar_too_says_so(connection: Connection) -> None:
    write_records(connection, a={**SMITH, "card": "x"}, b={**SMITH, "card": "x"})
    write_map(connection, "c_1", "a", ("b", "a", "card"))
    compare(connection, ("a", "b", 5.0))
    link = link_of(customer(connection), "b")
    assert (link.rule, link.also_matched_by) == ("card", ("similar",))
    assert link.similarity is None
    assert link.supporting_matches == 1


def test_a_link_whose_pair_is_gone_no_longer_holds(two_smiths: Connection) -> None:
    compare(two_smiths)
    explanation = customer(two_smiths)
    assert not link_of(explanation, "b").holds
    assert "the records no longer match by it" in text.render(explanation)


def test_without_splink_there_is_the_probability_and_no_contribution(
    two_smiths: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "splink", None)
    explanation = customer(two_smiths)
    similarity = link_of(explanation, "b").similarity
    assert similarity is not None
    assert similarity.probability == pytest.approx(8 / 9)
    assert similarity.contributions == ()
    assert "88.9 % likely; nothing else joins 1 + 1" in text.render(explanation)
    assert "any two records" not in html.render(explanation)


def test_two_customers_are_told_how_likely_they_are_and_what_speaks_against_it(
    connection: Connection,
) -> None:
    write_records(connection, a=SMITH, b={**SMITH, "phone": "99999"})
    write_map(connection, "c_1", "a")
    write_map(connection, "c_2", "b")
    compare(connection)
    explanation = pair(connection, "a", "b")
    [similar] = [each for each in explanation.comparisons if each.is_similar_rule]
    assert (similar.matches, similar.over_shared_by) == (False, None)
    said = verdict(explanation)
    assert said.startswith("similar  2")
    assert said.endswith(
        "% likely, and links from 80% on; against it: phone: not alike (1 | 99999)"
    )
    assert verdict(explanation, "card").startswith("card     needs card equal")


def test_two_customers_that_the_rule_would_link_were_refused_or_never_compared(
    connection: Connection,
) -> None:
    write_records(connection, a=SMITH, b=SMITH)
    write_map(connection, "c_1", "a")
    write_map(connection, "c_2", "b")
    compare(connection)
    assert "% likely, but the two were not compared: the rule's blocking" in verdict(
        pair(connection, "a", "b")
    )
    compare(connection, ("a", "b", 3.0))
    write_refused(connection, ("similar", "a", "c_1", "b", "c_2", "cohesion", "crm:a", "crm:b"))
    explanation = pair(connection, "a", "b")
    assert "matches: a constraint refused it" in verdict(explanation)
    told = text.render(explanation)
    assert "refused by cohesion: the two customers have too little else in common" in told


def test_a_rule_without_a_model_has_no_verdict_and_says_why(connection: Connection) -> None:
    write_records(connection, a=SMITH, b=SMITH)
    write_map(connection, "c_1", "a")
    write_map(connection, "c_2", "b")
    said = verdict(pair(connection, "a", "b"))
    assert "has not been trained, or Splink isn't installed: there is no probability" in said
