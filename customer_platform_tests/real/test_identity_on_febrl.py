"""Identity resolution on the FEBRL 4 data: 5,000 people and one corrupted duplicate of each."""

from collections.abc import Iterator

import duckdb
import numpy as np
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from customer_platform.identity import OutputTables, ResolutionRules, pairwise_accuracy, resolve
from customer_platform_tests.identity.helpers import DAY_1
from customer_platform_tests.real.conftest import DATA, needs

FILES = [DATA / "febrl4a.csv", DATA / "febrl4b.csv"]

pytestmark = needs(*(file.name for file in FILES))

MATCHES = [
    ["soc_sec_id"],
    ["given_name", "surname", "date_of_birth"],
    ["surname", "address_1", "postcode"],
    ["given_name", "date_of_birth", "suburb"],
    ["address_1", "street_number", "date_of_birth"],
    # Links strangers, so that large and tangled customers are compared too.
    ["surname", "suburb"],
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


def test_customers_are_the_connected_components_that_scipy_finds(
    febrl: duckdb.DuckDBPyConnection,
) -> None:
    summary = resolve(febrl, "people", RULES, None, OutputTables("identity"), DAY_1)
    records = febrl.execute(
        f"select people.rec_id, {', '.join(KEYS)}, found.customer_id from people "
        f"join {MAP} as found on found.source_record_id = people.rec_id order by people.rec_id"
    ).fetchall()
    assert summary.records == len(records) == 10_000

    groups: dict[tuple[str | None, ...], list[int]] = {}
    for number, row in enumerate(records):
        values = dict(zip(KEYS, row[1:-1], strict=True))
        for match in MATCHES:
            if all(values[key] for key in match):
                key = (" and ".join(match), *(values[key] for key in match))
                groups.setdefault(key, []).append(number)
    pairs = np.array([(group[0], other) for group in groups.values() for other in group])
    graph = coo_array((np.ones(len(pairs)), pairs.T), shape=(len(records), len(records)))
    count, labels = connected_components(graph, directed=False)

    assert summary.customers == count
    assert len({(row[-1], label) for row, label in zip(records, labels, strict=True)}) == count


def test_duplicates_are_found_and_strangers_are_not_linked(
    febrl: duckdb.DuckDBPyConnection,
) -> None:
    rules = RULES.model_copy(update={"match_rules": RULES.match_rules[:-1]})
    resolve(febrl, "people", rules, None, OutputTables("identity"), DAY_1)
    truth = (
        "select source, rec_id as source_record_id, split_part(rec_id, '-', 2) as person_id "
        "from people"
    )
    accuracy = pairwise_accuracy(febrl, MAP, truth)
    assert accuracy.records == 10_000
    assert accuracy.true_pairs == 5_000
    assert accuracy.precision > 0.999
    assert accuracy.recall > 0.93
