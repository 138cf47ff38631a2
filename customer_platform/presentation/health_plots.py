"""The plot of a map's health over the runs."""

from collections.abc import Sequence
from math import ceil

import pandas as pd
from matplotlib.axes import Axes

from customer_platform.presentation.plots import SECOND_COLOUR, markdown_pictures

_COLUMNS = 3
# More lines can't be told apart: those that have changed most, and then the highest.
_LINES = 5


def health_plot(figures: pd.DataFrame, checks: Sequence[str]) -> str:
    """One small plot per check: its figures run by run, those beyond its bound marked.

    Checks whose figures were zero in every run are left out.

    Args:
        figures: resolved_at, check_name, subject, share, beyond; as `figures_over_runs` gives them.
        checks: The checks to show, in their order.

    Returns:
        Markdown with one picture embedded.
    """
    groups = {name: figures[figures["check_name"] == name] for name in checks}
    drawn = [(name, group) for name, group in groups.items() if (group["share"] != 0).any()]

    def draw(axes: Axes, number: int) -> None:
        name, group = drawn[number]
        axes.set_title(name.replace("_", " "), fontsize=9)
        lines = group.pivot_table(index="resolved_at", columns="subject", values="share")
        spread = (lines.max() - lines.min()).fillna(0) + lines.iloc[-1].fillna(0) / 1e6
        chosen = spread.sort_values(ascending=False, kind="stable").index[:_LINES]
        numbers = {moment: number for number, moment in enumerate(lines.index, start=1)}
        runs = list(numbers.values())
        for subject in chosen:
            axes.plot(runs, lines[subject].tolist(), marker=".", linewidth=1, label=str(subject))
        beyond = group[group["beyond"].astype(bool)]
        positions = [numbers[moment] for moment in beyond["resolved_at"]]
        axes.plot(positions, beyond["share"].tolist(), "x", color=SECOND_COLOUR)
        axes.set_ylim(0, max(0.01, 1.2 * group["share"].max()))
        axes.set_xticks(runs if len(runs) <= _LINES else [1, len(runs)])
        axes.tick_params(labelsize=7)
        axes.set_xlabel("run", fontsize=7)
        if any(chosen):
            axes.legend(frameon=False, fontsize=6)

    rows = max(1, ceil(len(drawn) / _COLUMNS))
    return markdown_pictures("Health over the runs", draw, len(drawn), rows, _COLUMNS)
