"""What each check counts, and what its bound says of it."""

from datetime import datetime
from typing import Any

import duckdb
import pytest

from customer_platform.declarations.health import Health
from customer_platform.errors import RulesError
from customer_platform.identity import ResolutionRules
from customer_platform.identity.store import IdentityStore
from customer_platform.stewardship.health.check import applicable, check_health
from customer_platform.stewardship.health.findings import HealthCheck, HealthReport, say
from customer_platform.stewardship.health.measures import names_of
from customer_platform_tests.identity.similar.stub import keep_compared, weights_between
from customer_platform_tests.stewardship.health.shop import (
    OUTPUT,
    RULES,
    Record,
    examine,
    failed,
    of_source,
    shop,
    with_rules,
)

Connection = duckdb.DuckDBPyConnection

ALL_BY_CARD = with_rules({"name": "card", "match": ["loyalty_card"]})


def _check(report: HealthReport, name: str) -> HealthCheck:
    return next(check for check in report.checks if check.name == name)


def _health(**stated: Any) -> Health:
    return Health.model_validate(stated)


def _people(**columns: list[str | None]) -> list[Record]:
    """Records of one customer: all have one card."""
    length = max(map(len, columns.values()))
    records = shop(length * 4)[:length]
    for position, record in enumerate(records):
        record |= {"loyalty_card_key": "1", "gender": None, "postcode_key": None}
        record |= {"first_name_key": None, "last_name_key": None, "birth_date_key": None}
        record |= {name: values[position] for name, values in columns.items()}
    return records


@pytest.mark.parametrize(
    ("names", "count"),
    [
        (["jan", "j", "jan", None], 1),
        (["janpieter", "jp", "piet"], 2),
        (["j", "a", "b", "c"], 4),
        (["an", "anna", "bea"], 3),
        (["明", "明美"], 1),
    ],
)
def test_an_initial_does_not_count_beside_the_name_it_begins(
    connection: Connection, names: list[str | None], count: int
) -> None:
    counted = connection.execute(
        f"select len({names_of('given')}) from (select unnest(?::varchar[]) as given)", [names]
    ).fetchall()
    assert counted == [(count,)]


@pytest.mark.parametrize(
    ("check", "column", "values", "right"),
    [
        ("last_names", "last_name_key", ["vos", "wit", "zee", "rood"], 3),
        ("birth_dates", "birth_date_key", ["1970-01-02", "1980-01-02", "1990-01-02"], 2),
        ("genders", "gender", ["Male", "f", "unknown"], 1),
        ("postcodes", "postcode_key", [f"100{n}AB" for n in range(7)], 6),
    ],
)
def test_a_customer_with_one_value_too_many_is_found_and_shown(
    connection: Connection, check: str, column: str, values: list[str | None], right: int
) -> None:
    bounds = _health(**{check: {"tolerated": 0}})
    report = examine(connection, _people(**{column: values}), ALL_BY_CARD, bounds)
    [example] = _check(report, check).examples
    assert f"by the rule card alone, {len(set(values) - {'unknown'})} " in say(example)
    assert str(values[0]) in say(example)
    masked = say(example, lambda column, value: f"<{column}>")
    assert f"<{column}>" in masked
    assert str(values[0]) not in masked
    passing = examine(connection, _people(**{column: values[:right]}), ALL_BY_CARD, bounds)
    assert _check(passing, check).passed


def test_ways_to_write_one_gender_are_one(connection: Connection) -> None:
    records = _people(gender=["M", "man", "male", "Mr.", "U", "onbekend"])
    report = examine(connection, records, ALL_BY_CARD, _health(genders={"tolerated": 0}))
    assert _check(report, "genders").passed


def test_registration_and_vat_numbers_of_a_company_are_counted(connection: Connection) -> None:
    rules = ResolutionRules.model_validate(
        {
            "source": "source",
            "record_id": "source_record_id",
            "match_keys": {
                "domain": {"column": "email_key"},
                "kvk": {"column": "phone_key"},
                "vat_id": {"column": "postcode_key"},
                "company_name": {"column": "last_name_key"},
            },
            "match_rules": [{"name": "domain", "match": ["domain"]}],
        }
    )
    records = _people(
        phone_key=["1", "2", "2"],
        postcode_key=["NL1", "NL2", "NL3"],
        last_name_key=["acme", "zenith", "acme"],
        email_key=["x.nl"] * 3,
    )
    bounds = _health(
        company_numbers={"tolerated": 0},
        vat_numbers={"tolerated": 0},
        customers_at_odds={"tolerated": 0},
    )
    found = failed(examine(connection, records, rules, bounds))
    assert set(found) == {"company_numbers", "vat_numbers", "customers_at_odds"}
    assert "given_names" not in applicable(rules, bounds)
    assert failed(examine(connection, records[1:2], rules, bounds)) == {}


def test_children_are_implausible_where_the_bound_says_so(connection: Connection) -> None:
    records = shop()
    for record in of_source(records, "crm")[:30]:
        record["birth_date_key"] = f"{datetime.now().year - 8}-01-01"
    assert "ages" not in failed(examine(connection, records))
    found = examine(connection, records, health=_health(ages={"youngest": 16}))
    assert "30 of people under 16" in _check(found, "ages").lines()[0]


def test_a_value_of_many_people_is_proposed_with_its_evidence(connection: Connection) -> None:
    records = shop()
    for record in of_source(records, "webshop")[:9]:
        record["email_key"] = "info@shop.nl"
    loyal = of_source(records, "crm")[0]
    sixty = [{**loyal, "source_record_id": f"receipt {n}"} for n in range(60)]
    report = examine(connection, [*records, *sixty])
    assert failed(report)["values_of_many_people"] == ["email"]
    [example] = _check(report, "values_of_many_people").examples
    said = say(example)
    assert said.startswith("email info@shop.nl of ")
    assert "in 9 records of webshop" in said
    assert "to ignore it: email,info@shop.nl,shared by " in said
    assert "info@" not in say(example, lambda column, value: "***")


def test_a_till_that_sends_one_card_shows_in_the_orders(connection: Connection) -> None:
    connection.execute("create schema staging")
    connection.execute(
        "create table staging.transaction_lines as select 'pos' as source, "
        "'r' || order_number as order_id, date '2026-01-10' as partition_date, case "
        "when order_number < 60 then 'card 0' else 'card ' || order_number end "
        "as source_record_id from range(400) as orders(order_number)"
    )
    assert failed(examine(connection, shop())) == {"frequent_records": ["pos"]}
    connection.execute(
        "update staging.transaction_lines set partition_date = '2025-01-01' "
        "where source_record_id = 'card 0'"
    )
    assert failed(examine(connection, shop())) == {}


def test_a_key_that_is_no_longer_delivered_is_a_change(connection: Connection) -> None:
    records = shop()
    examine(connection, records)
    for record in of_source(records, "webshop"):
        record["phone_key"] = None
    report = examine(connection, records)
    assert failed(report)["stable_sources"] == ["webshop phone filled"]
    assert "100.0% in the run before" in _check(report, "stable_sources").lines()[0]
    assert "stable_sources" not in failed(examine(connection, records))


def test_new_records_are_compared_with_the_earlier_ones_of_their_source(
    connection: Connection,
) -> None:
    before = [record for record in shop(300) if record["source"] == "crm"]
    new = [record for record in shop(100, first=1000) if record["source"] == "crm"]
    for record in new:
        record["first_name_key"], record["last_name_key"] = (
            record["last_name_key"],
            record["first_name_key"],
        )
        record["phone_key"] = None
        record["postcode_key"] = "somewhere"
    examine(connection, before)
    found = failed(examine(connection, [*before, *new]))
    assert "crm first_name of new records" in found["swapped_columns"]
    assert "crm phone of new records filled" in found["stable_sources"]
    assert "crm postcode of new records of another kind" in found["stable_sources"]


def test_consolidation_is_compared_with_the_run_before(connection: Connection) -> None:
    examine(connection, shop())
    report = examine(connection, shop(), with_rules({"name": "none", "match": ["birth_date"]}))
    assert "consolidation" in failed(report)
    assert "in the run before" in _check(report, "consolidation").lines()[0]


def _similar(threshold: float) -> ResolutionRules:
    similar = {"compare": ["first_name", "last_name"], "threshold": threshold, "review": 0.2}
    return with_rules({"name": "similar", "similar": similar})


@pytest.mark.parametrize(
    ("threshold", "failing"), [(0.3, "expected_precision"), (0.99, "expected_recall"), (0.6, None)]
)
def test_precision_and_recall_are_expected_from_the_pairs_probabilities(
    connection: Connection, threshold: float, failing: str | None
) -> None:
    # The probabilities are 0.98, 0.94 and 0.33.
    records = shop(4)[:4]
    for number, record in enumerate(records):
        record |= {"source": "s", "source_record_id": str(number)}
    examine(connection, records)
    rules = _similar(threshold)
    weights = weights_between(("0", "1", 5.6), ("1", "2", 4.0), ("2", "3", -1.0))
    keep_compared(connection, "lookup", rules, weights, OUTPUT)
    report = check_health(
        IdentityStore(connection, "lookup", rules, OUTPUT),
        _health(expected_precision={"least": 0.9}),
    )
    expected = {name for name in failed(report) if name.startswith("expected")}
    assert expected == ({failing} if failing else set())
    if failing is None:
        assert "96.0% of 2 pairs" in _check(report, "expected_precision").lines()[0]


def test_a_check_may_be_an_error_or_off(connection: Connection) -> None:
    records = shop()
    for record in of_source(records, "pos"):
        record["loyalty_card_key"] = "1"
    report = examine(connection, records, health=_health(frequent_values={"severity": "error"}))
    assert report.has_errors
    assert not examine(connection, records).has_errors
    off = examine(connection, records, health=_health(frequent_values={"severity": "off"}))
    assert "frequent_values" not in {check.name for check in off.checks}


@pytest.mark.parametrize(
    ("stated", "message"),
    [
        ({"given_names": {"mots": 4}}, "mots"),
        ({"given_name": {"most": 4}}, "given_name"),
        ({"attributes": {"firstname": "x"}}, "did you mean 'given_name'|unknown attribute"),
        ({"ages": {"severity": "fatal"}}, "severity"),
    ],
)
def test_bounds_that_are_misspelt_are_refused(stated: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        _health(**stated)


def test_what_a_bound_does_not_state_is_as_by_default() -> None:
    stated = _health(birth_dates={"share": 0.5}).birth_dates
    assert (stated.most, stated.share, stated.severity) == (2, 0.5, "warn")


def test_an_attribute_may_be_stated_or_denied(connection: Connection) -> None:
    records = _people(first_name_key=["ann", "bea", "cor", "dirk"])
    bounds = {"given_names": {"tolerated": 0}}
    assert "given_names" in failed(examine(connection, records, ALL_BY_CARD, _health(**bounds)))
    none = _health(**bounds, attributes={"given_name": None})
    assert "given_names" not in failed(examine(connection, records, ALL_BY_CARD, none))
    other = _health(
        last_names={"tolerated": 0}, attributes={"last_name": "first_name", "given_name": None}
    )
    assert set(failed(examine(connection, records, ALL_BY_CARD, other))) == {"last_names"}


def test_a_stated_attribute_that_is_nowhere_is_refused(connection: Connection) -> None:
    with pytest.raises(RulesError, match=r"'sexe' for the gender.*gender"):
        examine(connection, shop(2), health=_health(attributes={"gender": "sexe"}))


def test_the_figures_of_every_run_are_kept_once(connection: Connection) -> None:
    examine(connection, shop(20))
    report = examine(connection, shop(20))
    kept = connection.execute(
        "select count(*), count(distinct resolved_at), count(distinct (resolved_at, check_name, "
        "subject)) from identity.health_runs"
    ).fetchall()
    figures = sum(len(check.figures) for check in report.checks)
    assert kept == [(2 * figures, 2, 2 * figures)]


def test_a_map_without_runs_before_can_be_checked_by_reading_alone(
    connection: Connection, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("read") / "map.duckdb"
    with duckdb.connect(str(path)) as writing:
        examine(writing, shop(20))
        writing.execute("drop table identity.health_runs")
    with duckdb.connect(str(path), read_only=True) as reading:
        report = check_health(IdentityStore(reading, "lookup", RULES, OUTPUT), Health())
        assert report.customers == 20
        left = reading.execute("select count(*) from duckdb_tables() where temporary").fetchall()
        assert left == [(0,)]
