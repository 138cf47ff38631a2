from dataclasses import replace
from typing import Any

import dagster as dg
import duckdb
import pytest
import yaml

from customer_platform.components.identity_resolution import (
    Bounds,
    IdentityResolution,
    build_customer_id_map,
    map_checks,
)
from customer_platform.environment import Environment
from customer_platform.identity import ResolutionSummary, RuleResult
from customer_platform_tests.components.conftest import cells, checks, outcome, resources
from customer_platform_tests.homes import rows

ALL = {"one_customer_per_record", "largest_customer", "over_shared_share"}
BOUNDS = Bounds(largest_customer=3, over_shared_share=0.1)


def _rule(over_shared: list[tuple[str, int]]) -> RuleResult:
    return RuleResult("same_email", ["email"], 3, 0, 0, 0, 0, 0.0, over_shared)


SUMMARY = ResolutionSummary(
    records=100,
    customers=60,
    linked_records=40,
    largest_customer=3,
    new_customers=60,
    kept_customers=0,
    retired_customers=0,
    rules=[_rule([("a", 6), ("b", 4)]), _rule([("c", 10)])],
    seconds={},
)


def _outcomes(summary: ResolutionSummary, wrong_records: int = 0) -> dict[str, str]:
    results = map_checks(summary, wrong_records, BOUNDS)
    return {str(result.check_name): outcome(result) for result in results}


def test_a_map_within_its_bounds_passes_every_check() -> None:
    assert _outcomes(SUMMARY) == dict.fromkeys(ALL, "passed")


def test_an_empty_map_passes_every_check() -> None:
    empty = replace(SUMMARY, records=0, customers=0, largest_customer=0, rules=[])
    assert _outcomes(empty) == dict.fromkeys(ALL, "passed")


@pytest.mark.parametrize(
    ("check", "summary", "wrong_records"),
    [
        ("one_customer_per_record", SUMMARY, 1),
        ("largest_customer", replace(SUMMARY, largest_customer=4), 0),
        ("over_shared_share", replace(SUMMARY, rules=[_rule([("a", 7), ("b", 4)])]), 0),
    ],
)
def test_a_map_beyond_one_bound_fails_that_check_alone(
    check: str, summary: ResolutionSummary, wrong_records: int
) -> None:
    expected = dict.fromkeys(ALL, "passed") | {check: "ERROR"}
    assert _outcomes(summary, wrong_records) == expected


def _identity(**changes: Any) -> IdentityResolution:
    """The component as its YAML declares it."""
    attributes = {
        "records": "identity.records",
        "owner": "team:data",
        "record_id": "source_record_id",
        "source": "source",
        "match_keys": {"email": {"column": "email_key"}},
        "match_rules": [{"name": "same_email", "match": ["email"], "max_records_per_value": 3}],
    }
    return IdentityResolution.resolve_from_yaml(yaml.safe_dump(attributes | changes))


def _resolve(
    environment: Environment, identity: IdentityResolution, emails: list[str]
) -> dg.ExecuteInProcessResult:
    """Materialises the map of records that have nothing but an email."""
    with duckdb.connect(str(environment.warehouse)) as connection:
        connection.execute("create schema if not exists identity")
        connection.execute(
            "create or replace table identity.records as select 'crm' as source, "
            "row_number() over ()::varchar as source_record_id, email as email_key "
            "from (select unnest(?::varchar[]) as email)",
            [emails],
        )
    return dg.materialize(
        [build_customer_id_map(identity)], resources=resources(environment), raise_on_error=False
    )


@pytest.fixture
def identity() -> IdentityResolution:
    return _identity()


def test_a_materialised_map_passes_its_checks_and_links_records(
    deployment: Environment, identity: IdentityResolution
) -> None:
    result = _resolve(deployment, identity, ["a@x.nl", "a@x.nl", "b@x.nl"])
    assert result.success
    assert {name: outcome(check) for name, check in checks(result).items()} == dict.fromkeys(
        ALL, "passed"
    )
    assert all(check.blocking for check in checks(result).values())
    customers = "select count(distinct customer_id) from identity.customer_id_map"
    assert rows(deployment, customers) == [(2,)]


@pytest.mark.parametrize(
    ("bounds", "failing"),
    [
        ({"largest_customer": 1, "over_shared_share": 1}, "largest_customer"),
        ({"largest_customer": 50, "over_shared_share": 0.5}, "over_shared_share"),
    ],
)
def test_a_materialised_map_beyond_a_bound_fails_that_check(
    deployment: Environment, bounds: dict[str, float], failing: str
) -> None:
    identity = _identity(bounds=bounds)
    emails = ["a@x.nl", "a@x.nl", *["shop@x.nl"] * 4]
    result = _resolve(deployment, identity, emails)
    evaluated = {name: outcome(check) for name, check in checks(result).items()}
    assert evaluated == dict.fromkeys(ALL, "passed") | {failing: "ERROR"}


def test_metadata_shows_counts_rules_plots_and_masked_samples(
    deployment: Environment, identity: IdentityResolution
) -> None:
    emails = ["a@x.nl", "a@x.nl", *["shop@x.nl"] * 4]
    [event] = _resolve(deployment, identity, emails).asset_materializations_for_node(
        "identity__customer_id_map"
    )
    metadata = event.metadata
    assert metadata["dagster/row_count"].value == 6
    assert metadata["customers"].value == 5
    assert metadata["new_customers"].value == 5
    assert metadata["retired_customers"].value == 0
    assert metadata["largest_customer"].value == 2
    assert [row["rule"] for row in cells(metadata["match_rules"])] == ["same_email"]
    for plot in ("match_share_per_rule", "customer_sizes", "source_overlap"):
        assert "data:image/png;base64," in str(metadata[plot].value)
    assert cells(metadata["over_shared_values"])[0]["value"] == "sho******"
    assert cells(metadata["largest_customers"])[0]["records"] == 2
    assert len(cells(metadata["preview"])) == 5
    assert isinstance(metadata["seconds"].value, dict)


def test_customer_ids_stay_in_the_next_run(
    deployment: Environment, identity: IdentityResolution
) -> None:
    query = "select source_record_id, customer_id, valid_from from identity.customer_id_map"
    _resolve(deployment, identity, ["a@x.nl", "b@x.nl"])
    before = set(rows(deployment, query))
    _resolve(deployment, identity, ["a@x.nl", "b@x.nl", "c@x.nl"])
    assert before < set(rows(deployment, query))


def test_a_match_key_on_a_column_that_does_not_exist_fails_naming_it_and_the_nearest(
    deployment: Environment,
) -> None:
    identity = _identity(match_keys={"email": {"column": "emial_key"}})
    result = _resolve(deployment, identity, ["a@x.nl"])
    [failure] = result.get_step_failure_events()
    assert failure.step_failure_data.error is not None
    cause = failure.step_failure_data.error.cause or failure.step_failure_data.error
    assert (
        "match key 'email' uses the column 'emial_key', which the records don't have; "
        "did you mean 'email_key'?"
    ) in cause.message
