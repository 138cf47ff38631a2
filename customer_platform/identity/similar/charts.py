"""What a model has learned, and what a threshold would link: as frames, and as Splink draws it."""

from math import log2
from pathlib import Path
from typing import TYPE_CHECKING

from customer_platform.identity.similar.engine import UNIQUE_ID, linker
from customer_platform.identity.similar.model import SimilarityModel
from customer_platform.identity.store import OutputTables
from customer_platform.warehouse import sql
from customer_platform.warehouse.duckdb import read_frame
from customer_platform.warehouse.sql import identifier

if TYPE_CHECKING:
    import pandas as pd
    from duckdb import DuckDBPyConnection

_THRESHOLDS = 50


def match_weights(model: SimilarityModel) -> "pd.DataFrame":
    """What being so alike in an attribute says.

    Returns:
        One row per compared attribute and level, in the model's order: attribute, level, weight
        (log2 of how much likelier the level is of one customer than of two).
    """
    import pandas as pd

    rows = [
        (
            comparison["comparison_description"],
            level["label_for_charts"],
            log2(level["m_probability"] / level["u_probability"]),
        )
        for comparison in model.settings["comparisons"]
        for level in comparison["comparison_levels"]
        if level.get("m_probability") and level.get("u_probability")
    ]
    return pd.DataFrame(rows, columns=["attribute", "level", "weight"])


def expected_accuracy(
    connection: "DuckDBPyConnection", tables: OutputTables, rule: str
) -> "pd.DataFrame":
    """What a threshold would link, by the model's own probabilities.

    Returns:
        One row per threshold: threshold, pairs (that would link), precision (their mean
        probability), recall (the share they have of all that is expected among the kept pairs).
        The model's probabilities are taken at their word, and pairs below the review band are not
        known: this compares thresholds, and measures none.
    """
    return read_frame(
        connection,
        f"with kept as (select probability from {tables.qualified(tables.similar_pairs)} "
        f"where rule = {sql.literal(rule)}), bounds as (select min(probability) as low from kept), "
        f"steps as (select low + (1 - low) * step / {_THRESHOLDS} as threshold "
        f"from bounds, range({_THRESHOLDS}) as steps(step)) "
        f"select threshold, count(*) as pairs, avg(probability) as precision, "
        f"sum(probability) / (select sum(probability) from kept) as recall "
        f"from steps join kept on kept.probability >= steps.threshold "
        f"group by threshold order by threshold",
    )


def match_weights_page(model: SimilarityModel, path: Path) -> Path:
    """Writes Splink's chart of match weights as a page that needs nothing from elsewhere.

    Args:
        model: The model.
        path: The file; its folder is made.

    Returns:
        The file's absolute path.
    """
    import duckdb

    columns = ", ".join(
        f"{identifier(comparison['output_column_name'])} varchar"
        for comparison in model.settings["comparisons"]
    )
    with duckdb.connect() as connection:
        connection.execute(f"create table similar_none ({UNIQUE_ID} ubigint, {columns})")
        made = linker(connection, "similar_none", model.settings)
        page = made.visualisations.match_weights_chart().to_html(inline=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, encoding="utf-8")
    return path.absolute()
