"""Why the records of a customer are one."""

from datetime import date

from customer_platform.identity.store import IdentityStore
from customer_platform.stewardship.explain import Override, RecordName, explain_record
from customer_platform_tests.stewardship.explain.questions import (
    Connection,
    customer,
    ids,
    link_of,
)
from customer_platform_tests.stewardship.explain.warehouse import (
    RECORDS,
    TABLES,
    make_rules,
    write_map,
    write_overrides,
    write_records,
    write_two_lobes,
)


def test_a_customer_is_explained_by_its_records_links_and_weakest_link(
    connection: Connection,
) -> None:
    write_two_lobes(connection)
    explanation = customer(connection, "c_1")
    assert ids(explanation) == ["1", "2", "3", "4", "5", "6", "7"]
    assert explanation.customer_records == (7,)
    assert explanation.weakest == link_of(explanation, "5")
    weakest = link_of(explanation, "5")
    assert (weakest.rule, weakest.parts, weakest.is_bridge) == ("phone", (4, 3), True)
    assert [(value.key, value.value) for value in weakest.values] == [("phone", "+31612345678")]
    assert (weakest.sharing, weakest.supporting_matches) == (2, 0)
    inside = link_of(explanation, "2")
    assert (inside.sharing, inside.supporting_matches, inside.is_bridge) == (4, 2, False)


def test_without_a_bridge_the_weakest_link_is_the_one_by_the_last_rule(
    connection: Connection,
) -> None:
    write_records(
        connection,
        a={"card": "1", "name": "x"},
        b={"card": "1", "email": "e"},
        c={"email": "e", "name": "x"},
    )
    write_map(connection, "c_1", "a", ("b", "a", "card"), ("c", "b", "email"))
    explanation = customer(connection, "c_1")
    assert not any(link.is_bridge for link in explanation.links)
    assert explanation.weakest == link_of(explanation, "c")
    assert link_of(explanation, "c").supporting_matches == 1


def test_sharing_counts_records_of_other_customers(connection: Connection) -> None:
    write_records(connection, a={"name": "x"}, b={"name": "x"}, c={"name": "x"})
    write_map(connection, "c_1", "a", ("b", "a", "name"))
    write_map(connection, "c_2", "c")
    assert link_of(customer(connection, "c_1"), "b").sharing == 3


def test_a_value_that_too_many_records_share_supports_nothing(connection: Connection) -> None:
    write_records(
        connection,
        a={"email": "e", "name": "x"},
        b={"email": "e", "name": "x"},
        c={"name": "x"},
    )
    write_map(connection, "c_1", "a", ("b", "a", "email"))
    write_map(connection, "c_2", "c")
    link = link_of(customer(connection, "c_1", max_records_per_value=2), "b")
    assert link.also_matched_by == ()
    assert link.supporting_matches == 0
    at_the_cap = link_of(customer(connection, "c_1", max_records_per_value=3), "b")
    assert at_the_cap.also_matched_by == ("name",)
    assert at_the_cap.supporting_matches == 1


def test_a_link_whose_records_changed_since_no_longer_holds(connection: Connection) -> None:
    write_records(connection, a={"email": "old"}, b={"email": "new"})
    write_map(connection, "c_1", "a", ("b", "a", "email"))
    link = link_of(customer(connection, "c_1"), "b")
    assert (link.holds, link.values, link.supporting_matches) == (False, (), 0)


def test_a_record_that_is_gone_has_no_values(connection: Connection) -> None:
    write_records(connection, a={"email": "e"})
    write_map(connection, "c_1", "a", ("b", "a", "email"))
    explanation = customer(connection, "c_1")
    assert explanation.records[0].values
    assert explanation.records[1].values == ()
    assert not link_of(explanation, "b").holds


def test_an_override_says_who_when_and_why(connection: Connection) -> None:
    write_records(connection, a={}, b={})
    write_map(connection, "c_1", "a", ("b", "a", "override"))
    write_overrides(connection, ("same", "b", "a", "Jo", "2026-02-03", "she called"))
    link = link_of(customer(connection, "c_1"), "b")
    assert link.override == Override("Jo", date(2026, 2, 3), "she called")
    assert (link.holds, link.supporting_matches) == (True, 0)


def test_an_override_that_was_withdrawn_no_longer_holds(connection: Connection) -> None:
    write_records(connection, a={}, b={})
    write_map(connection, "c_1", "a", ("b", "a", "override"))
    write_overrides(connection, ("different", "b", "a", "Jo", "2026-02-03", "no"))
    assert not link_of(customer(connection, "c_1"), "b").holds


def test_an_override_supports_the_links_it_runs_along(connection: Connection) -> None:
    write_records(connection, a={"email": "e"}, b={"email": "e", "phone": "p"}, c={"phone": "p"})
    write_map(connection, "c_1", "a", ("b", "a", "email"), ("c", "b", "phone"))
    write_overrides(connection, ("same", "a", "c", "Jo", "2026-02-03", "she called"))
    assert not any(link.is_bridge for link in customer(connection, "c_1").links)


def test_a_record_is_explained_by_its_whole_customer(connection: Connection) -> None:
    write_two_lobes(connection)
    explanation = explain_record(
        IdentityStore(connection, RECORDS, make_rules(), TABLES), "crm", "6"
    )
    assert explanation.asked == (RecordName("crm", "6"),)
    assert len(explanation.records) == 7


def test_nothing_is_left_behind_in_the_connection(connection: Connection) -> None:
    write_two_lobes(connection)
    customer(connection, "c_1")
    left = connection.execute("select table_name from duckdb_tables() where temporary").fetchall()
    assert left == []


def test_further_rules_that_match_the_same_two_records_are_named_but_leave_a_bridge(
    connection: Connection,
) -> None:
    write_records(connection, a={"email": "e", "name": "x"}, b={"email": "e", "name": "x"})
    write_map(connection, "c_1", "a", ("b", "a", "email"))
    link = link_of(customer(connection, "c_1"), "b")
    assert link.also_matched_by == ("name",)
    assert (link.supporting_matches, link.is_bridge) == (1, True)
