"""Editions of a publication: what the readers of each folder get, and what nobody gets."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from customer_platform.errors import PublishedColumnError, PublishedViewError, QueryError
from customer_platform.publishing import Edition, Treatment, full_edition, publish, run_query
from customer_platform.publishing.catalogue import FILE_NAME
from customer_platform.publishing.editions import Columns, plain
from customer_platform.publishing.relations import PublishedRelation
from customer_platform_tests.support.small_masters import (
    FIRST,
    RELATIONS,
    SECOND,
    THIRD,
    SmallMasters,
    rows,
)

_HASHED = Treatment("pseudonym", "left(sha256(customer_id), 8)")


def _other(folder: Path, **done: Treatment) -> Edition:
    """An edition of the folder `other` that does something with columns of these names."""

    def treat(table: str, columns: Columns) -> Mapping[str, Treatment]:
        return {name: done.get(name, plain(name)) for name, _ in columns}

    return Edition(folder.with_name("other"), treat)


def _publish(
    masters: SmallMasters, edition: Edition, published_at: datetime = FIRST
) -> Mapping[str, int]:
    editions = [full_edition(masters.folder), edition]
    return publish(masters.connection, editions, RELATIONS, published_at)[1].written


def _transactions(folder: Path) -> list[tuple[object, ...]]:
    return rows(run_query(folder, "from transactions order by transaction_id"))


def test_each_edition_has_its_own_columns_also_in_views(masters: SmallMasters) -> None:
    edition = _other(masters.folder, customer_id=_HASHED, net_revenue=Treatment("left out"))
    _publish(masters, edition)
    assert rows(run_query(masters.folder, "from customers order by all")) == [
        ("c_0", 0),
        ("c_1", 1),
    ]
    found = run_query(edition.folder, "from customers order by all")
    assert found.column_names == ["customer_id"]
    assert all(len(customer) == 8 for (customer,) in rows(found))


def test_a_day_that_changed_is_written_again_in_every_edition(masters: SmallMasters) -> None:
    edition = _other(masters.folder, customer_id=_HASHED)
    _publish(masters, edition)
    masters.change_day("2026-01-02", "c_1")
    assert _publish(masters, edition, SECOND)["transactions"] == 1
    assert [row[0] for row in _transactions(masters.folder)] == [0, 1]
    assert [row[1] for row in _transactions(masters.folder)] == ["c_0", "c_1"]
    assert len({row[1] for row in _transactions(edition.folder)}) == 2
    assert _publish(masters, edition, THIRD)["transactions"] == 0


def test_a_relation_of_which_an_edition_has_no_column_is_not_in_it(masters: SmallMasters) -> None:
    edition = _other(masters.folder, customer_id=Treatment("left out"))
    relations = [PublishedRelation(name="restatements"), PublishedRelation(name="returns")]
    publish(masters.connection, [full_edition(masters.folder), edition], relations, FIRST)
    assert rows(run_query(masters.folder, "select count(*) from restatements")) == [(0,)]
    assert rows(run_query(edition.folder, "select count(*) from returns")) == [(2,)]
    with pytest.raises(QueryError, match="restatements does not exist"):
        run_query(edition.folder, "from restatements")


def test_an_edition_that_is_new_has_all_days(masters: SmallMasters) -> None:
    masters.publish(FIRST)
    edition = _other(masters.folder, customer_id=_HASHED)
    assert _publish(masters, edition, SECOND)["transactions"] == 2


@pytest.mark.parametrize(
    "other",
    [
        Treatment("upper case", "upper(customer_id)"),
        Treatment("pseudonym", _HASHED.sql, "another secret"),
        Treatment("as it is", "customer_id"),
    ],
)
def test_what_was_written_in_another_form_is_written_again_and_gone_at_once(
    masters: SmallMasters, other: Treatment
) -> None:
    edition = _other(masters.folder, customer_id=_HASHED)
    _publish(masters, edition)
    masters.change_day("2026-01-02", "c_1")
    _publish(masters, edition, SECOND)
    before = set(edition.folder.rglob("*.parquet"))
    written = _publish(masters, _other(masters.folder, customer_id=other), THIRD)
    assert (written["transactions"], written["customers_history"]) == (2, 1)
    # Those that were retired by the second publication are gone, too.
    assert not {path for path in before if path.exists() and "events" not in str(path)}


def test_files_from_before_editions_are_kept_unless_a_column_is_treated_now(
    masters: SmallMasters,
) -> None:
    masters.publish(FIRST)
    with duckdb.connect(str(masters.folder / FILE_NAME)) as connection:
        connection.execute("drop table published.columns")
    assert masters.publish(SECOND).written["transactions"] == 0
    with duckdb.connect(str(masters.folder / FILE_NAME)) as connection:
        connection.execute("drop table published.columns")
    withheld = PublishedRelation(name="transactions", by_day=True, withhold=("customer_id",))
    assert masters.publish(THIRD, [withheld]).written["transactions"] == 2


def test_a_column_that_is_withheld_is_in_no_edition_and_no_file(masters: SmallMasters) -> None:
    relation = PublishedRelation(name="transactions", by_day=True, withhold=("customer_id",))
    edition = _other(masters.folder)
    masters.publish(FIRST)
    editions = [full_edition(masters.folder), edition]
    publish(masters.connection, editions, [relation], SECOND)
    for each in editions:
        assert [row[0] for row in _transactions(each.folder)] == [0, 1]
        for path in each.folder.glob("transactions/**/*.parquet"):
            assert b"customer_id" not in path.read_bytes()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"by_day": True, "withhold": ("partition_date",)}, "is published by partition_date"),
        ({"since": "net_revenue", "withhold": ("net_revenue",)}, "is published by net_revenue"),
        ({"as_view": True, "withhold": ("net_revenue",)}, "withhold the columns of the relation"),
    ],
)
def test_what_a_publication_needs_can_not_be_withheld(
    options: dict[str, object], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        PublishedRelation.model_validate({"name": "transactions", **options})


def test_a_withheld_column_that_is_not_there_is_refused(masters: SmallMasters) -> None:
    masters.publish(FIRST)
    relation = PublishedRelation(name="transactions", by_day=True, withhold=("custmer_id",))
    with pytest.raises(PublishedColumnError, match="has no column custmer_id to withhold"):
        masters.publish(SECOND, [relation])
    assert len(_transactions(masters.folder)) == 2


@pytest.mark.parametrize(
    ("column", "done"),
    [
        ("partition_date", Treatment("year", "date '2026-01-01'")),
        ("valid_from", Treatment("year", "timestamp '2026-01-01'")),
        ("customer_id", Treatment("left out")),
    ],
)
def test_a_column_that_a_relation_is_published_by_has_to_be_readable(
    masters: SmallMasters, column: str, done: Treatment
) -> None:
    with pytest.raises(PublishedColumnError, match=f"{column}, which other can't hold"):
        _publish(masters, _other(masters.folder, **{column: done}))


def test_when_one_edition_can_not_be_made_readers_of_all_keep_the_last(
    masters: SmallMasters,
) -> None:
    masters.connection.execute(
        "create or replace view master.customers as "
        "select customer_id, net_revenue from master.golden_records"
    )
    edition = _other(masters.folder)
    _publish(masters, edition)
    masters.change_day("2026-01-02", "c_1")
    broken = _other(masters.folder, net_revenue=Treatment("left out"))
    with pytest.raises(PublishedViewError, match="names a column that is withheld"):
        _publish(masters, broken, SECOND)
    for folder in (masters.folder, edition.folder):
        assert {row[1] for row in _transactions(folder)} == {"c_0"}
    # The day is still pending.
    assert _publish(masters, edition, SECOND + timedelta(hours=1))["transactions"] == 1
