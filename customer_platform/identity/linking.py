"""Links the staged records: what SQL has to look up before and after the integers."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType

import numpy as np

from customer_platform.identity import key_sql
from customer_platform.identity.matching.clustering import LinkedRecords, link_records
from customer_platform.identity.matching.links import Hashes
from customer_platform.identity.matching.records import NumberedPairs, StagedRecords
from customer_platform.identity.overrides import Override
from customer_platform.identity.rules import MatchRule
from customer_platform.identity.staging import RECORDS
from customer_platform.identity.store import IdentityStore
from customer_platform.warehouse import sql
from customer_platform.warehouse.duckdb import numbers_as_table

# Gives by row the values of a rule as text.
ValueTexts = Callable[[MatchRule, Sequence[int]], Mapping[int, str]]


def link_staged(
    store: IdentityStore,
    overrides: Sequence[Override],
    staged: StagedRecords,
    *,
    similar: Mapping[int, NumberedPairs] = MappingProxyType({}),
    excluded: Mapping[int, Hashes] = MappingProxyType({}),
    on_rule: Callable[[int], None] = lambda _: None,
    value_texts: ValueTexts | None = None,
) -> LinkedRecords:
    """Links the records of a store, which are staged; see `link_records`."""
    [(threads,)] = store.connection.execute("select current_setting('threads')").fetchall()
    return link_records(
        store.rules,
        overrides,
        _record_numbers(store, overrides, staged),
        staged,
        value_texts or partial(_value_texts, store),
        threads,
        similar=similar,
        excluded=excluded,
        on_rule=on_rule,
    )


def _record_numbers(
    store: IdentityStore, overrides: Sequence[Override], staged: StagedRecords
) -> dict[tuple[str, str], int]:
    """The numbers of the records that overrides name, as far as they are there."""
    names = sorted({side for override in overrides for side in override.sides})
    if not names:
        return {}
    rows = store.connection.execute(
        f"with named(source, record_id) as (values {sql.rows_of_text(names)}) "
        f"select records.source, records.record_id, records.record_row from {RECORDS} as records "
        # By the hash first: one number per record to look at rather than two texts.
        f"join named on records.record_order = hash(named.source, named.record_id) "
        f"and records.source = named.source and records.record_id = named.record_id"
    ).fetchall()
    return {(source, name): int(staged.order.numbers[row]) for source, name, row in rows}


def _value_texts(store: IdentityStore, rule: MatchRule, rows: Sequence[int]) -> dict[int, str]:
    """By row, the value of a rule as text, several keys joined by ' + '."""
    columns = ", ".join(f"keyed.{key_sql.key_column(key)}" for key in rule.match)
    record_id = f"cast({sql.identifier(store.rules.record_id)} as varchar)"
    numbers = np.array(rows, dtype=np.int32)
    with numbers_as_table(store.connection, "resolution_shared_rows", record_row=numbers):
        firsts = (
            f"select source, record_id, record_row from {RECORDS} "
            f"semi join resolution_shared_rows using (record_row)"
        )
        # Only these records are normalised, not all of them once more.
        few = (
            f"select * from {sql.relation(store.records)} "
            f"where {record_id} in (select record_id from ({firsts}))"
        )
        return dict(
            store.connection.execute(
                f"with keyed as ({key_sql.keyed_records(few, store.rules)}), firsts as ({firsts}) "
                f"select firsts.record_row, concat_ws(' + ', {columns}) "
                f"from firsts join keyed using (source, record_id)"
            ).fetchall()
        )
