"""The asset `published/masters`: writes both editions, and says what is masked in one."""

import dagster as dg
import pytest

from customer_platform.components.publication import PUBLISHED, build_published_masters
from customer_platform.environment import Environment
from customer_platform.errors import NotPublishedError
from customer_platform.publishing import run_query
from customer_platform_tests.support.components import resources
from customer_platform_tests.support.small_masters import RELATIONS, SmallMasters, rows


def _materialize(environment: Environment) -> dg.ExecuteInProcessResult:
    with dg.DagsterInstance.ephemeral() as instance:
        return dg.materialize(
            [build_published_masters("team:test", RELATIONS)],
            resources=resources(environment),
            instance=instance,
            raise_on_error=False,
        )


def test_both_editions_are_written_and_metadata_says_what_is_masked(
    deployment: Environment,
) -> None:
    masters = SmallMasters(deployment.home)
    masters.connection.execute("update master.golden_records set net_revenue = 3")
    masters.connection.close()
    result = _materialize(deployment)
    assert result.success
    [event] = result.get_asset_materialization_events()
    assert event.asset_key == PUBLISHED
    metadata = event.materialization.metadata
    assert metadata["masked_columns"].value == {
        "customer_records": {"source_record_id": "pseudonym"},
        **{name: {} for name in ("golden_records", "customers_history", "transactions", "returns")},
        **{name: {} for name in ("events", "restatements")},
    }
    assert metadata["masked_files"].value == metadata["files"].value
    for folder in (deployment.published, deployment.published_masked):
        assert rows(run_query(folder, "select distinct net_revenue from customers")) == [(3,)]
    [(record,)] = rows(
        run_query(deployment.published_masked, "select source_record_id from customer_records")
    )
    assert len(record) == 32


def test_when_the_secret_is_missing_nothing_is_published(deployment: Environment) -> None:
    SmallMasters(deployment.home).connection.close()
    deployment.privacy.mkdir()
    (deployment.privacy / "secret_fingerprint").write_text("that of another secret")
    assert not _materialize(deployment).success
    for folder in (deployment.published, deployment.published_masked):
        with pytest.raises(NotPublishedError):
            run_query(folder, "from customers")
