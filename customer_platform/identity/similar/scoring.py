"""Scores pairs of records by a trained model."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from customer_platform.identity.similar.engine import UNIQUE_ID, linker
from customer_platform.identity.similar.model import SimilarityModel, TermFrequencies
from customer_platform.identity.similar.pairs import SimilarPairs
from customer_platform.warehouse.duckdb import fetch_numbers
from customer_platform.warehouse.sql import identifier

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection
    from splink import Linker
    from splink.internals.splink_dataframe import SplinkDataFrame


def scoring_linker(
    connection: "DuckDBPyConnection",
    tables: Sequence[str],
    settings: Mapping[str, Any],
    frequencies: Mapping[str, TermFrequencies],
) -> "Linker":
    """Splink's linker with the frequencies that a model was trained with.

    Splink would count the values at hand, and score the same two records otherwise as others come.

    Args:
        connection: Of a scratch database.
        tables: The tables whose records are scored.
        settings: The model's.
        frequencies: By column.
    """
    made = linker(connection, tables[0], settings)
    for number, (column, known) in enumerate(frequencies.items()):
        lookup = f"similar_frequencies_{number}"
        _make_lookup(connection, tables, column, known, lookup)
        made.table_management.register_term_frequency_lookup(
            made._db_api.register(lookup, dataset_display_name=lookup), column
        )
    return made


def _make_lookup(
    connection: "DuckDBPyConnection",
    tables: Sequence[str],
    column: str,
    known: TermFrequencies,
    lookup: str,
) -> None:
    import pyarrow as pa

    frequent = pa.table(
        {
            "value": pa.array(known.frequent.keys(), pa.string()),
            "share": pa.array(known.frequent.values(), pa.float64()),
        }
    )
    value = identifier(column)
    values = " union ".join(
        f"select {value} from {table} where {value} is not null" for table in tables
    )
    connection.register("similar_frequent", frequent)
    try:
        connection.execute(
            f"create or replace table {lookup} as select {value}, "
            f"coalesce(share, cast({known.rare!r} as double)) as {identifier('tf_' + column)} "
            f"from (select distinct {value} from ({values})) as present "
            f"left join similar_frequent on similar_frequent.value = present.{value}"
        )
    finally:
        connection.unregister("similar_frequent")


def score_within(
    connection: "DuckDBPyConnection", table: str, model: SimilarityModel, least: float
) -> SimilarPairs:
    """Scores the pairs of a table's records that the model's blocking compares.

    Args:
        connection: Of a scratch database.
        table: The records: `UNIQUE_ID` and the attributes' columns.
        model: The model.
        least: The probability from which a pair is kept.
    """
    made = scoring_linker(connection, [table], model.settings, model.term_frequencies)
    scored = made.inference.predict_within(
        as_splink(made, table), threshold_match_probability=least, warning_mode="never"
    )
    return _fetch(connection, scored)


def score_between(
    connection: "DuckDBPyConnection",
    table: str,
    other_table: str,
    model: SimilarityModel,
    least: float,
) -> SimilarPairs:
    """Scores the pairs of a record of one table and one of another; as `score_within`."""
    made = scoring_linker(connection, [table, other_table], model.settings, model.term_frequencies)
    scored = made.inference.predict_between(
        as_splink(made, table),
        as_splink(made, other_table),
        threshold_match_probability=least,
        warning_mode="never",
    )
    return _fetch(connection, scored)


def as_splink(made: "Linker", table: str) -> "SplinkDataFrame":
    """A table of the linker's database, as Splink takes it."""
    return made._db_api.table_to_splink_dataframe(table, table)


def _fetch(connection: "DuckDBPyConnection", scored: "SplinkDataFrame") -> SimilarPairs:
    found = fetch_numbers(
        connection,
        f"select {UNIQUE_ID}_l as l, {UNIQUE_ID}_r as r, match_weight from {scored.physical_name}",
    )
    scored.drop_table_from_database_and_remove_from_cache()
    return SimilarPairs.of(found["l"], found["r"], found["match_weight"])
