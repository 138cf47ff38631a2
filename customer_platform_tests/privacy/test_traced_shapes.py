"""Records are traced to rows of raw tables through staging views of any shape."""

import duckdb
import pytest

from customer_platform.errors import PrivacyError
from customer_platform.privacy.reach import StagingViews
from customer_platform.privacy.reference import columns_in
from customer_platform.warehouse.sql import identifier

_TABLES = """
    create schema raw;
    create schema staging;
    create table raw.shop__people (
        id varchar, "Customer ID" varchar, "order" varchar, parent varchar, kind varchar,
        _partition date
    );
    insert into raw.shop__people values
        ('1', 'C1', 'O1', null, 'x', '2024-01-01'), ('2', 'C2', 'O2', '1', 'y', '2024-01-02'),
        ('1', 'C1', 'O1', '2', 'x', '2024-01-03');
    create table raw.shop__lines (line int, person varchar, guest varchar);
    insert into raw.shop__lines values (1, '1', null), (2, null, 'g9'), (3, '2', null);
    create view staging."Base V" as select *, lower(id) as "Low" from raw.shop__people;
"""
_JOINED = "from raw.shop__lines as l left join raw.shop__people as p on p.id = l.person"
_PEOPLE = "from raw.shop__people"

SHAPES = {
    "a chain": f"with a as (select * {_PEOPLE}), b(s, n) as (select 'shop', upper(id) from a) "
    "select s as source, n as source_record_id from b",
    "a union by position": f"select 'shop' as source, id as source_record_id {_PEOPLE} "
    "union all select 'shop', person from raw.shop__lines where person is not null",
    "a union by name": f"select 'shop' as source, id as source_record_id {_PEOPLE} union all by "
    "name select guest as source_record_id, 'shop' as source from raw.shop__lines "
    "where guest is not null",
    "a union of unions": f"(select 'shop' as source, id as source_record_id {_PEOPLE}) union all "
    "(select 'shop', person from raw.shop__lines where person is not null union "
    "select 'shop', guest from raw.shop__lines where guest is not null)",
    "a window": "select 'shop' as source, first_value(id ignore nulls) over "
    f"(partition by id order by _partition) as source_record_id {_PEOPLE}",
    "qualify": f"select 'shop' as source, id as source_record_id {_PEOPLE} "
    "qualify row_number() over (partition by id order by _partition desc) = 1",
    "an aggregate with a filter": "select 'shop' as source, "
    f"max(id) filter (where id is not null) as source_record_id {_PEOPLE} group by kind",
    "an aggregate in an order": "select 'shop' as source, "
    f"any_value(id order by _partition desc) as source_record_id {_PEOPLE} group by id",
    "the first of a list": f"with a as (select list(id order by _partition)[1] as n {_PEOPLE} "
    "group by id) select 'shop' as source, n as source_record_id from a",
    "an aggregate of distinct values": "select 'shop' as source, "
    f"min(distinct id) as source_record_id {_PEOPLE} group by id",
    "coalesce across a join": f"select 'shop' as source, coalesce(p.id, l.guest) as "
    f"source_record_id {_JOINED}",
    "a case across a join": "select 'shop' as source, case when l.guest is null then p.id "
    f"else l.guest end as source_record_id {_JOINED}",
    "an if across a join": "select 'shop' as source, if(l.guest is null, p.id, l.guest) as "
    f"source_record_id {_JOINED}",
    "a subquery": "select a.s as source, a.n as source_record_id from "
    f"(select 'shop' as s, id as n from (select * {_PEOPLE})) as a",
    "casts": "select 'shop' as source, cast(try_cast(id as bigint) + 100 as varchar) as "
    f"source_record_id {_PEOPLE}",
    "conditions": "select case when kind = 'x' then 'shop' else 'other' end as source, "
    f"case kind when 'x' then 'x' || id else id end as source_record_id {_PEOPLE}",
    "quoted names": f'select \'shop\' as "SOURCE", "CUSTOMER id" as "Source_Record_ID" {_PEOPLE}',
    "keywords": f'select \'shop\' as source, "order" as source_record_id {_PEOPLE}',
    "a view on a view": 'select \'shop\' as source, "LOW" as source_record_id '
    'from staging."base v"',
    "renamed and replaced stars": f"with a as (select * replace (upper(id) as id) {_PEOPLE}) "
    "select 'shop' as source, * rename (id as source_record_id) from a",
    "a set without another": f"select 'shop' as source, id as source_record_id {_PEOPLE} "
    "except select 'shop', guest from raw.shop__lines",
}  # fmt: skip

UNTRACEABLE = {
    "the greater of two": f"select 'shop' as source, greatest(p.id, l.person) as n {_JOINED}",
    "a query of its own": "select 'shop' as source, (select max(p.id) from raw.shop__people as p "
    "where p.id = l.person) as n from raw.shop__lines as l",
    "elements of a list": f"select 'shop' as source, u.n {_PEOPLE}, unnest([id, parent]) as u(n)",
}


def views_with(sql: str) -> tuple[duckdb.DuckDBPyConnection, StagingViews]:
    connection = duckdb.connect(config={"threads": 1})
    connection.execute(f"{_TABLES} create view staging.traced as {sql}")
    return connection, StagingViews(connection)


@pytest.mark.parametrize("sql", SHAPES.values(), ids=SHAPES)
def test_all_records_of_a_view_are_found_in_raw_tables(sql: str) -> None:
    connection, views = views_with(sql)
    wanted = connection.execute("select source, source_record_id from staging.traced").fetchall()
    found: set[tuple[str, str]] = set()
    for traced in views.trace("traced", ["source", "source_record_id"], strict=True):
        source, number = traced.expressions
        found |= set(
            connection.execute(
                f"select {source}, {number} from raw.{identifier(traced.table)}"
            ).fetchall()
        )
    assert wanted
    assert set(wanted) - found <= {("shop", None)}


@pytest.mark.parametrize("sql", UNTRACEABLE.values(), ids=UNTRACEABLE)
def test_what_can_not_be_traced_is_refused_and_not_passed_over(sql: str) -> None:
    _, views = views_with(sql)
    with pytest.raises(PrivacyError, match="make it of the columns of one raw table"):
        views.trace("traced", ["source", "n"], strict=True)


def test_in_a_union_by_name_a_parent_is_not_taken_for_the_record() -> None:
    _, views = views_with(
        f"select 'shop' as source, id, parent {_PEOPLE} "
        "union all by name select guest as parent, person as id, 'shop' as source "
        "from raw.shop__lines"
    )
    columns = {each.table: each.columns[1] for each in views.trace("traced", ["source", "id"])}
    assert columns == {"shop__people": {"id"}, "shop__lines": {"person"}}


def test_the_sources_of_a_view_are_read_from_its_sql_where_it_states_them() -> None:
    _, views = views_with(SHAPES["a union of unions"])
    assert views.constants("traced", "source") == {"shop"}
    _, views = views_with(SHAPES["conditions"])
    assert views.constants("traced", "source") is None


def test_what_a_condition_reads_belongs_to_an_expression() -> None:
    source = "case when \"Web site\" = 'portal' then 'seller' else 'app' end"
    assert columns_in(source, "trim(number)") == {"Web site", "number"}
