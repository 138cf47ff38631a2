"""On real records, exact rules give the customers that two independent implementations find."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec

import duckdb
import numpy as np
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from customer_platform.identity import Delta, OutputTables, ResolutionRules, update_map
from customer_platform.warehouse.duckdb import numbers_as_table
from customer_platform_tests.identity.helpers import DAY_1
from customer_platform_tests.support.real_data import DATA, needs


@dataclass(frozen=True)
class DataSet:
    """Real records and the rules to resolve them by.

    Attributes:
        files: The files it is made of.
        query: The records, with the columns source and id.
        matches: The keys of every rule, and how many records may share a value of it.
        records: How many records it has.
    """

    files: tuple[str, ...]
    query: str
    matches: tuple[tuple[tuple[str, ...], int | None], ...]
    records: int

    @property
    def rules(self) -> ResolutionRules:
        """The match rules."""
        keys = sorted({key for match, _ in self.matches for key in match})
        return ResolutionRules.model_validate(
            {
                "record_id": "id",
                "source": "source",
                "match_keys": {key: {"column": key} for key in keys},
                "match_rules": [
                    {"name": " and ".join(match), "match": match, "max_records_per_value": cap}
                    for match, cap in self.matches
                ],
            }
        )


def febrl(file: str) -> str:
    return (
        f"select '{file}' as source, rec_id as id, * "
        f"from read_csv('{DATA / file}', delim = ', ', header = true, all_varchar = true)"
    )


FEBRL = DataSet(
    files=("febrl4a.csv", "febrl4b.csv"),
    query=f"{febrl('febrl4a.csv')} union all {febrl('febrl4b.csv')}",
    matches=(
        (("soc_sec_id",), None),
        (("given_name", "surname", "date_of_birth"), None),
        (("surname", "address_1", "postcode"), None),
        (("given_name", "date_of_birth", "suburb"), None),
        (("address_1", "street_number", "date_of_birth"), None),
        # Links strangers, so that large and tangled customers are compared too.
        (("surname", "suburb"), 8),
        (("given_name", "suburb"), 3),
    ),
    records=10_000,
)
HISTORICAL = DataSet(
    files=("historical_50k.parquet",),
    query="select 'wikidata' as source, unique_id as id, * exclude (cluster) "
    f"from '{DATA / 'historical_50k.parquet'}'",
    matches=(
        (("first_name", "surname", "dob"), None),
        (("full_name", "postcode_fake"), None),
        (("surname", "dob", "birth_place"), None),
        (("dob", "postcode_fake"), None),
        (("full_name", "occupation"), 20),
        (("first_name", "birth_place", "occupation"), 5),
    ),
    records=50_578,
)


def links_of(match: tuple[str, ...], cap: int) -> str:
    """A query that links every record to the first one with the same values."""
    present = " and ".join(f"{key} <> ''" for key in match)
    return (
        f"select number, min(number) over same as other from records where {present} "
        f"window same as (partition by {', '.join(match)}) qualify count(*) over same <= {cap}"
    )


@pytest.fixture(
    params=[
        pytest.param(FEBRL, id="febrl4", marks=needs(*FEBRL.files)),
        pytest.param(HISTORICAL, id="historical_50k", marks=needs(*HISTORICAL.files)),
    ]
)
def resolved(request: pytest.FixtureRequest) -> Iterator[duckdb.DuckDBPyConnection]:
    """The tables records (with a number), links (of numbers) and found (number, customer_id)."""
    data: DataSet = request.param
    with duckdb.connect() as connection:
        connection.execute(
            f"create table records as select row_number() over () - 1 as number, * "
            f"from ({data.query})"
        )
        links = " union all ".join(
            links_of(match, cap or data.records) for match, cap in data.matches
        )
        connection.execute(f"create table links as select * from ({links}) where number <> other")
        summary = update_map(
            connection, Delta("records"), data.rules, OutputTables("identity"), DAY_1
        )
        assert summary.records == data.records
        connection.execute(
            "create table found as select number, customer_id from records "
            "join identity.customer_id_map as map "
            "on map.source = records.source and map.source_record_id = records.id"
        )
        yield connection


def assert_same_partition(connection: duckdb.DuckDBPyConnection, clusters: str) -> None:
    """Checks the customers against a table of number and cluster."""
    records, customers, expected, pairs = connection.execute(
        f"select count(*), count(distinct customer_id), count(distinct cluster), "
        f"count(distinct (customer_id, cluster)) from found join {clusters} using (number)"
    ).fetchall()[0]
    assert records == connection.execute("select count(*) from records").fetchall()[0][0]
    assert customers == expected == pairs
    assert customers < 0.95 * records


def test_customers_are_the_connected_components_that_scipy_finds(
    resolved: duckdb.DuckDBPyConnection,
) -> None:
    count = resolved.execute("select count(*) from records").fetchall()[0][0]
    links = resolved.execute("select number, other from links").fetchnumpy()
    graph = coo_array(
        (np.ones(len(links["number"])), (links["number"], links["other"])), shape=(count, count)
    )
    _, labels = connected_components(graph, directed=False)
    with numbers_as_table(resolved, "scipy_clusters", number=np.arange(count), cluster=labels):
        assert_same_partition(resolved, "scipy_clusters")


@pytest.mark.skipif(
    find_spec("splink") is None, reason="Splink is not installed: pip install --group dev"
)
def test_customers_are_the_clusters_that_splink_finds(
    resolved: duckdb.DuckDBPyConnection,
) -> None:
    from splink import DuckDBAPI
    from splink.clustering import cluster_pairwise_predictions_at_threshold

    clusters = cluster_pairwise_predictions_at_threshold(
        resolved.sql("select number from records"),
        resolved.sql("select number as number_l, other as number_r from links"),
        DuckDBAPI(connection=resolved),
        node_id_column_name="number",
    ).as_duckdbpyrelation()
    resolved.register("splink_result", clusters)
    resolved.execute(
        "create table splink_clusters as select number, cluster_id as cluster from splink_result"
    )
    assert_same_partition(resolved, "splink_clusters")
