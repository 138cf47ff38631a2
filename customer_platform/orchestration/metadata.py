"""Turns frames and pictures into the metadata that the Dagster UI shows."""

from collections.abc import Sequence

import dagster as dg
import numpy as np
import pandas as pd

from customer_platform.privacy.personal import Kinds, mask_frame


def table_metadata(frame: pd.DataFrame) -> dg.TableMetadataValue:
    """A frame as a metadata table: numbers stay numbers, missing values are empty."""
    columns = [str(column) for column in frame.columns]
    records = [
        dg.TableRecord(dict(zip(columns, map(_cell, row), strict=True)))
        for row in frame.itertuples(index=False)
    ]
    return dg.MetadataValue.table(
        records, schema=dg.TableSchema([dg.TableColumn(name) for name in columns])
    )


def preview_metadata(frame: pd.DataFrame, kinds: Kinds) -> dg.TableMetadataValue:
    """A few rows as a metadata table, personal data masked.

    Args:
        frame: The rows.
        kinds: What is declared of their columns; what isn't in it is personal.
    """
    return table_metadata(mask_frame(frame, kinds))


def records_metadata(
    columns: Sequence[str], rows: Sequence[Sequence[object]]
) -> dg.TableMetadataValue:
    """Rows of plain values as a metadata table."""
    return table_metadata(pd.DataFrame(list(rows), columns=list(columns), dtype=object))


def _cell(value: object) -> str | int | float | bool:
    # Not even comparable with itself.
    if value is None or value is pd.NA or value is pd.NaT:
        return ""
    if isinstance(value, np.integer | np.floating | np.bool_):
        value = value.item()
    if isinstance(value, bool | int | float | str) and value == value:
        return value
    return "" if value != value else str(value)
