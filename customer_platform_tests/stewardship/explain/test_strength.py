"""What supports a link, checked against networkx and against counting every pair."""

from itertools import combinations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from customer_platform.errors import ExplainError
from customer_platform.stewardship.explain import Link, RecordName
from customer_platform.stewardship.explain.strength import (
    Support,
    support_of_links,
    way_between,
    weakest_link,
)

groups_of_records = st.lists(
    st.lists(st.integers(0, 14), min_size=2, max_size=6, unique=True), max_size=12
)


def spanning_forest(groups: list[list[int]]) -> tuple[nx.Graph, dict[int, int | None]]:
    graph: nx.Graph = nx.Graph()
    for group in groups:
        graph.add_edges_from(combinations(group, 2))
    linked_to: dict[int, int | None] = {}
    for component in nx.connected_components(graph):
        root = min(component)
        linked_to[root] = None
        # Depth first, so that links don't happen to be the shortest ways.
        linked_to.update({child: parent for parent, child in nx.dfs_edges(graph, root)})
    return graph, linked_to


def support_with(
    linked_to: dict[int, int | None], groups: list[list[int]], as_pairs: bool
) -> dict[int, Support]:
    """The support of the links, by groups of two as groups or as rows of an array."""
    positions = {record: position for position, record in enumerate(linked_to)}
    pairs = [[positions[each] for each in group] for group in groups if len(group) == 2]
    if not as_pairs or not pairs:
        return support_of_links(linked_to, groups)
    return support_of_links(linked_to, [each for each in groups if len(each) > 2], np.array(pairs))


@given(groups=groups_of_records, as_pairs=st.booleans())
def test_bridges_are_those_that_networkx_finds(groups: list[list[int]], as_pairs: bool) -> None:
    graph, linked_to = spanning_forest(groups)
    bridges = {frozenset(edge) for edge in nx.bridges(graph)}
    found = {
        frozenset((record, linked_to[record]))
        for record, support in support_with(linked_to, groups, as_pairs).items()
        if support.is_bridge
    }
    assert found == bridges


@given(groups=groups_of_records, as_pairs=st.booleans())
def test_matches_across_a_link_are_all_pairs_with_one_record_on_each_side(
    groups: list[list[int]], as_pairs: bool
) -> None:
    _, linked_to = spanning_forest(groups)
    forest = nx.Graph(
        (record, parent) for record, parent in linked_to.items() if parent is not None
    )
    for record, support in support_with(linked_to, groups, as_pairs).items():
        parent = linked_to[record]
        assert parent is not None
        cut = forest.copy()
        cut.remove_edge(record, parent)
        below = nx.node_connected_component(cut, record)
        assert support.below == len(below)
        pairs = [pair for group in groups for pair in combinations(group, 2)]
        assert support.matches == sum((a in below) != (b in below) for a, b in pairs)
        assert support.own_matches == sum({record, parent} == set(pair) for pair in pairs)


@given(groups=groups_of_records, data=st.data())
def test_the_way_between_two_records_is_the_only_one_in_the_forest(
    groups: list[list[int]], data: st.DataObject
) -> None:
    _, linked_to = spanning_forest(groups)
    forest = nx.Graph(
        (record, parent) for record, parent in linked_to.items() if parent is not None
    )
    if not forest:
        return
    left = data.draw(st.sampled_from(sorted(forest)))
    right = data.draw(st.sampled_from(sorted(nx.node_connected_component(forest, left))))
    assert way_between(linked_to, left, right) == nx.shortest_path(forest, left, right)


def test_a_chain_of_many_records_is_weighed_without_recursion() -> None:
    count = 50_000
    linked_to = {number: number - 1 if number else None for number in range(count)}
    support = support_of_links(linked_to, [(number, number - 1) for number in range(1, count)])
    assert len(support) == count - 1
    assert all(each.is_bridge for each in support.values())
    assert support[count - 1].below == 1
    assert support[1].below == count - 1


def test_links_in_a_circle_are_an_error_that_names_a_record() -> None:
    with pytest.raises(ExplainError, match="the links of a lead to no founding record"):
        support_of_links({"root": None, "a": "b", "b": "a"}, [])


def test_a_link_out_of_the_customer_is_an_error_that_names_both_records() -> None:
    with pytest.raises(ExplainError, match="a is linked to elsewhere"):
        support_of_links({"a": "elsewhere"}, [])


def make_link(record: str, rule: str = "email", **options: object) -> Link:
    given = {
        "values": (),
        "sharing": 2,
        "also_matched_by": (),
        "supporting_matches": 0,
        "parts": (1, 1),
        "is_bridge": True,
    }
    name = RecordName("crm", record)
    return Link(name, RecordName("crm", "0"), rule, **{**given, **options})  # type: ignore[arg-type]


PRIORITIES = {"card": 0, "email": 1, "name": 2}


@pytest.mark.parametrize(
    ("weaker", "stronger"),
    [
        (make_link("2", "card"), make_link("1", "name", is_bridge=False)),
        (make_link("2", "card", holds=False), make_link("1", "name")),
        (make_link("2", "name"), make_link("1", "email")),
        (make_link("2", "withdrawn rule"), make_link("1", "name")),
        (make_link("2", "card"), make_link("1", "override")),
        (make_link("2", sharing=5), make_link("1", sharing=2)),
        (make_link("1"), make_link("2")),
    ],
    ids=["bridge", "no longer holds", "priority", "unknown rule", "override", "shared", "name"],
)
def test_the_weakest_link_is_found_by_its_definition(weaker: Link, stronger: Link) -> None:
    assert weakest_link([stronger, weaker], PRIORITIES) is weaker
    assert weakest_link([weaker, stronger], PRIORITIES) is weaker


def test_a_single_record_has_no_weakest_link() -> None:
    assert weakest_link([], PRIORITIES) is None
