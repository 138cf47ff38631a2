"""The masked edition: nobody can be read in it, and it says the same of everybody."""

import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from customer_platform.declarations import declarations_of
from customer_platform.environment import Environment, load_environment
from customer_platform.privacy.declared import Declared
from customer_platform.privacy.masked_edition import masked_edition, masks
from customer_platform.privacy.secret import Secret
from customer_platform.publishing import Publication, full_edition, publish, run_query
from customer_platform.publishing.catalogue import FILE_NAME
from customer_platform_tests.support.demos import BuiltDemo
from customer_platform_tests.support.leaks import PERSONAL, leaks, values_in
from customer_platform_tests.support.small_masters import rows

FIRST, SECOND = datetime(2026, 11, 1), datetime(2026, 11, 2)
DAY = "partition_date"


@dataclass(frozen=True)
class Home:
    """A copy of a demo's warehouse, whose masters are to be published anew.

    Attributes:
        environment: Its deployment.
    """

    environment: Environment

    def publish(self, published_at: datetime, folder: Path | None = None) -> list[Publication]:
        """Publishes both editions; or only the masked one, elsewhere."""
        with duckdb.connect(str(self.environment.warehouse)) as connection:
            masked = masked_edition(connection, self.environment)
            editions = [full_edition(self.environment.published), masked]
            if folder:
                editions = [type(masked)(folder, masked.treat)]
            relations = declarations_of(self.environment).published
            return publish(connection, editions, relations, published_at)

    def execute(self, statements: str) -> None:
        """Changes the warehouse."""
        with duckdb.connect(str(self.environment.warehouse)) as connection:
            connection.execute(statements)


@pytest.fixture(scope="module", params=["retail", "b2b", "marketplace"])
def home(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A copy of the demo of each business model, published."""
    demo: BuiltDemo = request.getfixturevalue(request.param)
    folder = tmp_path_factory.mktemp("masked")
    environment = load_environment({**demo.variables, "CUSTOMER_PLATFORM_HOME": str(folder)})
    shutil.copyfile(demo.environment.warehouse, environment.warehouse)
    environment.dbt_target.parent.mkdir(parents=True)
    environment.dbt_target.symlink_to(demo.environment.dbt_target)
    made = Home(environment)
    made.execute("delete from master.pending_changes where kind <> 'day'")
    made.publish(FIRST)
    return made


def _read(folder: Path, query: str) -> list[tuple[Any, ...]]:
    return rows(run_query(folder, query))


def _written_out(folder: Path, into: Path) -> Path:
    """Every file of a publication byte by byte, and the columns of every Parquet file as text."""
    into.mkdir()
    for number, path in enumerate(sorted(folder.rglob("*"))):
        if not path.is_file():
            continue
        shutil.copyfile(path, into / f"{number}.bytes")
        if path.suffix == ".parquet":
            with duckdb.connect() as connection:
                found = connection.execute(
                    "from read_parquet($1, hive_partitioning = false)", [str(path)]
                )
                (into / f"{number}.text").write_text(str(found.fetchall()) + str(found.description))
    return into


def _values(home: Home) -> set[str]:
    """The personal values of the warehouse and of the full publication, by what generators made."""
    values = set(values_in(home.environment.warehouse))
    for relation, column in _read(
        home.environment.published, "select table_name, column_name from duckdb_columns() "
        "where schema_name = 'master'",
    ):  # fmt: skip
        if column in PERSONAL:
            query = f'select distinct "{column}"::varchar from master.{relation}'
            values |= {value for (value,) in _read(home.environment.published, query) if value}
    # A year is shown as its first day. Short ones are part of what isn't theirs.
    return {value for value in values if len(value) >= 8 and not value.endswith("-01-01")}


def test_no_personal_value_is_in_any_byte_or_column(home: Home, tmp_path: Path) -> None:
    values = _values(home)
    assert len(values) > 300
    full = _written_out(home.environment.published, tmp_path / "full")
    assert len({value for found in leaks(full, values).values() for value in found}) > 200
    masked = _written_out(home.environment.published_masked, tmp_path / "masked")
    assert leaks(masked, values) == {}


def test_short_names_are_no_cell_of_any_column(home: Home) -> None:
    def cells(folder: Path) -> set[str]:
        return {
            str(cell)
            for (relation,) in _read(
                folder,
                "select view_name from duckdb_views() where schema_name = 'master'",
            )
            for row in _read(folder, f"select distinct columns(*)::varchar from master.{relation}")
            for cell in row
        }

    names = {
        str(value)
        for relation, column in _read(
            home.environment.published,
            "select table_name, column_name from duckdb_columns() where schema_name = 'master' "
            "and column_name in ('first_name', 'last_name', 'street', 'postcode', 'phone')",
        )
        for (value,) in _read(
            home.environment.published, f"select distinct {column} from master.{relation}"
        )
        if value
    }
    assert len(names & cells(home.environment.published)) > 50
    assert names & cells(home.environment.published_masked) == set()


def test_joins_on_pseudonyms_find_what_joins_on_values_find(home: Home) -> None:
    [_, masked] = home.publish(FIRST)
    pseudonyms = [
        (relation, column)
        for relation, columns in masked.columns.items()
        for column, treatment in columns.items()
        if treatment.what == "pseudonym"
    ]
    joins = [
        f'select count(*), count(distinct "{column}") from '
        f'(select "{column}" from master.{one}) inner join '
        f'(select distinct "{other_column}" as found from master.{other}) on found = "{column}"'
        for one, column in pseudonyms
        for other, other_column in pseudonyms
        if column.rpartition("_")[2] == other_column.rpartition("_")[2]
    ]
    assert len(joins) > 10
    counts = [_read(home.environment.published, join) for join in joins]
    assert sum(count[0][0] > 0 for count in counts) > 10
    assert [_read(home.environment.published_masked, join) for join in joins] == counts


def test_what_is_written_bit_by_bit_is_what_is_written_at_once(home: Home, tmp_path: Path) -> None:
    [(day,)] = _read(home.environment.published, f"select max({DAY}) from transactions")
    [(history,)] = _read(
        home.environment.published,
        "select any_value(relation) from published.files where ends_with(relation, '_history')",
    )
    changes = f"master.{history.split('s_')[0].replace('partie', 'party')}_changes"
    home.execute(
        f"update master.transactions set occurred_at = occurred_at + interval 1 second "
        f"where {DAY} = '{day}';"
        f"insert into master.pending_changes values ('day', 'transactions', '{day}');"
        f"insert into {changes} by name select * replace (valid_from + interval 1 day as "
        f"valid_from) from {changes} qualify valid_from = max(valid_from) over ()"
    )
    [full, masked] = home.publish(SECOND)
    for publication in (full, masked):
        assert publication.written["transactions"] == 1
        assert publication.written[history] == 1 or history not in publication.written
    at_once = tmp_path / "at_once"
    home.publish(SECOND, at_once)
    relations = masked.columns
    for relation in relations:
        query = f"select count(*), sum(hash(t)) from master.{relation} as t"
        assert _read(home.environment.published_masked, query) == _read(at_once, query), relation


def test_dates_keep_their_type_and_postcodes_two_characters(home: Home) -> None:
    for relation, column, kind in _read(
        home.environment.published,
        "select table_name, column_name, data_type from duckdb_columns() where schema_name = "
        "'master' and column_name in ('birth_date', 'postcode')",
    ):
        masked = f"date_trunc('year', {column})::{kind}" if kind == "DATE" else f"left({column}, 2)"
        found = _read(
            home.environment.published_masked,
            f"select {column}, typeof({column}), count(*) from {relation} group by all order by 1",
        )
        assert found == _read(
            home.environment.published,
            f"select {masked}, typeof({column}), count(*) from {relation} group by all order by 1",
        )


def test_every_kind_has_its_treatment_and_what_nobody_declared_is_left_out() -> None:
    kinds = {
        "mail": "email",
        "number": "phone",
        "called": "name",
        "code": "identifier",
        "born": "date",
        "born_text": "date",
        "born_number": "date",
        "zip": "address",
        "postal_address": "address",
        "town": "address",
        "remark": "free_text",
        "harmless": False,
        "new": None,
    }
    manifest = {
        "nodes": {
            "model.people": {
                "name": "people",
                "schema": "master",
                "resource_type": "model",
                "columns": {
                    name: {"config": {"meta": {"personal": kind}}}
                    for name, kind in kinds.items()
                    if kind is not None
                },
            }
        }
    }
    secret = Secret(b"s" * 64)
    with duckdb.connect() as connection:
        treat = masks(connection, Declared(manifest), secret)
        types = {"born": "DATE", "born_number": "BIGINT"}
        columns = [(name, types.get(name, "VARCHAR")) for name in [*kinds, "source_record_id"]]
        done = treat("master.people", columns)
        values = {"mail": "'a@b.nl'", "born": "date '1980-05-17'", "zip": "' 1012 AB'"}
        values |= {"born_text": "'1980-05-17 12:00'"}
        selected = ", ".join(f"{value} as {name}" for name, value in values.items())
        wanted = ", ".join(f"{done[name].sql}" for name in values)
        [row] = connection.execute(f"select {wanted} from (select {selected})").fetchall()
        short = f"select {done['zip'].sql} from (select '10' as zip)"
        assert connection.execute(short).fetchall() == [(None,)]
    assert {name: treatment.what for name, treatment in done.items()} == {
        **dict.fromkeys(["mail", "number", "called", "code", "source_record_id"], "pseudonym"),
        **dict.fromkeys(["born", "born_text"], "year"),
        "zip": "first two characters",
        "harmless": "as it is",
        **dict.fromkeys(["born_number", "postal_address", "town", "remark", "new"], "left out"),
    }
    assert row[0] == secret.digest("pseudonym", "a@b.nl")[:32]
    assert [str(value) for value in row[1:]] == ["1980-01-01", "10", "1980-01-01"]


def test_the_secret_is_made_once_and_pseudonyms_stay(home: Home) -> None:
    query = "select count(distinct email) from {} where email is not null"
    table = "golden_records" if home.environment.business_model == "retail" else "contacts"
    if home.environment.business_model == "marketplace":
        table = "buyers"
    before = _read(home.environment.published_masked, f"select email from {table} order by all")
    secret = (home.environment.privacy / "secret").read_bytes()
    home.publish(SECOND)
    assert (
        _read(home.environment.published_masked, f"select email from {table} order by all")
        == before
    )
    assert (home.environment.privacy / "secret").read_bytes() == secret
    counts = [
        _read(folder, query.format(table))
        for folder in (home.environment.published, home.environment.published_masked)
    ]
    assert counts[0] == counts[1] != [(0,)]
    assert secret not in (home.environment.published_masked / FILE_NAME).read_bytes()
