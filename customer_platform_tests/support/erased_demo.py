"""A copy of a demo from which people are erased, and what of it must stay as it was."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from customer_platform.declarations import declarations_of
from customer_platform.environment import Environment, load_environment
from customer_platform.privacy.carry_out import CarriedOut, carry_out
from customer_platform.privacy.inventory import record_person, take_inventory
from customer_platform.privacy.people import Person, Wanted, records_of
from customer_platform_tests.support.demos import BuiltDemo, variables
from customer_platform_tests.support.homes import rows

_TOTALS = {
    "transactions": "sum(quantity), sum(amount)",
    "events": "count(distinct event_id)",
}


@dataclass(frozen=True)
class ErasedDemo:
    """A copy of a demo.

    Attributes:
        environment: Its deployment, which need not be active in this process.
    """

    environment: Environment

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        return rows(self.environment, query)

    def ask(self, wanted: Wanted) -> Person:
        """Asks to have somebody erased, and says who that is."""
        person = take_inventory(self.environment, wanted, rows=False).person
        record_person(self.environment, person, kind="erase", reason="asked", requested_by="them")
        return person

    def carry_out(self) -> CarriedOut:
        """What a run does between the raw tables and the lookups."""
        with duckdb.connect(str(self.environment.warehouse)) as connection:
            return carry_out(connection, self.environment)

    def totals(self) -> dict[str, list[tuple[Any, ...]]]:
        """Rows and sums of the facts by day."""
        return {
            table: self.rows(
                f"select partition_date, source, count(*), {sums} from master.{table} "
                "group by all order by all"
            )
            for table, sums in _TOTALS.items()
        }

    def delivered(self) -> dict[str, set[tuple[str, str]]]:
        """By entity, source and number of the records that staging views deliver."""
        entities = declarations_of(self.environment).entities
        return {
            name: {
                row
                for view in entity.sources
                for row in self.rows(f"select source, source_record_id from staging.{view}")
            }
            for name, entity in entities.items()
            if entity.sources
        }

    def of_others(self, person: Person) -> dict[str, set[tuple[str, str]]]:
        """The same of everybody else, as the lookups have it, which take less time to read."""
        entities = declarations_of(self.environment).entities
        return {
            name: set(self.rows(f"select source, source_record_id from {entity.records}"))
            - set(records_of(entities, name, person.records))
            for name, entity in entities.items()
            if entity.sources
        }


def erased_demo(demo: BuiltDemo, folder: Path) -> ErasedDemo:
    """A copy of a demo, without its logs."""
    home = folder / demo.business_model
    (home / "dbt").mkdir(parents=True)
    for name in ("landing", "dbt/target"):
        shutil.copytree(demo.home / name, home / name)
    shutil.copy(demo.home / "warehouse.duckdb", home)
    return ErasedDemo(load_environment(variables(demo.business_model, home)))
