"""The plots of similar rules: what their models have learned, and what thresholds would link."""

import pandas as pd
from matplotlib.axes import Axes

from customer_platform.presentation.plots import COLOUR, SECOND_COLOUR, markdown_picture


def weights_plot(title: str, weights: pd.DataFrame) -> str:
    """One bar per attribute and level: to the right it speaks for one customer.

    Args:
        title: Shown above the plot.
        weights: attribute, level, weight (log2), in order from the top.

    Returns:
        Markdown with the picture embedded.
    """
    labels = [f"{row.attribute}: {row.level}" for row in weights.itertuples()]

    def draw(axes: Axes) -> None:
        values = weights["weight"].tolist()
        colours = [COLOUR if value > 0 else SECOND_COLOUR for value in values]
        bars = axes.barh(range(len(values)), values, color=colours)
        axes.bar_label(bars, fmt="{:+.1f}", padding=3, fontsize=7)
        axes.set_yticks(range(len(values)), labels, fontsize=7)
        axes.axvline(0, color="black", linewidth=0.8)
        axes.invert_yaxis()
        axes.set_xlabel("match weight: log2 of how much likelier of one customer than of two")
        axes.margins(x=0.12)

    return markdown_picture(title, draw, height=1.2 + 0.2 * max(len(weights), 1))


def threshold_plot(title: str, accuracy: pd.DataFrame, threshold: float) -> str:
    """Expected precision and recall by threshold.

    Args:
        title: Shown above the plot.
        accuracy: threshold, precision, recall.
        threshold: The one in force, marked.

    Returns:
        Markdown with the picture embedded.
    """

    def draw(axes: Axes) -> None:
        axes.plot(
            accuracy["threshold"], accuracy["precision"], color=COLOUR, label="expected precision"
        )
        axes.plot(
            accuracy["threshold"], accuracy["recall"], color=SECOND_COLOUR, label="expected recall"
        )
        axes.axvline(threshold, color="black", linewidth=0.8, linestyle="--")
        axes.set_xlabel(f"threshold (now {threshold:g})")
        axes.set_ylim(0, 1.05)
        axes.legend(frameon=False)

    return markdown_picture(title, draw)
