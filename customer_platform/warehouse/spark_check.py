"""Checks that a Spark server and the platform share a lake, before anything is kept there."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from customer_platform.chosen_engine import LAKE, ChosenEngine
from customer_platform.errors import EngineUnavailableError
from customer_platform.warehouse.sql import literal

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def check_lake(session: "SparkSession", chosen: ChosenEngine, probe: Path) -> None:
    """Has the server and the platform write a file each, which the other one reads.

    Args:
        session: A session on the server.
        chosen: The server and the lake.
        probe: A folder in the lake that isn't there yet; it is removed again.

    Raises:
        EngineUnavailableError: One of the four fails; the message says which.
    """
    import duckdb
    from pyspark.errors import PySparkException

    server, lake = chosen.address, chosen.lake
    ours, theirs = probe / "platform.parquet", probe / "server"
    try:
        try:
            probe.mkdir()
            _run(f"copy (select 1 as found) to {literal(str(ours))} (format parquet)")
        except (OSError, duckdb.Error) as error:
            raise EngineUnavailableError(
                f"the platform can't write into the lake {lake} ({_line(error)}): give the user it "
                f"runs as the right to, or correct {LAKE}"
            ) from error
        try:
            session.sql(f"select found from parquet.`{ours}`").collect()
        except PySparkException as error:
            raise EngineUnavailableError(
                f"{server} can't read what the platform writes into the lake {lake} "
                f"({_line(error)}): the server has to see the folder under the same path, and its "
                "user has to be allowed to read: CUSTOMER_PLATFORM_UMASK=027 lets a group that "
                "both users share"
            ) from error
        try:
            session.sql("select 1 as found").write.parquet(str(theirs))
        except PySparkException as error:
            raise EngineUnavailableError(
                f"{server} can't write into the lake {lake} ({_line(error)}): give the user that "
                "it runs as the right to"
            ) from error
        try:
            _run(f"select found from {literal(f'{theirs}/*.parquet')}")
        except duckdb.Error as error:
            raise EngineUnavailableError(
                f"the platform can't read what {server} writes into the lake {lake} "
                f"({_line(error)}): both have to see the same folder there, and the platform's "
                "user has to be allowed to read what the server's writes"
            ) from error
    finally:
        shutil.rmtree(probe, ignore_errors=True)


def check_schemas(session: "SparkSession", chosen: ChosenEngine, schemas: Sequence[str]) -> None:
    """Makes the schemas of a deployment below its lake, or checks that they are.

    Args:
        session: A session on the server.
        chosen: The server and the lake.
        schemas: Their names.

    Raises:
        EngineUnavailableError: The server can't make one, or has one of another deployment.
    """
    from pyspark.errors import PySparkException

    for schema in schemas:
        assert chosen.lake
        wanted = chosen.lake / schema
        try:
            session.sql(f"create schema if not exists {schema} location {literal(str(wanted))}")
            described = session.sql(f"describe schema {schema}").collect()
        except PySparkException as error:
            raise EngineUnavailableError(
                f"{chosen.address} can't make the schema {schema} at {wanted} ({_line(error)}): "
                "its catalogue has to be one that keeps schemas at a location, such as Hive's"
            ) from error
        at = {str(row[0]).lower(): str(row[1]) for row in described}.get("location", "")
        found = Path(at.removeprefix("file:").replace("//", "/"))
        if found != wanted:
            raise EngineUnavailableError(
                f"the catalogue of {chosen.address} has a schema {schema} at {found}, and the lake "
                f"is {chosen.lake}: give every deployment a catalogue of its own, or set {LAKE} "
                "to the folder of the one that is there"
            )


def _run(statement: str) -> None:
    import duckdb

    with duckdb.connect() as connection:
        connection.execute(statement).fetchall()


def _line(error: Exception) -> str:
    return str(error).strip().split("\n")[0]
