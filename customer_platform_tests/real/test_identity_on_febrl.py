"""Identity resolution on the FEBRL 4 data: 5,000 people and one corrupted duplicate of each."""

from collections.abc import Iterator

import duckdb
import pytest

from customer_platform.identity import (
    Delta,
    OutputTables,
    ResolutionRules,
    pairwise_accuracy,
    update_map,
)
from customer_platform_tests.identity.helpers import DAY_1
from customer_platform_tests.support.real_data import DATA, needs

FILES = [DATA / "febrl4a.csv", DATA / "febrl4b.csv"]

pytestmark = needs(*(file.name for file in FILES))

MATCHES = [
    ["soc_sec_id"],
    ["given_name", "surname", "date_of_birth"],
    ["surname", "address_1", "postcode"],
    ["given_name", "date_of_birth", "suburb"],
    ["address_1", "street_number", "date_of_birth"],
]
KEYS = sorted({key for match in MATCHES for key in match})
RULES = ResolutionRules.model_validate(
    {
        "record_id": "rec_id",
        "source": "source",
        "match_keys": {key: {"column": key} for key in KEYS},
        "match_rules": [{"name": " and ".join(match), "match": match} for match in MATCHES],
    }
)
MAP = "identity.customer_id_map"


@pytest.fixture
def febrl() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        for file, source in zip(FILES, ("original", "duplicate"), strict=True):
            connection.execute(
                f"create table {source} as select '{source}' as source, * "
                f"from read_csv('{file}', delim = ', ', header = true, all_varchar = true)"
            )
        connection.execute("create table people as from original union all from duplicate")
        yield connection


def test_duplicates_are_found_and_strangers_are_not_linked(
    febrl: duckdb.DuckDBPyConnection,
) -> None:
    update_map(febrl, Delta("people"), RULES, OutputTables("identity"), DAY_1)
    truth = (
        "select source, rec_id as source_record_id, split_part(rec_id, '-', 2) as person_id "
        "from people"
    )
    accuracy = pairwise_accuracy(febrl, MAP, truth)
    assert accuracy.records == 10_000
    assert accuracy.true_pairs == 5_000
    assert accuracy.precision > 0.999
    assert accuracy.recall > 0.93
