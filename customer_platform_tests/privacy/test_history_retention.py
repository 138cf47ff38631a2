"""Ended versions go from histories, also published ones; what holds now, and IDs, stay."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from customer_platform.declarations import (
    Declarations,
    RetentionSpec,
    declarations_of,
    read_declarations,
)
from customer_platform.environment import Environment, load_environment
from customer_platform.errors import FaultyYamlError
from customer_platform.identity import (
    Delta,
    MatchKey,
    MatchRule,
    ResolutionRules,
    entity_tables,
    update_map,
)
from customer_platform.privacy.masked_edition import publish_masters
from customer_platform.privacy.outdated import Outdated
from customer_platform.privacy.retention import retain
from customer_platform.publishing import run_query
from customer_platform_tests.support.small_masters import RELATIONS, SmallMasters, rows

# Since then is kept what has ended.
TODAY, SINCE = date(2026, 2, 1), "2026-01-12"
DAYS = 20
EDITIONS = ("published", "published_masked")
RULES = ResolutionRules(
    record_id="id",
    source="source",
    match_keys={"email": MatchKey(column="email")},
    match_rules=[MatchRule(name="email", match=["email"])],
)
GROWN = (
    "select net_revenue, valid_from::date::varchar, is_current from customers_history order by all"
)


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    return load_environment({"CUSTOMER_PLATFORM_HOME": str(tmp_path)})


@pytest.fixture
def masters(environment: Environment) -> Iterator[SmallMasters]:
    """One customer changed early and late, one is gone since early, one since late."""
    masters = SmallMasters(environment.home)
    masters.connection.execute("""
        insert into master.customer_changes values
            ('c_0', 10, '2026-01-11 23:59:59', false), ('c_0', 11, '2026-01-20', false),
            ('c_1', 1, '2026-01-11', true),
            ('c_2', 2, '2026-01-01', false), ('c_2', 2, '2026-01-12', true)
    """)
    yield masters
    masters.connection.close()


def _declared(environment: Environment, days: int | None = DAYS) -> Declarations:
    retention = RetentionSpec(owner="team:test", history_days=days)
    declared = declarations_of(environment)
    return replace(declared, sources={}, published=RELATIONS, retention=retention)


def _history(masters: SmallMasters, folder: Path) -> list[tuple[Any, ...]]:
    return rows(run_query(folder, GROWN))


def test_versions_that_ended_longer_ago_go_and_those_that_hold_stay(
    environment: Environment, masters: SmallMasters
) -> None:
    done = retain(masters.connection, environment, _declared(environment), TODAY)
    assert done == [Outdated("master.customer_changes", "deleted", rows=3)]
    query = "select customer_id, net_revenue, is_deleted from master.customer_changes order by all"
    assert masters.connection.execute(query).fetchall() == [
        ("c_0", 10, False),
        ("c_0", 11, False),
        ("c_2", 2, False),
        ("c_2", 2, True),
    ]
    assert retain(masters.connection, environment, _declared(environment), TODAY) == []


def test_what_holds_stays_however_long_ago_it_began(
    environment: Environment, masters: SmallMasters
) -> None:
    retain(masters.connection, environment, _declared(environment), date(2036, 1, 1))
    query = "select customer_id, net_revenue, is_deleted from master.customer_changes"
    assert masters.connection.execute(query).fetchall() == [("c_0", 11, False)]


def test_without_history_days_every_version_stays(
    environment: Environment, masters: SmallMasters
) -> None:
    for declared in (
        _declared(environment, None),
        replace(_declared(environment), retention=None),
    ):
        assert retain(masters.connection, environment, declared, date(2036, 1, 1)) == []


def test_every_day_that_is_kept_is_as_it_was(
    environment: Environment, masters: SmallMasters
) -> None:
    as_of = (
        "select customer_id, net_revenue from (select *, lead(valid_from) over "
        "(partition by customer_id order by valid_from) as valid_to from master.customer_changes) "
        "where not is_deleted and valid_from < ?::timestamp "
        "and (valid_to is null or valid_to >= ?::timestamp) order by all"
    )
    ends = ["2026-01-12", "2026-01-13", "2026-01-21", "2026-02-02"]
    before = [masters.connection.execute(as_of, [end, end]).fetchall() for end in ends]
    retain(masters.connection, environment, _declared(environment), TODAY)
    assert [masters.connection.execute(as_of, [end, end]).fetchall() for end in ends] == before
    assert before[0] == [("c_0", 10), ("c_2", 2)]


def test_published_histories_are_written_again_without_them(
    environment: Environment, masters: SmallMasters
) -> None:
    declared = _declared(environment)
    publish_masters(masters.connection, environment, RELATIONS)
    old = {path for name in EDITIONS for path in _files(environment, name)}
    assert len(_history(masters, environment.published)) == 5
    done = [
        Outdated("master.customer_changes", "deleted", rows=3),
        Outdated("published: customers_history", "deleted", rows=3),
        Outdated("published_masked: customers_history", "deleted", rows=3),
    ]
    would = retain(masters.connection, environment, declared, TODAY, dry_run=True)
    assert {path for name in EDITIONS for path in _files(environment, name)} == old
    assert retain(masters.connection, environment, declared, TODAY) == would == done
    for name in EDITIONS:
        folder = getattr(environment, name)
        assert not old & set(_files(environment, name))
        assert rows(run_query(folder, "select count(*) from customers_history")) == [(3,)]
    assert _history(masters, environment.published) == [
        (2, "2026-01-01", False),
        (10, "2026-01-11", False),
        (11, "2026-01-20", True),
    ]
    # From then on files are only added to again.
    masters.connection.execute(
        "insert into master.customer_changes values ('c_0', 12, '2026-01-30', false)"
    )
    kept = set(_files(environment, "published"))
    publish_masters(masters.connection, environment, RELATIONS)
    assert kept < set(_files(environment, "published"))
    assert retain(masters.connection, environment, declared, TODAY) == []


def test_where_the_masters_are_half_built_the_next_publication_is_without_them(
    environment: Environment, masters: SmallMasters
) -> None:
    declared = _declared(environment)
    publish_masters(masters.connection, environment, RELATIONS)
    masters.connection.execute("insert into master.pending_changes values ('run', null, '1')")
    left = [
        Outdated(f"{name}: customers_history", "left to the next run", rows=3) for name in EDITIONS
    ]
    assert retain(masters.connection, environment, declared, TODAY)[1:] == left
    # The check fails meanwhile.
    assert len(retain(masters.connection, environment, declared, TODAY, dry_run=True)) == 2
    masters.connection.execute("delete from master.pending_changes")
    publish_masters(masters.connection, environment, RELATIONS)
    assert retain(masters.connection, environment, declared, TODAY, dry_run=True) == []


def _files(environment: Environment, edition: str) -> list[Path]:
    return sorted((environment.home / edition).glob("customers_history/**/*.parquet"))


@pytest.mark.parametrize("entity", ["customer", "buyer"])
def test_old_memberships_go_and_no_id_is_given_twice(environment: Environment, entity: str) -> None:
    tables = entity_tables(entity)
    of_entity = _declared(environment).entities["customer"].model_copy(update={"entity": entity})
    declared = replace(_declared(environment), entities={entity: of_entity}, published=())
    lives = {
        "2026-01-01": "('crm', '1', 'jan'), ('web', '1', 'other'), ('web', '2', 'else')",
        # Two customers become one, and the third leaves.
        "2026-01-05": "('crm', '1', 'jan'), ('web', '1', 'jan'), ('web', '2', 'else')",
        "2026-01-06": "('crm', '1', 'jan'), ('web', '1', 'jan')",
        "2026-01-20": "('crm', '1', 'jan'), ('web', '1', 'alone')",
    }
    with duckdb.connect() as connection:

        def resolve(moment: str, records: str, *, everything: bool = False) -> None:
            query = f"select * from (values {records}) as records(source, id, email)"
            at = datetime.fromisoformat(moment)
            update_map(connection, Delta(query), RULES, tables, at, everything=everything)

        def read(name: str, columns: str = "*") -> list[tuple[Any, ...]]:
            table = tables.qualified(name)
            return connection.execute(f"select {columns} from {table} order by all").fetchall()

        for moment, records in lives.items():
            resolve(moment, records)
        stays = (tables.customer_id_map, tables.customer_id_registry, tables.customer_id_redirects)
        before = [read(name) for name in stays]
        assert before[2]
        ended = read(tables.customer_id_history)
        done = retain(connection, environment, declared, TODAY)
        assert done == [Outdated(f"identity.{entity}_id_history", "deleted", rows=2)]
        assert [read(name) for name in stays] == before
        kept = read(tables.customer_id_history)
        assert set(kept) < set(ended)
        assert min(row[4] for row in kept if row[4]) >= datetime.fromisoformat(SINCE)
        # Neither a run of what has changed nor one of everything makes them again.
        known = set(read(tables.customer_id_registry, "customer_id"))
        resolve("2026-02-02", "('crm', '1', 'jan'), ('web', '1', 'jan'), ('web', '2', 'else')")
        resolve("2026-02-03", lives["2026-01-20"], everything=True)
        assert not (set(ended) - set(kept)) & set(read(tables.customer_id_history))
        assert retain(connection, environment, declared, TODAY, dry_run=True) == []
        issued = set(read(tables.customer_id_registry, "customer_id"))
        assert known < issued
        returned = [row for row in read(tables.customer_id_history) if row[:2] == ("web", "2")]
        assert {(row[2],) for row in returned}.isdisjoint(known)


@pytest.mark.parametrize("key", ["history_days", "event_log_days"])
@pytest.mark.parametrize("days", [0, -1])
def test_days_that_are_none_are_refused_with_file_line_and_key(
    environment: Environment, tmp_path: Path, key: str, days: int
) -> None:
    folder = tmp_path / "defs" / "shop" / "retention"
    folder.mkdir(parents=True)
    (folder / "defs.yaml").write_text(
        "type: customer_platform.components.Retention\n"
        f"attributes:\n  owner: team:shop\n  {key}: {days}\n"
    )
    project = replace(environment.project, defs=tmp_path / "defs")
    with pytest.raises(FaultyYamlError, match=f"retention/defs.yaml:4:.*{key}"):
        read_declarations(project, "shop")
