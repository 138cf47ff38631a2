"""The asset of the similar pairs, and how the map follows it."""

import base64
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pandas as pd
import pytest
import yaml

from customer_platform.components.identity_resolution import (
    IdentityResolution,
    build_identity_assets,
)
from customer_platform.components.similar_metadata import chart_files
from customer_platform.components.similar_pairs import STABLE_MATCH_RATE, stable_match_rate
from customer_platform.identity.keeping.similar_update import ComparedRule, update_similar_pairs
from customer_platform.identity.similar.charts import (
    expected_accuracy,
    match_weights,
    match_weights_page,
)
from customer_platform.identity.store import IdentityStore
from customer_platform.presentation.identity_report import threshold_plot, weights_plot
from customer_platform.warehouse import Warehouse
from customer_platform_tests.identity.helpers import OUTPUT, make_rules
from customer_platform_tests.identity.similar.people import (
    Person,
    load_people,
    made_people,
    people_rules,
)
from customer_platform_tests.identity.similar.stub import keep_compared, made_up_model
from customer_platform_tests.support.components import cells, checks, outcome

PAIRS = dg.AssetKey(["identity", "similar_pairs"])
RULES = make_rules({"name": "similar", "similar": {"compare": ["email", "phone"]}})
MODEL = made_up_model(RULES, RULES.match_rules[0])


def declared(**changes: Any) -> IdentityResolution:
    """The component on the table of people, as its YAML declares it."""
    stated = people_rules().model_dump(exclude_unset=True, by_alias=True)
    attributes = {
        **stated,
        "records": "main.lookup",
        "owner": "team:data",
        "updated_at": None,
        "source": "source",
        "record_id": "source_record_id",
        "bounds": {"changed_share": 1, "merged_share": 1},
        **changes,
    }
    return IdentityResolution.resolve_from_yaml(yaml.safe_dump(attributes))


class Home:
    """A warehouse in which people are resolved by one declared similar rule."""

    def __init__(self, folder: Path) -> None:
        self.warehouse = folder / "warehouse.duckdb"

    def run(self, people: Sequence[Person], **config: bool) -> dg.ExecuteInProcessResult:
        """Materialises similar pairs and map of these people."""
        with duckdb.connect(str(self.warehouse)) as connection:
            records = load_people(connection, people)
            connection.execute(
                "create or replace table lookup as select 'crm' as source, id as source_record_id, "
                f"* exclude (id, truth) from {records}"
            )
        return dg.materialize(
            build_identity_assets(declared()),
            resources={"warehouse": Warehouse(database=str(self.warehouse))},
            run_config={"ops": {"identity__similar_pairs": {"config": config}}} if config else {},
        )

    def count(self, table: str) -> int:
        """Rows of a table."""
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            return int(connection.execute(f"select count(*) from {table}").fetchall()[0][0])


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, dg.ExecuteInProcessResult]:
    """A home after its first run, in which the model was trained."""
    home = Home(tmp_path_factory.mktemp("similar"))
    return home, home.run(made_people())


def metadata(result: dg.ExecuteInProcessResult) -> dict[str, Any]:
    [event] = result.asset_materializations_for_node("identity__similar_pairs")
    return dict(event.metadata)


def number(check: dg.AssetCheckEvaluation, name: str) -> float:
    """A number of a check's metadata."""
    value = check.metadata[name].value
    assert isinstance(value, float)
    return value


class Loaded(HTMLParser):
    """What a page would load: addresses in its tags, and what is no tag of its own."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.addresses: list[str | None] = []
        self.tags: set[str] = set()
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses += [value for name, value in attrs if name in ("src", "href", "data")]


def test_a_run_trains_the_model_keeps_pairs_and_the_map_links_by_them(
    first: tuple[Home, dg.ExecuteInProcessResult],
) -> None:
    home, result = first
    assert result.success
    assert outcome(checks(result)[STABLE_MATCH_RATE]) == "passed"
    said = metadata(result)
    assert said["dagster/row_count"].value == home.count("identity.similar_pairs") > 60
    [row] = cells(said["rules"])
    assert (row["rule"], row["mode"], row["records"]) == ("alike", "full", len(made_people()))
    assert row["links"] + row["to_review"] == row["pairs"]
    links = "identity.customer_id_map where linked_by_rule = 'alike'"
    assert home.count(links) > 50
    assert home.count("identity.review_queue") == row["to_review"]
    model = "identity.similar_models where rule = 'alike'"
    assert home.count(model) == 1


def test_the_metadata_shows_what_was_learned_what_thresholds_link_and_splinks_own_chart(
    first: tuple[Home, dg.ExecuteInProcessResult],
) -> None:
    home, result = first
    said = metadata(result)
    for plot in ("alike_match_weights", "alike_thresholds"):
        picture = str(said[plot].value).split("data:image/png;base64,")[1].rstrip(")")
        assert base64.b64decode(picture).startswith(b"\x89PNG")
    page = Path(str(said["alike_splink_chart"].value))
    assert page == home.warehouse.parent / "charts" / "alike.html"
    assert page.exists()


def test_the_next_run_compares_what_is_new_passes_and_warns_when_the_match_rate_drifts(
    first: tuple[Home, dg.ExecuteInProcessResult],
) -> None:
    home, _ = first
    people = made_people()
    newcomer: Person = ("new", "lars", "brouwman", "1961-02-03", "9999ZZ", "new")
    again = home.run([*people, newcomer])
    [row] = cells(metadata(again)["rules"])
    assert (row["mode"], row["compared_records"]) == ("incremental", 1)
    assert outcome(checks(again)[STABLE_MATCH_RATE]) == "passed"
    # Nobody comes twice any more.
    single = [person for person in people if not person[0].startswith("d")]
    drifted = home.run(single)
    assert drifted.success
    check = checks(drifted)[STABLE_MATCH_RATE]
    assert outcome(check) == "WARN"
    assert "The match rate of alike has changed by more than 10%" in (check.description or "")
    before, now = (number(check, f"alike_match_rate{end}") for end in ("_before", ""))
    assert before > 0.4 > 0.1 > now
    retrained = home.run(people, retrain=True)
    [row] = cells(metadata(retrained)["rules"])
    assert (row["mode"], row["compared_records"]) == ("full", len(people))
    assert "alike_match_rate_before" not in checks(retrained)[STABLE_MATCH_RATE].metadata


def test_a_component_with_a_similar_rule_gives_both_assets_the_map_after_the_pairs() -> None:
    definitions = dg.Definitions.merge(
        declared(match_rate_change=0.25).build_defs(None),  # type: ignore[arg-type]
        dg.Definitions(resources={"warehouse": Warehouse(database="none")}),
    )
    graph = definitions.resolve_asset_graph()
    customer_id_map = dg.AssetKey(["identity", "customer_id_map"])
    assert set(graph.materializable_asset_keys) == {PAIRS, customer_id_map}
    parents = {key: graph.get(key).parent_keys for key in (PAIRS, customer_id_map)}
    records = dg.AssetKey(["main", "lookup"])
    assert parents == {PAIRS: {records}, customer_id_map: {records, PAIRS}}
    [check] = [key for key in graph.asset_check_keys if key.asset_key == PAIRS]
    assert check.name == STABLE_MATCH_RATE
    assert not graph.get_check_spec(check).blocking
    assert "changed by at most 25%" in (graph.get_check_spec(check).description or "")
    description = graph.get(PAIRS).description or ""
    assert (
        "alike compares first, last, birth, postcode, links from the threshold of its model on"
        in description
    )


def test_without_a_similar_rule_there_is_the_map_alone() -> None:
    identity = declared(match_rules=[{"name": "exact", "match": ["first", "last"]}])
    [asset] = build_identity_assets(identity)
    assert asset.key == dg.AssetKey(["identity", "customer_id_map"])
    assert PAIRS not in asset.dependency_keys


def compared(rule: str, linked: int, before: float | None) -> ComparedRule:
    """A run in which so many of 100 records are in a pair that links."""
    return ComparedRule(
        rule=rule,
        mode="incremental",
        trained=False,
        model=MODEL,
        records=100,
        compared_records=1,
        pairs=linked,
        links=linked,
        linked_records=linked,
        to_review=0,
        previous_match_rate=before,
    )


@pytest.mark.parametrize(
    ("linked", "before", "expected"),
    [
        (50, None, "passed"),
        (55, 0.5, "passed"),
        (45, 0.5, "passed"),
        (56, 0.5, "WARN"),
        (44, 0.5, "WARN"),
        (0, 0.5, "WARN"),
        (50, 0.0, "passed"),
    ],
)
def test_the_check_compares_the_match_rate_with_that_of_the_run_before(
    linked: int, before: float | None, expected: str
) -> None:
    check = stable_match_rate(PAIRS, [compared("alike", linked, before)], 0.1000001)
    assert outcome(check) == expected


def test_the_check_names_the_rules_that_have_drifted_and_what_to_do() -> None:
    rules = [compared("one", 80, 0.5), compared("two", 50, 0.5), compared("three", 10, 0.5)]
    check = stable_match_rate(PAIRS, rules, 0.1)
    assert check.description is not None
    assert check.description.startswith("The match rate of one, three has changed by more than 10%")
    assert "customer-platform run --retrain" in check.description
    assert check.metadata["two_match_rate_before"].value == 0.5
    assert stable_match_rate(PAIRS, [], 0.1).passed


def test_the_page_of_a_model_holds_all_that_it_needs(tmp_path: Path) -> None:
    page = match_weights_page(MODEL, tmp_path / "deep" / "chart.html")
    loaded = Loaded(page.read_text())
    assert loaded.addresses == []
    assert loaded.tags <= {"html", "head", "meta", "title", "body", "style", "script", "div"}
    assert "email" in page.read_text()
    assert "vegaEmbed" in page.read_text()


def test_the_weights_of_a_model_are_told_by_match_key_and_level() -> None:
    weights = match_weights(MODEL)
    assert list(weights["attribute"].unique()) == ["email", "phone"]
    equal = weights[weights["level"] == "equal"]
    assert equal["weight"].tolist() == pytest.approx([5, 5])
    assert (weights[weights["level"] == "not alike"]["weight"] < 0).all()


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        yield opened


def test_what_a_threshold_links_is_told_by_the_probabilities_of_the_pairs(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    keep_compared(connection, load_empty(connection), RULES)
    connection.execute(
        "insert into identity.similar_pairs (rule, probability) "
        "values ('similar', 0.5), ('similar', 0.75), ('similar', 1), ('other', 0.1)"
    )
    accuracy = expected_accuracy(connection, OUTPUT, "similar")
    assert accuracy["threshold"].tolist() == pytest.approx([0.5 + n / 100 for n in range(50)])
    lowest, highest = accuracy.iloc[0], accuracy.iloc[-1]
    assert (lowest["pairs"], lowest["precision"], lowest["recall"]) == pytest.approx((3, 0.75, 1))
    assert (highest["pairs"], highest["precision"]) == (1, 1)
    assert highest["recall"] == pytest.approx(1 / 2.25)


def test_without_a_pair_there_are_plots_all_the_same(connection: duckdb.DuckDBPyConnection) -> None:
    keep_compared(connection, load_empty(connection), RULES)
    accuracy = expected_accuracy(connection, OUTPUT, "similar")
    assert accuracy.empty
    assert threshold_plot("Thresholds", accuracy, 0.95).startswith("![")
    empty = pd.DataFrame({"attribute": [], "level": [], "weight": []})
    assert weights_plot("Weights", empty).startswith("![")


def load_empty(connection: duckdb.DuckDBPyConnection) -> str:
    """Makes a table of no records."""
    connection.execute(
        "create table records (source varchar, id varchar, email varchar, phone varchar, "
        "name varchar, birth varchar)"
    )
    return "records"


def test_rules_of_like_names_have_a_chart_each() -> None:
    files = chart_files(["a b", "a_b", "a/b", "plain"])
    assert len(set(files.values())) == 4
    assert files["plain"] == "plain.html"
    assert not any("/" in name for name in files.values())


def test_a_model_of_too_few_records_has_a_page_too(tmp_path: Path) -> None:
    with duckdb.connect() as connection:
        records = load_people(connection, made_people()[:2])
        [rule] = update_similar_pairs(
            IdentityStore(connection, records, people_rules(), OUTPUT),
            datetime(2026, 1, 1, tzinfo=UTC),
        )
    assert not rule.model.is_trained
    assert match_weights_page(rule.model, tmp_path / "chart.html").exists()
    assert weights_plot("Weights", match_weights(rule.model)).startswith("![")
