"""The health of a map in Dagster: checks, their examples, figures and plots over runs."""

from typing import Any

import dagster as dg
import duckdb
import pytest
import yaml

from customer_platform.components.identity_resolution import (
    IdentityResolution,
    build_id_map,
)
from customer_platform.environment import Environment
from customer_platform_tests.stewardship.health.shop import RULES, Record, load, of_source, shop
from customer_platform_tests.support.components import cells, checks, outcome, resources
from customer_platform_tests.support.homes import rows, value


def _identity(**changes: Any) -> IdentityResolution:
    """The component of the shop, as its YAML declares it."""
    attributes = {
        **RULES.model_dump(exclude_none=True, exclude_defaults=True),
        "records": "lookup",
        "owner": "team:data",
        "updated_at": None,
        **changes,
    }
    attributes["match_keys"]["email"]["personal"] = "email"
    return IdentityResolution.resolve_from_yaml(yaml.safe_dump(attributes))


def _resolve(
    environment: Environment, records: list[Record], **changes: Any
) -> dg.ExecuteInProcessResult:
    with duckdb.connect(str(environment.warehouse)) as connection:
        load(connection, records)
    return dg.materialize(
        [build_id_map(_identity(**changes))],
        resources=resources(environment),
        raise_on_error=False,
    )


def _placeholder(some: int) -> list[Record]:
    records = shop(120)
    for record in of_source(records, "webshop")[:some]:
        record["email_key"] = "info@shop.nl"
    return records


def test_a_fault_warns_with_masked_examples_and_holds_nothing_up(deployment: Environment) -> None:
    result = _resolve(deployment, _placeholder(12))
    assert result.success
    failed = {name: check for name, check in checks(result).items() if not check.passed}
    assert [(name, outcome(check)) for name, check in failed.items()] == [
        ("values_of_many_people", "WARN")
    ]
    check = failed["values_of_many_people"]
    assert "email: 1 value shared by more than 6 different people" in (check.description or "")
    assert "list it among the ignored values" in (check.description or "")
    examples = str(check.metadata["examples"].value)
    assert "i***@s***.nl" in examples
    assert "info@shop.nl" not in str(check)
    assert cells(check.metadata["figures"])[0]["beyond"] is True
    assert check.metadata["beyond"].value == 1
    assert not any(each.blocking for each in failed.values())


def test_an_error_is_told_from_a_warning_by_the_bound(deployment: Environment) -> None:
    health = {"values_of_many_people": {"severity": "error"}, "ages": {"severity": "off"}}
    result = _resolve(deployment, _placeholder(12), health=health)
    assert result.success
    assert outcome(checks(result)["values_of_many_people"]) == "ERROR"
    assert "ages" not in checks(result)


def test_a_map_that_is_not_kept_is_examined_too(deployment: Environment) -> None:
    result = _resolve(
        deployment, _placeholder(30), bounds={"over_shared_share": 0.01, "tolerated": 0}
    )
    assert not result.success
    failed = {name for name, check in checks(result).items() if not check.passed}
    assert {"over_shared_share", "values_of_many_people"} <= failed
    assert value(deployment, "select count(*) from identity.health_runs") == 0


def test_figures_are_kept_and_plotted_over_the_runs(deployment: Environment) -> None:
    for records in (shop(60), shop(90)):
        result = _resolve(deployment, records)
        assert result.success
    assert value(deployment, "select count(distinct resolved_at) from identity.health_runs") == 2
    [event] = result.asset_materializations_for_node("identity__customer_id_map")
    assert "data:image/png;base64," in str(event.metadata["health_over_runs"].value)
    table = {row["check"]: row for row in cells(event.metadata["health"])}
    assert table["consolidation"]["outcome"] == "passed"
    assert "in the run before" in table["consolidation"]["found"]


def test_the_figures_of_another_entity_are_read_by_its_name(deployment: Environment) -> None:
    with duckdb.connect(str(deployment.warehouse)) as connection:
        load(connection, shop(20))
    made = dg.materialize(
        [build_id_map(_identity(entity="member"))], resources=resources(deployment)
    )
    assert made.success
    found = rows(
        deployment,
        "select found, total from identity.member_health_runs where check_name = 'consolidation'",
    )
    assert found == [(17.0, 37.0)]
    [spec] = [
        each
        for each in build_id_map(_identity(entity="member")).check_specs
        if each.name == "given_names"
    ]
    assert (spec.description or "").startswith("At most 0.2% of the members have more than 3 ")


@pytest.mark.parametrize(
    ("health", "message"),
    [({"attributes": {"gender": "sexe"}}, "takes 'sexe' for the gender")],
)
def test_what_health_names_wrongly_fails_before_the_map_is_resolved(
    deployment: Environment, health: dict[str, Any], message: str
) -> None:
    result = _resolve(deployment, shop(4), health=health)
    [failure] = result.get_step_failure_events()
    assert failure.step_failure_data.error is not None
    cause = failure.step_failure_data.error.cause or failure.step_failure_data.error
    assert message in cause.message
    there = rows(deployment, "select table_name from information_schema.tables")
    assert ("customer_id_map",) not in there
