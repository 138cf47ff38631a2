from pathlib import Path

import duckdb
import pytest
from identity import RULES
from identity_data.cache import people_files, star_file
from identity_engines import floor, kept, ours
from identity_engines.command import Task
from identity_engines.keys import group_keys, read_keys
from identity_engines.runs import ENGINES, Partition, partition_of
from identity_scenarios import rules_for_shapes, write_overrides

from customer_platform.identity import ResolutionRules
from customer_platform.identity.overrides import read_overrides_file
from customer_platform.identity.rules_file import load_rules

RECORDS = 2_000


@pytest.fixture(scope="module")
def rules() -> ResolutionRules:
    return load_rules(RULES)


@pytest.fixture(scope="module")
def files(cache: Path) -> list[Path]:
    return people_files(cache, [RECORDS])


@pytest.fixture(scope="module")
def resolved(
    files: list[Path], rules: ResolutionRules, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    output = tmp_path_factory.mktemp("ours") / "output.duckdb"
    ours.resolve(Task(files, rules, output, None, []))
    return output


def test_splink_finds_the_partition_that_ours_finds(
    files: list[Path], rules: ResolutionRules, resolved: Path, tmp_path: Path
) -> None:
    splink_clusters = pytest.importorskip("identity_engines.splink_clusters")
    output = tmp_path / "output.duckdb"
    splink_clusters.resolve(Task(files, rules, output, None, []))
    found = partition_of(output, ENGINES["splink"])
    assert found == partition_of(resolved, ENGINES["ours"])
    assert RECORDS / 4 < found.customers < RECORDS


def test_the_floor_writes_the_columns_and_lengths_that_ours_writes(
    files: list[Path], rules: ResolutionRules, resolved: Path, tmp_path: Path
) -> None:
    output = tmp_path / "output.duckdb"
    floor.resolve(Task(files, rules, output, None, []))
    described = []
    for path in (output, resolved):
        with duckdb.connect(str(path), read_only=True) as connection:
            described.append(
                (
                    sorted(connection.sql("from identity.customer_id_map").columns),
                    connection.execute(
                        "select count(*), min(length(customer_id)), max(length(customer_id)) "
                        "from identity.customer_id_map"
                    ).fetchall(),
                )
            )
    assert described[0] == described[1]


@pytest.mark.parametrize("complete", [False, True])
def test_new_records_on_top_of_a_kept_map_give_the_partition_of_all_records(
    cache: Path, rules: ResolutionRules, tmp_path: Path, complete: bool
) -> None:
    base, batch = people_files(cache, [RECORDS, 100])
    on_top, at_once = tmp_path / "on_top.duckdb", tmp_path / "at_once.duckdb"
    kept.resolve(Task([base], rules, on_top, None, []))
    facts = kept.resolve(Task([base], rules, on_top, None, [batch], complete))
    assert 100 <= facts["records_resolved"] < RECORDS
    ours.resolve(Task([base, batch], rules, at_once, None, []))
    assert partition_of(on_top, ENGINES["kept"]) == partition_of(at_once, ENGINES["ours"])


def test_shapes_are_one_customer_by_their_rules(
    cache: Path, rules: ResolutionRules, tmp_path: Path
) -> None:
    output = tmp_path / "output.duckdb"
    ours.resolve(Task([star_file(cache, 100)], rules_for_shapes(rules), output, None, []))
    assert partition_of(output, ENGINES["ours"]).customers == 1


def test_a_value_above_the_cap_is_no_link_of_the_floor_and_of_splink(
    cache: Path, rules: ResolutionRules
) -> None:
    with duckdb.connect() as connection:
        read_keys(connection, f"select * from '{star_file(cache, 100)}'", rules)
        group_keys(connection, rules)
        assert connection.execute("select count(*) from shared_1").fetchall() == [(0,)]


def test_overrides_name_linked_records_as_different_and_others_as_same(
    resolved: Path, tmp_path: Path
) -> None:
    path = tmp_path / "overrides.csv"
    write_overrides(resolved, path, 5)
    with duckdb.connect() as connection:
        overrides = read_overrides_file(connection, path)
    assert sorted(override.kind for override in overrides) == ["different"] * 5 + ["same"] * 5


def test_partitions_are_equal_whatever_customers_are_called(tmp_path: Path) -> None:
    maps = {
        "one": "('a', 'x'), ('b', 'x'), ('c', 'y')",
        "renamed": "('c', 'x'), ('b', 'z'), ('a', 'z')",
        "other": "('a', 'x'), ('b', 'y'), ('c', 'y')",
    }
    found = {name: _partition(tmp_path / f"{name}.duckdb", rows) for name, rows in maps.items()}
    assert found["one"] == found["renamed"]
    assert found["one"] != found["other"]
    assert (found["other"].records, found["other"].customers) == (3, 2)


def _partition(path: Path, rows: str) -> Partition:
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema identity")
        connection.execute(
            f"create table identity.customer_id_map as select 's' as source, * "
            f"from (values {rows}) as t(record_id, customer_id)"
        )
    return partition_of(path, ENGINES["ours"])
