"""A query reads the publication, and nothing else that lies on the machine."""

from pathlib import Path

import duckdb
import pytest

from customer_platform.errors import QueryError
from customer_platform.publishing import run_query
from customer_platform_tests.support.demos import BuiltDemo
from customer_platform_tests.support.small_masters import FIRST, SmallMasters, rows

_SECRET = "kept from readers"


@pytest.fixture
def home(masters: SmallMasters, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with other files beside the publication, each of which holds the same text."""
    masters.publish(FIRST)
    (tmp_path / "landing").mkdir()
    (tmp_path / "landing" / "people.csv").write_text(f"name\n{_SECRET}\n")
    (tmp_path / "landing" / "people.jsonl").write_text(f'{{"name": "{_SECRET}"}}\n')
    for name in ("published_masked", "published2"):
        (tmp_path / name).mkdir()
        with duckdb.connect() as connection:
            path = tmp_path / name / "people.parquet"
            connection.execute(f"copy (select '{_SECRET}' as name) to '{path}'")
    (masters.folder / "link.csv").symlink_to(tmp_path / "landing" / "people.csv")
    masters.connection.execute(f"create table master.people as select '{_SECRET}' as name")
    masters.connection.close()
    monkeypatch.setenv("SOMETHING_SECRET", _SECRET)
    return tmp_path


@pytest.mark.parametrize(
    "query",
    [
        "from '{home}/landing/people.csv'",
        "from read_csv('{home}/landing/*.csv')",
        "from read_text('{home}/landing/people.csv')",
        "from read_blob('{home}/landing/people.jsonl')",
        "from read_json('{home}/landing/people.jsonl')",
        "from sniff_csv('{home}/landing/people.csv')",
        "from glob('{home}/*')",
        "from '{home}/published/link.csv'",
        "from '{home}/published/../landing/people.csv'",
        "from '{home}/published_masked/people.parquet'",
        "from '{home}/published2/people.parquet'",
        "from parquet_metadata('{home}/published_masked/people.parquet')",
        "from read_text('/etc/passwd')",
        "from read_blob('/proc/self/environ')",
        "from read_csv('https://example.com/people.csv')",
        "from (select 1) where exists (from read_text('{home}/landing/people.csv'))",
        "from query('from read_text(''{home}/landing/people.csv'')')",
        "from query_table('{home}/landing/people.csv')",
    ],
)
def test_other_files_are_not_read(home: Path, query: str) -> None:
    # What is refused is there to be read.
    if "{home}" in query:
        with duckdb.connect() as connection:
            assert connection.execute(query.format(home=home)).fetchall()
    with pytest.raises(QueryError, match="reads what is published, and nothing else") as error:
        run_query(home / "published", query.format(home=home))
    assert _SECRET not in str(error.value)


@pytest.mark.parametrize(
    "query",
    [
        "attach '{home}/warehouse.duckdb' as other",
        "from warehouse.master.people",
        "select getenv('SOMETHING_SECRET')",
        "from variable_of_this_process",
        "set enable_external_access = true",
        "set allowed_directories = ['/']",
        "reset lock_configuration",
        "pragma enable_object_cache",
        "install httpfs",
        "load httpfs",
        "call enable_logging()",
        "from duckdb_secrets()",
    ],
)
def test_databases_variables_settings_and_extensions_are_out_of_reach(
    home: Path, query: str
) -> None:
    variable_of_this_process = duckdb.connect().sql(f"select '{_SECRET}'").to_arrow_table()
    assert variable_of_this_process.num_rows
    with pytest.raises(QueryError) as error:
        run_query(home / "published", query.format(home=home))
    assert _SECRET not in str(error.value)


def test_the_publication_is_read_where_its_folder_is_reached_by_a_link(home: Path) -> None:
    link = home / "link"
    link.symlink_to(home / "published")
    assert rows(run_query(link, "select count(*) from transactions")) == [(2,)]


def test_a_query_has_all_functions_that_need_no_file(home: Path) -> None:
    query = (
        "select json_extract('{\"a\": 1}', '$.a')::int, "
        "('2026-01-02 00:30+01'::timestamptz at time zone 'Europe/Amsterdam')::date::varchar, "
        "count(*) filter (transaction_id > 0), strftime(max(partition_date), '%A') "
        "from transactions"
    )
    assert rows(run_query(home / "published", query)) == [(1, "2026-01-02", 1, "Friday")]


@pytest.mark.parametrize("business_model", ["retail", "b2b", "marketplace"])
@pytest.mark.parametrize("folder", ["published", "published_masked"])
def test_every_relation_of_a_business_model_can_be_read(
    request: pytest.FixtureRequest, business_model: str, folder: str
) -> None:
    demo: BuiltDemo = request.getfixturevalue(business_model)
    found = run_query(
        demo.home / folder,
        "select view_name from duckdb_views() where schema_name = 'master'",
    )
    relations = [str(name) for (name,) in rows(found)]
    assert len(relations) > 8
    for relation in relations:
        counted = rows(run_query(demo.home / folder, f"summarize {relation}"))
        assert counted, relation
