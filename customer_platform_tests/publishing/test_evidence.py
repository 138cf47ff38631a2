"""The evidence of identities that is published beside the masters."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest

from customer_platform.identity import (
    Delta,
    IdentityStore,
    MatchKey,
    MatchRule,
    OutputTables,
    ResolutionRules,
    update_map,
)
from customer_platform.publishing import Edition, full_edition, publish, renew_evidence
from customer_platform.publishing.catalogue import EVIDENCE, read_files, read_moment
from customer_platform.publishing.evidence import Resolved
from customer_platform.stewardship.explain import explain_customer
from customer_platform_tests.support.small_masters import (
    FIRST,
    RELATIONS,
    SECOND,
    THIRD,
    SmallMasters,
)

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

RULES = ResolutionRules(
    source="source",
    record_id="source_record_id",
    match_keys={"email": MatchKey(column="email_key")},
    match_rules=[MatchRule(name="email", match=["email"])],
)
PEOPLE = Resolved(
    "identity.source_lookup",
    RULES,
    OutputTables("identity"),
    {"last_name": "name", "email": "email", "city": "address"},
)


@pytest.fixture
def resolved(masters: SmallMasters) -> SmallMasters:
    """Masters with a map of three records, of which two are one customer."""
    masters.connection.execute("""
        create schema identity;
        create table identity.source_lookup as
        select 'crm' as source, id as source_record_id, last_name, email, 'Ghent' as city,
            email as email_key
        from (values
            ('R-1', 'De Vries', 'ann@example.com'),
            ('R-2', 'Vriés', 'ann@example.com'),
            ('R-3', 'Jansen', null)
        ) as t(id, last_name, email)
    """)
    _resolve(masters, datetime(2026, 1, 1))
    return masters


def _resolve(masters: SmallMasters, at: datetime) -> None:
    update_map(masters.connection, Delta(PEOPLE.records), RULES, PEOPLE.tables, at)


def _publish(masters: SmallMasters, at: datetime, *others: Edition) -> None:
    publish(masters.connection, [full_edition(masters.folder, [PEOPLE]), *others], RELATIONS, at)


@contextmanager
def _evidence(masters: SmallMasters) -> "Iterator[DuckDBPyConnection]":
    path = read_moment(masters.folder).evidence
    assert path is not None
    with duckdb.connect(str(path), read_only=True) as connection:
        yield connection


def _ann(masters: SmallMasters) -> str:
    [(customer,)] = masters.connection.execute(
        "select customer_id from identity.customer_id_map where source_record_id = 'R-1'"
    ).fetchall()
    return str(customer)


def _found(masters: SmallMasters, term: str) -> list[tuple[str, str]]:
    with _evidence(masters) as connection:
        return connection.execute(
            "select terms.attribute, owners.id from search.terms "
            "inner join search.owners using (entity, number) where term = ? order by all",
            [term],
        ).fetchall()


def _files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("evidence*"))


def test_evidence_explains_what_the_warehouse_does(resolved: SmallMasters) -> None:
    _publish(resolved, FIRST)
    ann = _ann(resolved)
    there = IdentityStore(resolved.connection, PEOPLE.records, RULES, PEOPLE.tables)
    with _evidence(resolved) as connection:
        here = IdentityStore(connection, PEOPLE.records, RULES, PEOPLE.tables)
        assert explain_customer(here, ann) == explain_customer(there, ann)


def test_words_of_names_are_found_without_accents_and_values_as_they_are_compared(
    resolved: SmallMasters,
) -> None:
    _publish(resolved, FIRST)
    ann = _ann(resolved)
    assert _found(resolved, "vries") == [("last_name", ann)]
    assert _found(resolved, "ann@example.com") == [("email", ann)]
    assert _found(resolved, "r-2") == [("record", ann)]
    assert _found(resolved, "ghent") == []


def test_a_key_knows_how_many_records_of_whom_have_its_value(resolved: SmallMasters) -> None:
    _publish(resolved, FIRST)
    with _evidence(resolved) as connection:
        assert connection.execute(
            "select rule, id, keys.records from search.keys "
            "inner join search.owners using (entity, number)"
        ).fetchall() == [("email", _ann(resolved), 2)]


def test_orders_lead_to_whom_the_masters_say(resolved: SmallMasters) -> None:
    ann = _ann(resolved)
    resolved.connection.execute("alter table master.transactions add column order_id varchar")
    resolved.connection.execute(
        "update master.transactions set order_id = 'ORD-7', customer_id = ?", [ann]
    )
    _publish(resolved, FIRST)
    assert _found(resolved, "ord-7") == [("order", ann)]


def test_an_old_one_goes_with_the_publication_that_replaces_it(resolved: SmallMasters) -> None:
    _publish(resolved, FIRST)
    before = _files(resolved.folder)
    resolved.connection.execute("delete from identity.source_lookup where last_name = 'Jansen'")
    _resolve(resolved, datetime(2026, 1, 2))
    _publish(resolved, SECOND)
    assert len(_files(resolved.folder)) == 1
    assert _files(resolved.folder) != before
    assert _found(resolved, "jansen") == []


def test_what_an_interrupted_publication_has_left_goes_with_the_next(
    resolved: SmallMasters,
) -> None:
    _publish(resolved, FIRST)
    for name in ("evidence-killed.duckdb", "evidence-killed.duckdb.wal"):
        (resolved.folder / name).write_bytes(b"half")
    _publish(resolved, SECOND)
    assert [name for name in _files(resolved.folder) if "killed" in name] == []


def test_another_edition_gets_none(resolved: SmallMasters) -> None:
    masked = full_edition(resolved.folder.with_name("published_masked"))
    _publish(resolved, FIRST, masked)
    assert _files(masked.folder) == []
    assert read_moment(masked.folder).evidence is None


def test_it_is_renewed_alone_and_the_masters_stay(resolved: SmallMasters) -> None:
    _publish(resolved, FIRST)
    masters = [file for file in read_files(resolved.folder) if file.relation != EVIDENCE]
    resolved.connection.execute("delete from identity.customer_id_registry")
    renew_evidence(resolved.connection, full_edition(resolved.folder, [PEOPLE]), RELATIONS, THIRD)
    with _evidence(resolved) as connection:
        assert connection.execute("from identity.customer_id_registry").fetchall() == []
    assert [file for file in read_files(resolved.folder) if file.relation != EVIDENCE] == masters
    assert read_moment(resolved.folder).published_at == FIRST
    assert len(_files(resolved.folder)) == 1


def test_an_entity_that_was_never_resolved_has_none(masters: SmallMasters) -> None:
    _publish(masters, FIRST)
    with _evidence(masters) as connection:
        assert connection.execute("from search.owners").fetchall() == []
