"""The schema `published` in Spark: what a publication holds, for those who work there.

The rows are those of the publication's Parquet files, which lie in the lake. A table of the schema
`published_files` names the files of a relation, and has a name that no other files have; the view
in `published` is led to it in one step.
"""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from customer_platform.chosen_engine import ChosenEngine
from customer_platform.publishing.catalogue import FILE_NAME, PublishedFile, read_files
from customer_platform.publishing.relations import DAY, PublishedRelation
from customer_platform.warehouse.duckdb import column_types
from customer_platform.warehouse.spark import SparkEngine, spark_session
from customer_platform.warehouse.spark_types import spark_type
from customer_platform.warehouse.sql import literal

SCHEMA = "published"

_FILES = "published_files"
# The partition column of a relation that isn't by day.
_VERSION = "publication"
_AT_ONCE = 500


def publish_on_spark(
    chosen: ChosenEngine, folder: Path, relations: Sequence[PublishedRelation]
) -> None:
    """Leads the views of the schema `published` to what is published now.

    Args:
        chosen: The server.
        folder: The folder of what is published, in the lake.
        relations: What is published.
    """
    import duckdb

    engine = SparkEngine(lambda: spark_session(chosen), chosen)
    current: dict[str, list[PublishedFile]] = defaultdict(list)
    for file in read_files(folder):
        if file.retired_at is None:
            current[file.relation].append(file)
    kept = set()
    for relation in sorted(relations, key=lambda each: each.as_view):
        if relation.as_view:
            _create_view(engine, relation)
            continue
        with duckdb.connect(str(folder / FILE_NAME), read_only=True) as catalogue:
            columns = column_types(catalogue, "master", relation.name)
        types = {name: spark_type(relation.name, name, kind) for name, kind in columns.items()}
        kept.add(_table(engine, folder, relation, types, current[relation.name]))
    for _, table, *_ in engine.run(f"show tables in {_FILES}"):
        if table not in kept:
            engine.run(f"drop table if exists {_FILES}.{table}")


def _table(
    engine: SparkEngine,
    folder: Path,
    relation: PublishedRelation,
    types: Mapping[str, str],
    files: Sequence[PublishedFile],
) -> str:
    """The name of the table of a relation's files, which its view is led to."""
    locations = {
        (file.day or Path(file.path).parent.name): (folder / file.path).parent for file in files
    }
    described = repr((sorted(locations.items()), list(types.items())))
    name = f"{relation.name}__{hashlib.sha256(described.encode()).hexdigest()[:16]}"
    if not engine.has(f"{_FILES}.{name}"):
        _register(engine, name, relation, types, locations)
        engine.run(
            f"create or replace view {SCHEMA}.{relation.name} as {_query(name, relation, types)}"
        )
    return name


def _register(
    engine: SparkEngine,
    name: str,
    relation: PublishedRelation,
    types: Mapping[str, str],
    locations: Mapping[str, Path],
) -> None:
    """Makes a table whose partitions are the folders of files; with its name it is whole."""
    half = f"{_FILES}.{relation.name}__half"
    partition = DAY if relation.by_day else _VERSION
    held = {**types, partition: "date" if relation.by_day else "string"}
    if relation.versions_of:
        held = {**held, "is_deleted": "boolean"}
        del held["valid_to"], held["is_current"]
    columns = ", ".join(f"`{column}` {kind}" for column, kind in held.items())
    engine.run(f"drop table if exists {half}")
    at = literal(str(engine.lake.path(half)))
    engine.run(
        f"create table {half} ({columns}) using parquet partitioned by ({partition}) location {at}"
    )
    all_of_them = sorted(locations.items())
    for start in range(0, len(all_of_them), _AT_ONCE):
        added = " ".join(
            f"partition ({partition} = {literal(key)}) location {literal(str(location))}"
            for key, location in all_of_them[start : start + _AT_ONCE]
        )
        engine.run(f"alter table {half} add {added}")
    engine.run(f"alter table {half} rename to {_FILES}.{name}")


def _query(table: str, relation: PublishedRelation, types: Mapping[str, str]) -> str:
    files = f"{_FILES}.{table}"
    if relation.versions_of is None:
        return f"select {', '.join(f'`{name}`' for name in types)} from {files}"
    names = ", ".join(
        "valid_to is null as is_current" if name == "is_current" else f"`{name}`" for name in types
    )
    return (
        f"select {names} from (select *, lead(valid_from) over "
        f"(partition by {relation.versions_of} order by valid_from) as valid_to from {files}) "
        "as versions where not is_deleted"
    )


def _create_view(engine: SparkEngine, relation: PublishedRelation) -> None:
    """Makes a view as the model's, over what is published instead of the masters."""
    from sqlglot import exp, parse_one

    described = engine.run(f"describe table extended {relation.table}")
    [text] = [str(row[1]) for row in described if row[0] == "View Text"]
    query = parse_one(text, dialect="spark")
    for table in query.find_all(exp.Table):
        if table.db == "master":
            table.set("db", exp.to_identifier(SCHEMA, quoted=True))
            table.set("catalog", None)
    engine.run(f"create or replace view {SCHEMA}.{relation.name} as {query.sql(dialect='spark')}")
