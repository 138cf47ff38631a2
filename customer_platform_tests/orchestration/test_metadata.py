from datetime import date
from decimal import Decimal

import pandas as pd

from customer_platform.orchestration.metadata import (
    preview_metadata,
    records_metadata,
    table_metadata,
)
from customer_platform_tests.support.components import cells


def test_numbers_stay_numbers_and_missing_values_are_empty() -> None:
    frame = pd.DataFrame({"n": [1, 2], "share": [0.5, None], "seen": [pd.NaT, pd.NaT]})
    frame["bound"] = pd.array([None, 3], dtype="Int64")
    assert cells(table_metadata(frame)) == [
        {"n": 1, "share": 0.5, "seen": "", "bound": ""},
        {"n": 2, "share": "", "seen": "", "bound": 3},
    ]


def test_other_values_are_shown_as_text() -> None:
    rows = [[Decimal("1.50"), date(2024, 1, 2), ["a"]]]
    assert cells(records_metadata(["amount", "day", "list"], rows)) == [
        {"amount": "1.50", "day": "2024-01-02", "list": "['a']"}
    ]


def test_a_table_without_rows_keeps_its_columns() -> None:
    metadata = records_metadata(["file", "rows"], [])
    assert cells(metadata) == []
    assert [column.name for column in metadata.schema.columns] == ["file", "rows"]


def test_a_preview_is_masked() -> None:
    frame = pd.DataFrame({"mail": ["anna@example.com"], "n": [1], "x": ["Zylstra"]})
    assert cells(preview_metadata(frame, {"mail": "email", "n": False})) == [
        {"mail": "a***@e******.com", "n": "1", "x": "***"}
    ]
