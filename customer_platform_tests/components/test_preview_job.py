from hashlib import sha256
from pathlib import Path

import dagster as dg
import pytest

from customer_platform.components.preview_job import JOB, build_preview_job
from customer_platform.environment import Environment
from customer_platform_tests.cli.stewarded import build_map
from customer_platform_tests.cli.test_steward import BY_BIRTH

OP = "compare_with_current_map"


@pytest.fixture
def warehouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CUSTOMER_PLATFORM_HOME", str(tmp_path))
    return build_map(tmp_path)


def _run(**config: str) -> dg.ExecuteInProcessResult:
    return build_preview_job().execute_in_process(
        run_config={
            "ops": {OP: {"config": config}},
            "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
        },
        raise_on_error=False,
    )


def _metadata(result: dg.ExecuteInProcessResult) -> dict[str, dg.MetadataValue]:
    [output] = [event for event in result.all_events if event.is_successful_output]
    return dict(output.step_output_data.metadata)


def _failure(result: dg.ExecuteInProcessResult) -> str:
    [event] = result.get_step_failure_events()
    data = event.step_failure_data.user_failure_data
    assert data is not None
    return str(data.description)


def test_the_job_shows_the_changes_masked_and_leaves_the_warehouse_as_it_is(
    warehouse: Path,
) -> None:
    before = sha256(warehouse.read_bytes()).hexdigest()
    metadata = _metadata(_run(yaml=BY_BIRTH))
    assert metadata["customers_now"].value == 3
    assert metadata["customers_then"].value == 2
    changes = metadata["biggest_changes"]
    assert isinstance(changes, dg.TableMetadataValue)
    [change] = changes.records
    assert (change.data["kind"], change.data["customers"]) == ("merge", 2)
    assert str(change.data["moved_revenue"]).startswith("EUR ")
    assert "last_name = j*****" in str(change.data["links"])
    assert "jansen" not in str(metadata)
    assert sha256(warehouse.read_bytes()).hexdigest() == before


@pytest.mark.usefixtures("warehouse")
def test_rules_are_read_from_a_file_too(tmp_path: Path) -> None:
    path = tmp_path / "new.yaml"
    path.write_text(BY_BIRTH)
    assert _metadata(_run(file=str(path)))["customers_then"].value == 2
    inside = _run(file="customer_platform/defs/retail/identity/defs.yaml")
    assert _metadata(inside)["moved_records"].value == 0


@pytest.mark.usefixtures("warehouse")
def test_wrong_rules_and_wrong_config_fail_with_what_is_wrong() -> None:
    assert "rules:10:36: match rule 'name_and_birth' uses the unknown match key" in _failure(
        _run(yaml=BY_BIRTH.replace("[last_name", "[name"))
    )
    assert "either as file or as yaml" in _failure(_run())
    assert "either as file or as yaml" in _failure(_run(file="a.yaml", yaml=BY_BIRTH))


@pytest.mark.usefixtures("warehouse")
def test_an_entity_is_chosen_as_by_the_command() -> None:
    assert _metadata(_run(yaml=BY_BIRTH, entity="customer"))["customers_then"].value == 2
    assert "doesn't resolve the entity 'buyer'; known: customer" in _failure(
        _run(yaml=BY_BIRTH, entity="buyer")
    )


def test_without_a_warehouse_the_job_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUSTOMER_PLATFORM_HOME", str(tmp_path))
    assert "there is no warehouse at" in _failure(_run(yaml=BY_BIRTH))


def test_the_platform_has_the_job_in_the_pool_of_the_warehouse_and_in_no_other_job(
    prepared: Environment,
) -> None:
    from customer_platform.definitions import defs

    job = defs.resolve_job_def(JOB)
    assert [node.name for node in job.graph.node_defs] == [OP]
    assert [node.pool for node in job.graph.node_defs if isinstance(node, dg.OpDefinition)] == [
        "warehouse"
    ]
    for other in ("main", "refresh"):
        assert OP not in {node.name for node in defs.resolve_job_def(other).graph.node_defs}
