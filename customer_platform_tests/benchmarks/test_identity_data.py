from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pytest
from identity_data import cache as cache_module
from identity_data.cache import chain_file, people_files, star_file

RECORDS, NEW = 2_000, 200
COLUMNS = [
    "record_id",
    "source",
    "updated_at",
    "loyalty_id",
    "email",
    "phone",
    "first_name",
    "last_name",
    "birth_date",
    "postcode",
    "street",
]


def rows_of(path: Path, query: str = "select * from records") -> list[tuple[Any, ...]]:
    with duckdb.connect() as connection:
        connection.execute(f"create view records as select * from '{path}'")
        return connection.execute(query).fetchall()


@pytest.fixture(scope="module")
def files(cache: Path) -> list[Path]:
    return people_files(cache, [RECORDS, NEW])


def test_the_files_have_as_many_records_as_asked_for(files: list[Path]) -> None:
    assert [len(rows_of(path)) for path in files] == [RECORDS, NEW]


def test_the_records_have_the_columns_of_the_benchmark(files: list[Path]) -> None:
    assert [row[0] for row in rows_of(files[0], "describe records")] == COLUMNS


def test_the_same_seed_gives_the_same_records(files: list[Path], tmp_path: Path) -> None:
    again = people_files(tmp_path, [RECORDS, NEW])
    assert [rows_of(path) for path in again] == [rows_of(path) for path in files]


def test_another_seed_gives_other_records(files: list[Path], tmp_path: Path) -> None:
    others = people_files(tmp_path, [RECORDS, NEW], seed=7)
    assert rows_of(others[0]) != rows_of(files[0])


def test_no_record_is_in_two_files_or_twice_in_one(files: list[Path]) -> None:
    names = [row[:2] for path in files for row in rows_of(path)]
    assert len(set(names)) == RECORDS + NEW


def test_blocks_of_people_share_no_person_and_no_card(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("identity_data.blocks.PEOPLE_PER_BLOCK", 300)
    (path,) = people_files(tmp_path, [RECORDS])
    assert rows_of(path, "select count(distinct (source, record_id)) from records") == [(RECORDS,)]
    # A number at the end of an address is its owner's: beyond 300 it is of a later block.
    assert rows_of(
        path,
        "select max(regexp_extract(email, '([0-9]+)@', 1)::int) > 900 from records "
        "where regexp_matches(email, '[0-9]@')",
    ) == [(True,)]
    assert (
        rows_of(
            path,
            "select count(*) from records where source = 'pos' "
            "group by loyalty_id having count(*) > 1",
        )
        == []
    )


def test_every_source_has_records_and_most_records_repeat_a_person(files: list[Path]) -> None:
    counts = dict(rows_of(files[0], "select source, count(*) from records group by all"))
    assert set(counts) == {"crm", "webshop", "newsletter", "support", "pos"}
    shared = rows_of(
        files[0],
        "select count(*) from records where loyalty_id in "
        "(select loyalty_id from records group by all having count(*) > 1)",
    )
    assert shared[0][0] > RECORDS / 20


def test_values_are_written_in_several_ways(files: list[Path]) -> None:
    found = rows_of(
        files[0],
        "select count(*) filter (where email <> lower(email)), "
        "count(*) filter (where email <> trim(email)), "
        "count(*) filter (where phone like '06%'), count(*) filter (where phone like '+%'), "
        "count(*) filter (where last_name <> strip_accents(last_name)), "
        "count(*) filter (where postcode like '% %'), "
        "count(*) filter (where postcode not like '% %'), "
        "count(*) filter (where email is null) from records",
    )
    assert all(count > 0 for count in found[0])


def test_hub_values_are_shared_by_many_records_each(cache: Path) -> None:
    (path,) = people_files(cache, [20_000])
    hubs = rows_of(
        path,
        "select email, count(*) from records where email in ('info@bedrijf.example', "
        "'verkoop@winkel.example', 'kassa@filiaal.example', 'noreply@shop.example') group by all",
    )
    assert len(hubs) == 4
    assert min(records for _, records in hubs) >= 5


def test_a_chain_links_every_record_with_the_next_and_no_others(cache: Path) -> None:
    path = chain_file(cache, 100, shuffled=False)
    pairs = rows_of(
        path,
        "select one.record_id, other.record_id from records as one join records as other "
        "on one.record_id < other.record_id "
        "and (one.email = other.email or one.phone = other.phone) order by all",
    )
    names = [row[0] for row in rows_of(path)]
    assert pairs == list(pairwise(names))


def test_a_shuffled_chain_is_the_same_chain_in_another_order(cache: Path) -> None:
    ordered = rows_of(chain_file(cache, 100, shuffled=False))
    shuffled = rows_of(chain_file(cache, 100, shuffled=True))
    assert shuffled != ordered
    assert sorted(shuffled) == ordered


def test_a_star_shares_one_value_and_nothing_else(cache: Path) -> None:
    distinct = rows_of(
        star_file(cache, 100),
        "select count(distinct email), count(distinct phone), count(distinct loyalty_id), "
        "count(distinct last_name) from records",
    )
    assert distinct == [(1, 100, 100, 100)]


def test_an_interrupted_run_leaves_no_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def fail(count: int, path: Path) -> None:
        path.write_text("half")
        raise KeyboardInterrupt

    monkeypatch.setattr(cache_module, "write_star", fail)
    with pytest.raises(KeyboardInterrupt):
        star_file(tmp_path, 100)
    assert list(tmp_path.iterdir()) == []
