"""How identities fare, in the browser."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from customer_platform.environment import Environment, load_environment
from customer_platform.errors import HealthError, ReleasedProjectError
from customer_platform.stewardship.health.ignoring import add_ignored_value
from customer_platform.workbench.health import line_of
from customer_platform_tests.support.projects import checkout
from customer_platform_tests.workbench.desk import Steward, publish_small, two_stewards

EMAIL = "info@shop.example"


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """A published home in which eight people share an email address, and a seed of its own."""
    folder = tmp_path_factory.mktemp("health")
    seeds = folder / "seeds" / "retail"
    seeds.mkdir(parents=True)
    (seeds / "ignored_values.csv").write_text("match_key,value,reason\n")
    (seeds / "link_overrides.csv").write_text(
        "kind,source,source_record_id,other_source,other_record_id,author,date,reason\n"
    )
    project = replace(checkout(), dbt=folder)
    environment = replace(load_environment(), home=folder / "home", project=project)
    publish_small(environment, _share_an_address)
    return environment


def _share_an_address(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        "insert into identity.source_lookup (source, source_record_id, email_key, last_name_key) "
        "select 'shop', 'p' || i, ?, 'name' || chr(97 + i::int) from range(8) as t(i)",
        [EMAIL],
    )


@pytest.fixture
def eva(environment: Environment) -> Iterator[Steward]:
    steward = Steward(environment)
    yield steward
    steward.client.close()


def test_the_figures_of_the_last_runs_are_shown(eva: Steward) -> None:
    page = eva.get("/health").text
    assert "How customers fare" in page
    assert "of 12 records are merged into others" in page
    assert "loyalty_card" in page
    assert 'hx-get="/health/customers/checks"' in page


def test_checks_say_what_they_hold_to_and_what_is_beyond(eva: Steward) -> None:
    told = eva.get("/health/customers/checks").text
    assert "email: 1 value shared by more than 6 different people" in told
    assert "No value that identifies is shared by more than 6 different people" in told
    assert "a placeholder, or an address or number of a shop or a company" in told
    assert f"<strong>email</strong> {EMAIL}: 8 people in 8 records of shop" in told


def test_a_proposed_value_is_written_once_and_nothing_else(
    eva: Steward, environment: Environment
) -> None:
    form = {"key": "email", "value": "ann@example.com"}
    refused = eva.send("/health/customers/ignore", **form)
    assert (refused.status_code, "among those that are proposed" in refused.text) == (400, True)
    done = eva.send("/health/customers/ignore", key="email", value=EMAIL)
    assert "The value is written to the ignored values." in done.text
    seed = environment.project.dbt / "seeds" / "retail" / "ignored_values.csv"
    [_, line] = seed.read_text().splitlines()
    assert line.startswith(f'email,{EMAIL},"shared by 8 people, ignored by ')
    again = eva.send("/health/customers/ignore", key="email", value=EMAIL)
    assert (again.status_code, "ignored already" in again.text) == (400, True)


def test_a_viewer_sees_masked_values_and_no_button(environment: Environment) -> None:
    vic, _ = two_stewards(environment, first="Vic")
    told = vic.get("/health/customers/checks").text
    assert "8 people in 8 records" in told
    assert EMAIL not in told
    assert "Ignore it" not in told
    refused = vic.send("/health/customers/ignore", key="email", value=EMAIL)
    assert refused.status_code == 403


def test_a_released_version_and_another_file_are_left_alone(
    environment: Environment, tmp_path: Path
) -> None:
    released = replace(environment, version=tmp_path)
    with pytest.raises(ReleasedProjectError):
        add_ignored_value(released, "email", "a@x", "")
    other = replace(environment, project=replace(checkout(), dbt=tmp_path))
    seed = tmp_path / "seeds" / "retail" / "ignored_values.csv"
    seed.parent.mkdir(parents=True)
    seed.write_text("value\n")
    with pytest.raises(HealthError, match=r"ignored_values.csv:1: the columns aren't"):
        add_ignored_value(other, "email", "a@x", "")


def test_a_line_runs_from_the_oldest_run_to_the_newest() -> None:
    assert line_of([0.0, 0.5, 1.0]) == "0.0,36.0 110.0,18.0 220.0,0.0"
    assert line_of([0.5]) == "0.0,18.0"
