"""Resolves records in a notebook: from a frame, a table, a relation or a file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

from customer_platform.errors import RecordsError
from customer_platform.identity.keeping.history import insert_refused
from customer_platform.identity.overrides import Override, check_overrides
from customer_platform.identity.record_files import read_records
from customer_platform.identity.resolve import resolving
from customer_platform.identity.rules import ResolutionRules
from customer_platform.identity.similar import SimilarityModel
from customer_platform.identity.store import REFUSED_LINKS_COLUMNS, IdentityStore

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

    Records: TypeAlias = pd.DataFrame | pa.Table | DuckDBPyRelation | Path | str


@dataclass(frozen=True)
class ResolvedRecords:
    """Who is who.

    Attributes:
        customer_id_map: One row per record: source (null when the rules name none), record_id,
            customer_id, linked_by_rule, linked_to_source, linked_to_record.
        refused_links: One row per link that a limit or an override refused.
        over_shared_values: One row per rule and value that links nobody because too many records
            or people share it: rule, value, records, people (different names that they have).
        customers: How many customers there are.
        models: The model of every similar rule, by the rule's name; given to a later call, the
            same records get the same pairs.
    """

    customer_id_map: "pa.Table"
    refused_links: "pd.DataFrame"
    over_shared_values: "pd.DataFrame"
    customers: int
    models: Mapping[str, SimilarityModel]


def resolve(
    records: "Records",
    rules: ResolutionRules,
    *,
    previous: "Records | None" = None,
    overrides: Sequence[Override] = (),
    models: Mapping[str, SimilarityModel] = MappingProxyType({}),
) -> ResolvedRecords:
    """Resolves records to customers.

    Args:
        records: A pandas frame, an Arrow table, a relation of any DuckDB connection, or the path
            of a Parquet or CSV file. One row per source and record id.
        rules: The rules, for example from `load_rules`.
        previous: The map of an earlier run, whose customer IDs are carried over.
        overrides: Pairs of records that are the same customer, or that never are.
        models: Models of similar rules from an earlier call; those missing are trained.

    Raises:
        RecordsError: The records can't be read, a record has no id, or two have the same.
        RulesError: The records lack a column that the rules use.
        PreviousMapError: The previous map lacks a column or has a record twice.
        OverridesError: The overrides contradict each other.
        SimilarRulesError: There is a similar rule, and Splink isn't installed.
    """
    import duckdb
    import pandas as pd

    connection = duckdb.connect()
    try:
        named = _register(connection, "given_records", records)
        was = _register(connection, "given_map", previous) if previous is not None else None
        connection.execute(f"create temp table refused ({REFUSED_LINKS_COLUMNS})")
        with resolving(
            connection,
            named,
            rules,
            previous=was,
            overrides=check_overrides(overrides),
            models=models,
        ) as resolution:
            insert_refused(
                IdentityStore(connection, named, rules),
                "temp.refused",
                resolution.map,
                resolution.linked,
            )
            return ResolvedRecords(
                customer_id_map=resolution.map.reader().read_all(),
                refused_links=connection.sql("select * from refused").df(),
                over_shared_values=pd.DataFrame(
                    [(v.rule, v.value, v.records, v.people) for v in resolution.linked.over_shared],
                    columns=["rule", "value", "records", "people"],
                ),
                customers=resolution.customer_count,
                models=resolution.models,
            )
    finally:
        connection.close()


def _register(connection: "DuckDBPyConnection", name: str, given: Any) -> str:
    """Makes what was given readable; returns the query that reads it."""
    import duckdb
    import pandas as pd
    import pyarrow as pa

    if isinstance(given, str | Path):
        return read_records(connection, Path(given), name, RecordsError).query
    if isinstance(given, duckdb.DuckDBPyRelation):
        # It may belong to another connection, and this one can't read from that.
        given = given.to_arrow_table()
    if not isinstance(given, pd.DataFrame | pa.Table):
        raise RecordsError(
            f"records are a {type(given).__name__}; give a pandas DataFrame, an Arrow table, "
            "a DuckDB relation, or the path of a Parquet or CSV file"
        )
    connection.register(name, given)
    return f"select * from {name}"
