"""Plots as PNG pictures inside Markdown, which the Dagster UI shows in an asset's metadata."""

import base64
from collections.abc import Callable
from io import BytesIO

import matplotlib
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

matplotlib.use("Agg")

COLOUR = "#4f43dd"
SECOND_COLOUR = "#d24242"


def markdown_picture(title: str, draw: Callable[[Axes], None], height: float = 3.2) -> str:
    """A plot as Markdown with the picture embedded.

    Args:
        title: Shown above the plot.
        draw: Draws on the axes.
        height: Of the picture, in inches.
    """
    figure = Figure(figsize=(7, height), layout="constrained")
    axes = figure.add_subplot()
    axes.set_title(title)
    axes.spines[["top", "right"]].set_visible(False)
    draw(axes)
    return _embedded(title, figure)


def markdown_pictures(
    title: str, draw: Callable[[Axes, int], None], count: int, rows: int, columns: int
) -> str:
    """Several small plots in one picture, as Markdown with the picture embedded.

    Args:
        title: Shown above the plots.
        draw: Draws the plot of a number, from 0, on the axes.
        count: How many plots there are.
        rows: Rows of plots.
        columns: Plots in a row.
    """
    # A layout that fits itself to the labels takes most of a second for a dozen plots.
    height = 0.8 + 2.1 * rows
    figure = Figure(figsize=(3.6 * columns, height))
    figure.suptitle(title, y=1 - 0.2 / height)
    figure.subplots_adjust(0.05, 0.4 / height, 0.99, 1 - 0.6 / height, wspace=0.18, hspace=0.5)
    grid = figure.subplots(rows, columns, squeeze=False)
    for number, axes in enumerate(grid.flat):
        axes.spines[["top", "right"]].set_visible(False)
        if number < count:
            draw(axes, number)
        else:
            axes.set_axis_off()
    return _embedded(title, figure)


def _embedded(title: str, figure: Figure) -> str:
    picture = BytesIO()
    figure.savefig(picture, format="png", dpi=80)
    encoded = base64.b64encode(picture.getvalue()).decode()
    return f"![{title}](data:image/png;base64,{encoded})"


def picture_source(markdown: str) -> str:
    """The picture of a plot as an HTML page's `src`."""
    return markdown[markdown.index("](data:") + 2 : -1]


def bar_plot(title: str, values: pd.Series, value_label: str) -> str:
    """One horizontal bar per index entry, the first on top.

    Args:
        title: Shown above the plot.
        values: Numbers, indexed by what each bar stands for.
        value_label: What is counted, with its unit.

    Returns:
        Markdown with the picture embedded.
    """

    def draw(axes: Axes) -> None:
        bars = axes.barh([str(label) for label in values.index], values.tolist(), color=COLOUR)
        axes.bar_label(bars, fmt="{:,.0f}", padding=3, fontsize=8)
        axes.invert_yaxis()
        axes.set_xlabel(value_label)
        axes.margins(x=0.12)

    return markdown_picture(title, draw, height=1.2 + 0.35 * max(len(values), 1))


def histogram_plot(title: str, counts: pd.Series, size_label: str, count_label: str) -> str:
    """One column per size, counts on a logarithmic axis.

    Args:
        title: Shown above the plot.
        counts: How often each size occurs, indexed by size.
        size_label: What the index measures.
        count_label: What is counted.

    Returns:
        Markdown with the picture embedded.
    """

    def draw(axes: Axes) -> None:
        axes.bar([str(size) for size in counts.index], counts.tolist(), color=COLOUR)
        axes.set_yscale("symlog", linthresh=1)
        axes.set_xlabel(size_label)
        axes.set_ylabel(count_label)

    return markdown_picture(title, draw)


def revenue_plot(title: str, days: pd.DataFrame) -> str:
    """Gross and returned revenue per day as two lines.

    Args:
        title: Shown above the plot.
        days: One row per day: day, gross, returned (positive amounts).

    Returns:
        Markdown with the picture embedded.
    """

    def draw(axes: Axes) -> None:
        axes.plot(days["day"], days["gross"], color=COLOUR, label="gross")
        axes.plot(days["day"], days["returned"], color=SECOND_COLOUR, label="returned")
        axes.set_ylabel("revenue per day")
        axes.tick_params(axis="x", rotation=30)
        axes.legend(frameon=False)

    return markdown_picture(title, draw)


def overlap_plot(title: str, matrix: pd.DataFrame) -> str:
    """A grid of counts, for example the customers that two sources share.

    Args:
        title: Shown above the plot.
        matrix: Square; index and columns name the same things in the same order.

    Returns:
        Markdown with the picture embedded.
    """

    def draw(axes: Axes) -> None:
        numbers = matrix.to_numpy(dtype=float)
        if numbers.size:
            axes.imshow(numbers, cmap="Purples", aspect="auto")
        axes.set_xticks(range(len(matrix.columns)), [str(name) for name in matrix.columns])
        axes.set_yticks(range(len(matrix.index)), [str(name) for name in matrix.index])
        threshold = numbers.max(initial=0) / 2
        for row in range(numbers.shape[0]):
            for column in range(numbers.shape[1]):
                shade = "white" if numbers[row, column] > threshold else "black"
                text = f"{numbers[row, column]:,.0f}"
                axes.text(column, row, text, ha="center", va="center", color=shade, fontsize=8)

    return markdown_picture(title, draw, height=1.0 + 0.45 * max(len(matrix), 1))
