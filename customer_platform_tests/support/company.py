"""A company of six people whose deliveries are loaded, resolved and erased in seconds, without dbt.

Its raw tables, staging views and lookups are retail's; the masters are as simple as can be.
"""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from customer_platform.declarations import Declarations, default_country
from customer_platform.environment import Environment
from customer_platform.identity import Delta, update_map
from customer_platform.identity.overrides import read_overrides_file
from customer_platform.ingestion import load_partitions
from customer_platform.ingestion.changes import fingerprints
from customer_platform.ingestion.landing import find_files
from customer_platform.ingestion.rewriting.change import as_delivered, read_rewritten
from customer_platform.privacy.carry_out import CarriedOut, carry_out
from customer_platform.privacy.inventory import record_person
from customer_platform.privacy.people import Wanted, find_person
from customer_platform.privacy.recognise_records import live_records
from customer_platform.privacy.requests import Kind, Request
from customer_platform.stewardship.explain.model import RecordName
from customer_platform_tests.support.small_retail import (
    Row,
    retail_declarations,
    retail_without,
    tables,
    written,
)

FIRST_DAY = date(2024, 1, 1)
# Which modules ask for the declarations.
_ASKING = ("carry_out", "landed", "inventory", "certificate", "declared")
_PRIVACY = "customer_platform.privacy"
_START = datetime(2024, 2, 1)

_TRANSACTIONS = (
    "select lines.*, ids.customer_id from (select * from staging.stg_webshop__order_lines "
    "union all by name select * from staging.stg_pos__receipt_lines) as lines "
    "left join identity.customer_id_map as ids using (source, source_record_id)"
)
_EVENTS = (
    "with logged_in as (select anonymous_id, min(account_id) as account from "
    "staging.stg_web__events where account_id is not null and anonymous_id is not null "
    "group by 1 having count(distinct account_id) = 1) "
    "select events.* exclude (account_id, account_source), "
    "coalesce(account_id, account) as source_record_id, 'webshop' as record_source, "
    "null as identified_by, ids.customer_id from staging.stg_web__events as events "
    "left join logged_in using (anonymous_id) left join identity.customer_id_map as ids "
    "on ids.source = 'webshop' and ids.source_record_id = coalesce(account_id, account)"
)


@dataclass
class Company:
    """A deployment of the company.

    Attributes:
        environment: Its home.
        empty: The warehouse to begin with.
        connection: The warehouse.
        declarations: What it declares.
    """

    environment: Environment
    empty: Path
    connection: duckdb.DuckDBPyConnection = field(init=False)
    declarations: Declarations = field(default_factory=retail_declarations)
    _moment: datetime = _START
    _built_at: datetime = _START
    _loaded: dict[tuple[str, str], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.environment.landing.mkdir(parents=True, exist_ok=True)
        self.decisions.write_text(
            "kind,source,source_record_id,other_source,other_record_id,author,date,reason\n"
        )
        self.begin_anew()

    def __getstate__(self) -> dict[str, Any]:
        """All but the connection, for another process."""
        return {name: each for name, each in vars(self).items() if name != "connection"}

    @property
    def decisions(self) -> Path:
        """The file of what stewards have decided."""
        return self.environment.home / "link_overrides.csv"

    def begin_anew(self) -> None:
        """Loses the warehouse."""
        if hasattr(self, "connection"):
            self.connection.close()
        self.environment.warehouse.unlink(missing_ok=True)
        self.environment.warehouse.with_suffix(".duckdb.wal").unlink(missing_ok=True)
        shutil.copyfile(self.empty, self.environment.warehouse)
        self._loaded = {}
        self.open()

    def open(self) -> None:
        """Opens the warehouse again, as the next run does."""
        if hasattr(self, "connection"):
            self.connection.close()
        self.connection = duckdb.connect(str(self.environment.warehouse), config={"threads": 1})

    def go_on(self) -> None:
        """Opens the warehouse after a run of another process, of which this one knows nothing."""
        self._moment += timedelta(seconds=1)
        self.open()

    def change_rules(self, left_out: str | None) -> None:
        """From now on one of the match rules is left out, or none."""
        self.declarations = retail_without(left_out)

    def land(self, source: str, table: str, day: str, rows: Sequence[Row]) -> None:
        """Delivers a file, in place of the one that is there."""
        declared = next(each for name, each in tables() if (name, each.name) == (source, table))
        path = self.environment.landing / declared.path.replace("{partition}", day)
        path.parent.mkdir(parents=True, exist_ok=True)
        made = path.with_name(f".{path.name}")
        made.write_bytes(written(declared, rows))
        made.replace(path)

    def load(self) -> None:
        """Loads the partitions whose files have changed, as the sensors have it done."""
        rewritten = read_rewritten(self.environment.rewritten_files, self.environment.landing)
        for source, table in tables():
            files = as_delivered(find_files(self.environment.landing, table).files, rewritten)
            there = fingerprints(files)
            changed = [
                day for day, each in there.items()
                if self._loaded.get((table.path, day)) != each
            ]  # fmt: skip
            if changed:
                result = load_partitions(
                    self.connection, source, table, self.environment.landing, changed
                )
                assert not result.failures, result.failures
            self._loaded |= {(table.path, day): each for day, each in there.items()}

    def run(self, *, everything: bool = False) -> CarriedOut:
        """What a run does."""
        self.load()
        done = carry_out(self.connection, self.environment)
        customer = self.declarations.entities["customer"]
        records = live_records(self.connection, customer, default_country(self.environment.project))
        self.connection.execute(f"create or replace table {customer.records} as {records}")
        self._moment += timedelta(seconds=1)
        update_map(
            self.connection,
            Delta(records=customer.records),
            customer.rules,
            customer.tables,
            self._moment,
            overrides=read_overrides_file(self.connection, self.decisions),
            everything=everything,
        )
        self._build_masters(everything=everything)
        return done

    def _build_masters(self, *, everything: bool) -> None:
        self.connection.execute(f"create or replace table master.events as {_EVENTS}")
        known = "select 1 from duckdb_tables() where schema_name = 'master' and table_name = "
        if everything or not self.connection.execute(f"{known} 'transactions'").fetchall():
            self.connection.execute(
                f"create or replace table master.transactions as {_TRANSACTIONS}"
            )
            self._built_at = datetime.now(UTC).replace(tzinfo=None)
            return
        # As the real ones: days that were delivered, and rows whose customer is another one now.
        now = datetime.now(UTC).replace(tzinfo=None)
        self.connection.execute(
            "create or replace temp table days as select distinct _partition as day from "
            "(select _partition, _loaded_at from raw.webshop__order_lines union all "
            "select _partition, _loaded_at from raw.pos__receipt_lines) "
            f"where _loaded_at > timestamp '{self._built_at}'"
        )
        self.connection.execute(
            "delete from master.transactions where partition_date in (select day from days); "
            f"insert into master.transactions by name select * from ({_TRANSACTIONS}) "
            "where partition_date in (select day from days); "
            "update master.transactions as t set customer_id = (select customer_id from "
            "identity.customer_id_map as m where m.source = t.source "
            "and m.source_record_id = t.source_record_id)"
        )
        self._built_at = now

    def ask(self, source: str, number: str, kind: Kind = "erase", **options: Any) -> Request:
        """Records a request for the customer that a record is of."""
        entities = self.declarations.entities
        wanted = Wanted(records=[RecordName(source, number)])
        person = find_person(self.connection, entities, wanted)
        self.connection.close()
        try:
            return record_person(
                self.environment, person, kind=kind, reason="asked", requested_by="them", **options
            )
        finally:
            self.open()

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        return self.connection.execute(query).fetchall()


@contextmanager
def company_in(folder: Path, environment: Environment, empty: Path) -> Iterator[Company]:
    """A company whose deployment lies in a folder; declarations are its own meanwhile.

    Args:
        folder: The home.
        environment: The session's deployment, whose manifest tells of the masters.
        empty: What `make_warehouse` has made.
    """
    home = replace(environment, home=folder)
    folder.mkdir(parents=True, exist_ok=True)
    home.dbt_target.parent.mkdir(parents=True, exist_ok=True)
    if not home.dbt_target.exists():
        home.dbt_target.symlink_to(environment.dbt_target)
    home.privacy.mkdir(parents=True, exist_ok=True)
    company = Company(home, empty)
    with known_as(company):
        try:
            yield company
        finally:
            company.connection.close()


@contextmanager
def known_as(company: Company) -> Iterator[None]:
    """Lets declarations, and the seed of decisions, be those of a company meanwhile."""
    with pytest.MonkeyPatch.context() as patch:
        for module in _ASKING:
            patch.setattr(f"{_PRIVACY}.{module}.declarations_of", lambda _: company.declarations)
        patch.setattr(f"{_PRIVACY}.leftovers.overrides_seed", lambda *_: company.decisions)
        yield
