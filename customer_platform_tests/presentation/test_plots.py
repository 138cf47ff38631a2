import base64

import pandas as pd
import pytest

from customer_platform.presentation.plots import (
    bar_plot,
    histogram_plot,
    overlap_plot,
    revenue_plot,
)

_PREFIX = "data:image/png;base64,"


def _png(markdown: str) -> bytes:
    return base64.b64decode(markdown.split(_PREFIX)[1].rstrip(")"))


_DAYS = pd.DataFrame({"day": pd.to_datetime(["2024-01-01"]), "gross": [12.5], "returned": [0.0]})
_COUNTS = pd.Series({"crm": 3, "pos": 1})
_MATRIX = pd.DataFrame([[3, 1], [1, 2]], index=["crm", "pos"], columns=["crm", "pos"])


@pytest.mark.parametrize(
    "markdown",
    [
        bar_plot("Records", _COUNTS, "records"),
        histogram_plot("Sizes", pd.Series({1: 100, 2: 7}), "records", "customers"),
        revenue_plot("Revenue", _DAYS),
        overlap_plot("Overlap", _MATRIX),
    ],
)
def test_a_plot_is_markdown_with_a_png_picture_in_it(markdown: str) -> None:
    assert markdown.startswith("![")
    assert _png(markdown).startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "markdown",
    [
        bar_plot("Records", pd.Series(dtype="int64"), "records"),
        histogram_plot("Sizes", pd.Series(dtype="int64"), "records", "customers"),
        revenue_plot("Revenue", _DAYS.iloc[:0]),
        overlap_plot("Overlap", pd.DataFrame(dtype="int64")),
    ],
)
def test_a_plot_of_no_data_is_an_empty_picture_and_no_error(markdown: str) -> None:
    assert _png(markdown).startswith(b"\x89PNG")
