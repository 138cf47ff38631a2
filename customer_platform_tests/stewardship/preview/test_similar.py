"""Previews and overrides where rules are similar: kept pairs are used, and nothing is kept."""

from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb
import pytest

from customer_platform.identity import Delta, ResolutionRules, resolve, update_map
from customer_platform.identity.keeping.similar_tables import current_pairs
from customer_platform.identity.store import IdentityStore
from customer_platform.stewardship.decide import effect_lines, override_effect
from customer_platform.stewardship.explain.model import RecordName
from customer_platform.stewardship.preview import RulePreview, preview
from customer_platform.stewardship.preview.text import render
from customer_platform_tests.identity.helpers import (
    DAY_1,
    OUTPUT,
    Row,
    different,
    ids,
    load,
    make_rules,
    people,
    run,
    same,
)
from customer_platform_tests.identity.similar.people import load_people, made_people, people_rules
from customer_platform_tests.identity.similar.stub import keep_compared, weights_between

ROWS: list[Row] = [
    ("s", "a", "a@x", "1", "smith"),
    ("s", "b", "b@x", "1", "smyth"),
    ("s", "c", "c@x", "2", "smith"),
    ("s", "d", "d@x", "3", "jones"),
]
# 94 %, 80 % and 50 %.
WEIGHTS = weights_between(("a", "b", 4.0), ("a", "c", 2.0), ("b", "d", 0.0))


def similar(threshold: float = 0.9, **settings: Any) -> ResolutionRules:
    given = {"compare": ["phone", "name"], "review": 0.4, "cohesion": 0, **settings}
    return make_rules(
        ("email", ["email"]), {"name": "similar", "similar": {"threshold": threshold, **given}}
    )


@pytest.fixture
def kept(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """A map by the kept pairs, of which one links."""
    keep_compared(connection, load(connection, ROWS), similar(), WEIGHTS)
    run(connection, ROWS, similar())
    assert people(connection) == {"a b", "c", "d"}
    return connection


@pytest.fixture
def nothing_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fails where records are compared."""

    def refuse(*_: object) -> None:
        raise AssertionError("records are compared")

    monkeypatch.setattr("customer_platform.identity.similar.matching.require_splink", refuse)


def previewed(
    connection: duckdb.DuckDBPyConnection, rules: ResolutionRules, **options: Any
) -> RulePreview:
    return preview(IdentityStore(connection, "records", rules, OUTPUT), [], **options)


@pytest.mark.usefixtures("nothing_is_compared")
def test_a_lower_threshold_links_kept_pairs_without_comparing_again(
    kept: duckdb.DuckDBPyConnection,
) -> None:
    found = previewed(kept, similar(0.75), current_rules=similar())
    assert (found.totals.customers_now, found.totals.customers_then) == (3, 2)
    assert not found.same_rules
    [change] = found.changes
    assert change.kind == "merge"
    [link] = change.links
    assert {link.record.record_id, link.linked_to.record_id} == {"a", "c"}
    assert (link.rule, link.values, link.sharing) == ("similar", (), None)
    assert f"{link.record} - {link.linked_to} by similar" in render(found)


@pytest.mark.usefixtures("nothing_is_compared")
def test_a_higher_threshold_parts_records_and_says_that_the_rule_is_not_sure(
    kept: duckdb.DuckDBPyConnection,
) -> None:
    [change] = previewed(kept, similar(0.995), current_rules=similar()).changes
    assert change.kind == "split"
    assert change.links[0].reason == "the rule is not 99.5% sure of the two any more"


@pytest.mark.usefixtures("nothing_is_compared")
def test_more_cohesion_parts_records_and_names_it_as_what_refuses(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    weights = weights_between(("a", "b", 5.0), ("b", "c", 4.0))
    keep_compared(connection, load(connection, ROWS), similar(), weights)
    run(connection, ROWS, similar())
    assert people(connection) == {"a b c", "d"}
    found = previewed(connection, similar(cohesion=0.9), current_rules=similar())
    assert found.totals.refused_then == 1
    [change] = found.changes
    assert (change.links[0].reason or "").startswith("refused by cohesion: ")


@pytest.mark.usefixtures("nothing_is_compared")
def test_the_same_similar_rules_change_nothing(kept: duckdb.DuckDBPyConnection) -> None:
    found = previewed(kept, similar())
    assert found.same_rules
    assert found.totals.moved_records == 0
    assert [row for row in found.links if row[0] == "similar"] == [("similar", 1, 1)]


def test_kept_pairs_are_current_while_they_are_what_comparing_would_give(
    kept: duckdb.DuckDBPyConnection,
) -> None:
    def current(rules: ResolutionRules) -> dict[str, int]:
        found = current_pairs(IdentityStore(kept, "records", rules, OUTPUT))
        return {rule: len(pairs) for rule, pairs in found.items()}

    assert current(similar()) == {"similar": 3}
    assert current(similar(0.99, review=0.6, cohesion=0.9)) == {"similar": 3}
    assert current(similar(review=0.3)) == {}, "pairs of a wider band were not kept"
    assert current(similar(compare=["phone", "birth"])) == {}, "it compares something else"
    renamed = make_rules({"name": "other", "similar": {"compare": ["phone", "name"]}})
    assert current(renamed) == {}
    load(kept, [*ROWS[:3], ("s", "d", "other@x", "3", "jones")])
    assert current(similar()) == {"similar": 3}, "what it doesn't compare has changed"
    load(kept, ROWS[:3])
    assert current(similar()) == {"similar": 3}, "pairs of records that are gone link nobody"
    load(kept, [*ROWS[:3], ("s", "d", "d@x", "3", "james")])
    assert current(similar()) == {}
    load(kept, [*ROWS, ("s", "e", "e@x")])
    assert current(similar()) == {}


def test_a_model_that_has_learned_nothing_has_no_current_pairs(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    load(connection, ROWS)
    assert current_pairs(IdentityStore(connection, "records", similar(), OUTPUT)) == {}
    keep_compared(connection, "records", similar(), WEIGHTS)
    connection.execute(
        "update identity.similar_models set model = replace(model, '\"untrained\": []', "
        '\'"untrained": ["a","b","c","d","e","f","g","h","i","j","k"]\')'
    )
    assert current_pairs(IdentityStore(connection, "records", similar(), OUTPUT)) == {}


@pytest.mark.usefixtures("nothing_is_compared")
def test_what_an_override_does_is_found_by_the_kept_pairs(kept: duckdb.DuckDBPyConnection) -> None:
    a, b, c = (RecordName("s", name) for name in "abc")
    store = IdentityStore(kept, "records", similar(), OUTPUT)
    apart = override_effect(store, [different("a", "b")], (a, b))
    assert (apart.were_one, apart.become_one) == (True, False)
    assert "splits" in effect_lines(apart, (a, b))[0]
    joined = override_effect(store, [same("a", "c")], (b, c))
    assert joined.become_one
    run(kept, ROWS, similar(), overrides=[same("a", "c")])
    assert joined.then == (ids(kept)["b"], ids(kept)["c"])


def test_a_similar_rule_that_is_added_is_trained_and_the_warehouse_stays_as_it_is(
    tmp_path: Path,
) -> None:
    path = tmp_path / "warehouse.duckdb"
    exact = people_rules().model_dump(exclude_none=True)
    exact["match_rules"] = [{"name": "exact", "match": ["first", "last", "birth"]}]
    current = ResolutionRules.model_validate(exact)
    tried = current.model_copy(
        update={"match_rules": [*current.match_rules, *people_rules().match_rules]}
    )
    with duckdb.connect(str(path)) as connection:
        records = load_people(connection, made_people())
        update_map(connection, Delta(records), current, OUTPUT, DAY_1)
        whole = resolve(connection.sql("from people").to_arrow_table(), tried)
    before = sha256(path.read_bytes()).hexdigest()
    with duckdb.connect(str(path), read_only=True) as connection:
        found = preview(
            IdentityStore(connection, "people", tried, OUTPUT), [], current_rules=current
        )
        left = connection.execute("select * from duckdb_tables() where temporary").fetchall()
    assert left == []
    assert sha256(path.read_bytes()).hexdigest() == before
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
    by_rule = {rule: then for rule, _, then in found.links}
    assert by_rule["alike"] > 20
    assert found.totals.customers_then == whole.customers
    assert found.totals.merged > 20
