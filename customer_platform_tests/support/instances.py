"""What Dagster keeps of a sensor, put into an instance."""

from datetime import datetime, timedelta

import dagster as dg
from dagster._core.remote_origin import (
    InProcessCodeLocationOrigin,
    RemoteInstigatorOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.scheduler.instigation import (
    InstigatorState,
    InstigatorStatus,
    InstigatorType,
    SensorInstigatorData,
    TickData,
    TickStatus,
)
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin


def sensor_with_ticks(
    instance: dg.DagsterInstance, first: datetime, *, count: int
) -> InstigatorState:
    """A sensor that has ticked once a day.

    Args:
        instance: The instance.
        first: The time of its first tick.
        count: How many ticks.
    """
    location = InProcessCodeLocationOrigin(LoadableTargetOrigin(python_file="shop.py"))
    state = InstigatorState(
        RemoteInstigatorOrigin(RemoteRepositoryOrigin(location, "shop"), "shop_landing_sensor"),
        InstigatorType.SENSOR,
        InstigatorStatus.RUNNING,
        SensorInstigatorData(),
    )
    instance.add_instigator_state(state)
    for day in range(count):
        instance.create_tick(
            TickData(
                instigator_origin_id=state.instigator_origin_id,
                selector_id=state.selector_id,
                instigator_name=state.instigator_name,
                instigator_type=InstigatorType.SENSOR,
                status=TickStatus.SKIPPED,
                timestamp=(first + timedelta(day)).timestamp(),
            )
        )
    return state
