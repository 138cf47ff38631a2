"""Lets a component's YAML hold the engine's own models, with all their validation."""

from typing import Any

import dagster as dg


def declared(model: Any) -> dg.Resolver:
    """A resolver that takes a field as the engine's pydantic model has read it.

    Dagster resolves plain pydantic models by itself only while none of their fields has a
    constraint. With the model as the type of the YAML's field, `dg check yaml` reports what the
    model refuses with file and line.

    Args:
        model: The type of the field in YAML, for example `list[TableSpec]`.
    """
    return dg.Resolver(lambda _, value: value, model_field_type=model)
