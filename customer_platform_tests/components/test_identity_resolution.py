from typing import Any

import dagster as dg
import duckdb
import pytest
import yaml

from customer_platform.components.identity_checks import BOUNDS
from customer_platform.components.identity_resolution import (
    IdentityResolution,
    build_id_map,
)
from customer_platform.environment import Environment
from customer_platform.identity.store import IdentityStore
from customer_platform.stewardship.decisions_store import NewDecision, open_decisions
from customer_platform.stewardship.explain import RecordName, explain_pair, text
from customer_platform_tests.support.components import cells, checks, outcome, resources
from customer_platform_tests.support.homes import rows, value

ALL = {"one_customer_per_record", *(bound.check for bound in BOUNDS)}
PASSED = dict.fromkeys(ALL, "passed")
MAP = "select source_record_id, customer_id, valid_from from identity.customer_id_map"


def _identity(**changes: Any) -> IdentityResolution:
    """The component as its YAML declares it."""
    attributes = {
        "records": "identity.records",
        "owner": "team:data",
        "updated_at": None,
        "record_id": "source_record_id",
        "source": "source",
        "match_keys": {"email": {"column": "email_key"}, "card": {"column": "card_key"}},
        "match_rules": [{"name": "same_email", "match": ["email"], "max_records_per_value": 3}],
        "bounds": {"tolerated": 0, "merged_share": 0.5, "over_shared_share": 1},
    }
    return IdentityResolution.resolve_from_yaml(yaml.safe_dump(attributes | changes))


def _resolve(
    environment: Environment, identity: IdentityResolution, emails: list[str], **config: bool
) -> dg.ExecuteInProcessResult:
    """Materialises the map of records that have an email and a card of their own."""
    with duckdb.connect(str(environment.warehouse)) as connection:
        connection.execute("create schema if not exists identity")
        connection.execute(
            "create or replace table identity.records as select 'crm' as source, "
            "row_number() over ()::varchar as source_record_id, email as email_key, "
            "'card ' || row_number() over () as card_key "
            "from (select unnest(?::varchar[]) as email)",
            [emails],
        )
    return dg.materialize(
        [build_id_map(identity)],
        resources=resources(environment),
        run_config={"ops": {"identity__customer_id_map": {"config": config}}},
        raise_on_error=False,
    )


def _outcomes(result: dg.ExecuteInProcessResult) -> dict[str, str]:
    """How the checks ended by which a map is kept or not; those on its health hold nothing up."""
    return {name: outcome(check) for name, check in checks(result).items() if name in ALL}


def _metadata(result: dg.ExecuteInProcessResult) -> dict[str, Any]:
    [event] = result.asset_materializations_for_node("identity__customer_id_map")
    return dict(event.metadata)


@pytest.fixture
def identity() -> IdentityResolution:
    return _identity()


def test_a_materialised_map_passes_its_checks_and_links_records(
    deployment: Environment, identity: IdentityResolution
) -> None:
    result = _resolve(deployment, identity, ["a@x.nl", "a@x.nl", "b@x.nl"])
    assert result.success
    assert _outcomes(result) == PASSED
    assert {name for name, check in checks(result).items() if check.blocking} == ALL
    # The checks are of this map, not of the one before.
    targets = [check.target_materialization_data for check in checks(result).values()]
    assert {target.run_id for target in targets if target} == {result.run_id}
    customers = "select count(distinct customer_id) from identity.customer_id_map"
    assert rows(deployment, customers) == [(2,)]


@pytest.mark.parametrize(
    ("changes", "failing"),
    [
        ({"bounds": {"largest_customer": 1}}, "largest_customer"),
        ({"bounds": {"over_shared_share": 0.5, "tolerated": 0}}, "over_shared_share"),
        (
            {
                "bounds": {"refused_share": 0.1, "over_shared_share": 1, "tolerated": 0},
                "limits": {"card": 1},
            },
            "refused_share",
        ),
    ],
)
def test_a_first_map_beyond_an_absolute_bound_is_not_kept(
    deployment: Environment, changes: dict[str, Any], failing: str
) -> None:
    identity = _identity(**changes)
    emails = ["a@x.nl", "a@x.nl", *["shop@x.nl"] * 4]
    result = _resolve(deployment, identity, emails)
    assert not result.success
    assert _outcomes(result) == PASSED | {failing: "ERROR"}
    assert "customer_id_map" not in {name for (name,) in rows(deployment, _VIEWS)}
    assert result.get_asset_materialization_events() == []


_VIEWS = "select table_name from information_schema.tables where table_type = 'VIEW'"


@pytest.mark.parametrize("failing", ["merged_share", "changed_share"])
def test_a_map_that_changes_too_much_is_refused_until_it_is_accepted(
    deployment: Environment, failing: str
) -> None:
    identity = _identity(bounds={"tolerated": 0, "merged_share": 1, "changed_share": 1, failing: 0})
    _resolve(deployment, identity, ["a@x.nl", "b@x.nl"])
    before = rows(deployment, MAP)
    for _ in range(2):
        result = _resolve(deployment, identity, ["a@x.nl", "a@x.nl"])
        assert not result.success
        assert _outcomes(result) == PASSED | {failing: "ERROR"}
        assert rows(deployment, MAP) == before
    accepted = _resolve(deployment, identity, ["a@x.nl", "a@x.nl"], accept=True)
    assert accepted.success
    assert _outcomes(accepted) == PASSED | {failing: "WARN"}
    assert len({customer for _, customer, _ in rows(deployment, MAP)}) == 1
    assert _outcomes(_resolve(deployment, identity, ["a@x.nl", "a@x.nl"])) == PASSED


def test_a_refused_map_is_described_in_the_failure_and_in_the_failed_check_alone(
    deployment: Environment,
) -> None:
    identity = _identity(bounds={"largest_customer": 2})
    result = _resolve(deployment, identity, ["jan@x.nl"] * 3)
    [failure] = result.get_step_failure_events()
    assert failure.step_failure_data.user_failure_data is not None
    said = failure.step_failure_data.user_failure_data.description or ""
    assert said.startswith("largest_customer: 3 records of the largest customer, where 2 is the ")
    metadata = checks(result)["largest_customer"].metadata
    assert cells(metadata["largest_customers"])[0]["records"] == 3
    assert cells(metadata["match_rules"])[0]["links"] == 2
    assert "largest_customers" not in checks(result)["merged_share"].metadata


def test_metadata_shows_counts_rules_plots_and_masked_samples(
    deployment: Environment, identity: IdentityResolution
) -> None:
    emails = ["jan@x.nl", "jan@x.nl", *["shop@x.nl"] * 4]
    metadata = _metadata(_resolve(deployment, identity, emails))
    assert metadata["dagster/row_count"].value == 6
    assert metadata["customers"].value == 5
    assert metadata["new_customers"].value == 5
    assert metadata["retired_customers"].value == 0
    assert metadata["largest_customer"].value == 2
    assert metadata["mode"].value == "full"
    assert cells(metadata["match_keys"])[0]["fill_rate"] == 1
    assert [row["customers_by_it_alone"] for row in cells(metadata["match_rules"])] == [1]
    for plot in ("fill_rate_per_match_key", "links_per_rule", "source_overlap"):
        assert "data:image/png;base64," in str(metadata[plot].value)
    assert cells(metadata["over_shared_values"])[0]["value"] == "s***@*.nl"
    assert cells(metadata["shared_values"])[0]["value"] == "s***@*.nl"
    assert cells(metadata["largest_customers"])[0]["records"] == 2
    assert len(cells(metadata["preview"])) == 5
    assert isinstance(metadata["seconds"].value, dict)


def test_the_largest_customers_are_explained_with_their_values_masked(
    deployment: Environment, identity: IdentityResolution
) -> None:
    metadata = _metadata(_resolve(deployment, identity, ["jansen@x.nl", "jansen@x.nl"]))
    explained = str(metadata["largest_customers_explained"].value)
    assert "by same_email" in explained
    assert "j*****@*.nl" in explained
    assert "jansen" not in str(metadata)


def test_a_customer_too_large_to_read_is_not_explained(deployment: Environment) -> None:
    rule = {"name": "same_email", "match": ["email"]}
    identity = _identity(match_rules=[rule], bounds={"largest_customer": 500})
    metadata = _metadata(_resolve(deployment, identity, ["jan@x.nl"] * 201))
    assert metadata["largest_customers_explained"].value == "None."


def test_customer_ids_stay_in_the_next_run_which_resolves_what_is_new_alone(
    deployment: Environment, identity: IdentityResolution
) -> None:
    _resolve(deployment, identity, ["a@x.nl", "b@x.nl"])
    before = set(rows(deployment, MAP))
    metadata = _metadata(_resolve(deployment, identity, ["a@x.nl", "b@x.nl", "c@x.nl"]))
    assert before < set(rows(deployment, MAP))
    assert metadata["mode"].value == "incremental"
    assert metadata["touched_records"].value == 1
    assert cells(metadata["changes"]) == [
        {"reason": "new record", "new_records": 1, "moved_records": 0, "deleted_records": 0}
    ]


def test_a_run_can_be_told_to_resolve_everything(
    deployment: Environment, identity: IdentityResolution
) -> None:
    _resolve(deployment, identity, ["a@x.nl", "b@x.nl"])
    before = set(rows(deployment, MAP))
    metadata = _metadata(_resolve(deployment, identity, ["a@x.nl", "b@x.nl"], full=True))
    assert metadata["mode"].value == "full"
    assert metadata["touched_records"].value == 2
    assert set(rows(deployment, MAP)) == before


def test_overrides_are_read_from_their_table(deployment: Environment) -> None:
    with duckdb.connect(str(deployment.warehouse)) as connection:
        connection.execute(
            "create schema identity; create table identity.decided as select 'different' as kind, "
            "'crm' as source, '1' as source_record_id, 'crm' as other_source, "
            "'2' as other_record_id"
        )
    identity = _identity(overrides="identity.decided", bounds={"refused_share": 1})
    assert _resolve(deployment, identity, ["a@x.nl", "a@x.nl"]).success
    refused = "select refused_by from identity.refused_links"
    assert value(deployment, refused) == "override different"
    assert len({customer for _, customer, _ in rows(deployment, MAP)}) == 2


def _decide(environment: Environment, kind: str, one: str, other: str) -> int:
    """Decides about two records in the store; returns the decision's number."""
    records = (RecordName("crm", one), RecordName("crm", other))
    [made] = open_decisions(environment, "customer").decide(
        [NewDecision(kind, *records, "seen at the counter")], "Eva"
    )
    return made.number


def _is_one(environment: Environment) -> bool:
    return len({customer for _, customer, _ in rows(environment, MAP)}) == 1


def test_what_is_decided_in_the_store_is_in_the_next_map_and_gone_once_withdrawn(
    deployment: Environment,
) -> None:
    identity = _identity(bounds={"merged_share": 1})
    assert _resolve(deployment, identity, ["a@x.nl", "b@x.nl"]).success
    number = _decide(deployment, "same", "1", "2")
    assert not _is_one(deployment)
    assert _resolve(deployment, identity, ["a@x.nl", "b@x.nl"]).success
    assert _is_one(deployment)
    open_decisions(deployment, "customer").withdraw(number, "Tom", "two people")
    assert _resolve(deployment, identity, ["a@x.nl", "b@x.nl"]).success
    assert not _is_one(deployment)


def test_the_seed_and_the_store_are_applied_together(deployment: Environment) -> None:
    with duckdb.connect(str(deployment.warehouse)) as connection:
        connection.execute(
            "create schema identity; create table identity.decided as select 'same' as kind, "
            "'crm' as source, '1' as source_record_id, 'crm' as other_source, "
            "'2' as other_record_id"
        )
    _decide(deployment, "same", "2", "3")
    identity = _identity(overrides="identity.decided", bounds={"merged_share": 1})
    assert _resolve(deployment, identity, ["a@x.nl", "b@x.nl", "c@x.nl"]).success
    assert _is_one(deployment)


def test_a_seed_that_contradicts_the_store_fails_saying_what_to_do(
    deployment: Environment,
) -> None:
    with duckdb.connect(str(deployment.warehouse)) as connection:
        connection.execute(
            "create schema identity; create table identity.decided as select 'same' as kind, "
            "'crm' as source, '1' as source_record_id, 'crm' as other_source, "
            "'2' as other_record_id"
        )
    _decide(deployment, "different", "1", "2")
    result = _resolve(deployment, _identity(overrides="identity.decided"), ["a@x.nl", "b@x.nl"])
    assert not result.success
    [failure] = [event for event in result.all_events if event.is_step_failure]
    said = str(failure.step_failure_data.error)
    assert "are overridden both as same and as different; remove one of the two lines" in said


def test_an_explanation_quotes_who_has_decided_in_the_store(deployment: Environment) -> None:
    identity = _identity(bounds={"merged_share": 1})
    _decide(deployment, "same", "1", "2")
    assert _resolve(deployment, identity, ["a@x.nl", "b@x.nl"]).success
    with duckdb.connect(str(deployment.warehouse), read_only=True) as connection:
        store = IdentityStore(connection, identity.records, identity.rules, identity.tables)
        told = text.render(explain_pair(store, RecordName("crm", "1"), RecordName("crm", "2")))
    assert "Eva" in told
    assert "seen at the counter" in told


def test_the_asset_depends_on_records_and_overrides() -> None:
    asset = build_id_map(_identity(overrides="identity.decided"))
    assert {key.to_user_string() for key in asset.dependency_keys} == {
        "identity/records",
        "identity/decided",
    }


def test_the_description_names_rules_and_limits() -> None:
    asset = build_id_map(_identity(limits={"card": 2}))
    description = asset.get_asset_spec().description or ""
    assert "same_email (email)" in description
    assert "A customer has at most 2 different card values." in description


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
