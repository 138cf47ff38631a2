"""Whether a map is healthy, without knowing the truth: every check on it, and what it has found."""

from collections.abc import Callable, Mapping
from typing import Any

from customer_platform.declarations.health import CHECKS, OFF, Health
from customer_platform.identity.entities import noun, nouns
from customer_platform.identity.rules import ResolutionRules
from customer_platform.identity.store import IdentityStore
from customer_platform.stewardship.health import attributes as known
from customer_platform.stewardship.health import customers, measures, profiles, sources
from customer_platform.stewardship.health.findings import (
    Found,
    HealthCheck,
    HealthReport,
    Looked,
    previous_figures,
)
from customer_platform.stewardship.health.measures import examined
from customer_platform.stewardship.health.wording import ADVICE, CAUSE, HOLDS

_LOOKS: Mapping[str, Callable[[Looked, Any], Found]] = {
    "consolidation": customers.consolidation,
    "ages": customers.ages,
    "customers_at_odds": customers.customers_at_odds,
    "values_of_many_people": customers.values_of_many_people,
    "frequent_values": sources.frequent_values,
    "frequent_records": sources.frequent_records,
    "usable_values": sources.usable_values,
    "value_kinds": sources.value_kinds,
    "swapped_columns": sources.swapped_columns,
    "stable_sources": sources.stable_sources,
    "expected_precision": customers.expected_precision,
    "expected_recall": customers.expected_recall,
}


def check_health(store: IdentityStore, health: Health) -> HealthReport:
    """Looks at records and map as they are now.

    Args:
        store: Records and map, and the figures of the runs before; a connection that only reads is
            enough.
        health: The bounds.

    Returns:
        The checks that are `applicable`, in the order of their bounds. Those that find nothing to
        look at, such as genders of records without one, have no figures.

    Raises:
        RulesError: The records lack a column that rules or bounds name.
    """
    with examined(store, health.attributes) as at:
        measures.stage_customers(at)
        profiles.stage_values(at)
        try:
            [(count, persons, resolved_at)] = at.rows(
                f"select count(*), count(distinct customer_id), (select max(resolved_at) from "
                f"{store.quoted.resolution_runs}) "
                f"from {store.quoted.customer_id_map}"
            )
            looked = Looked(
                at,
                store.tables.entity,
                resolved_at,
                count,
                persons,
                previous_figures(store, resolved_at),
                profiles.source_profiles(at),
            )
            checks = tuple(_check(name, health, looked) for name in applicable(store.rules, health))
        finally:
            profiles.drop_values(at)
    return HealthReport(
        entity=store.tables.entity,
        resolved_at=str(resolved_at),
        records=looked.records,
        customers=looked.customers,
        checks=checks,
    )


def applicable(rules: ResolutionRules, health: Health) -> list[str]:
    """The checks that records of these rules can have anything for, without those that are off.

    Attributes that no match key is, such as the gender, may yet be among the records' columns.
    """
    stated = [name for name in health.attributes.values() if name]
    there = set(known.find_attributes(rules, stated, health.attributes))
    if known.GIVEN_NAME in there:
        there |= {known.BIRTH_DATE, known.GENDER, known.POSTCODE}
    needs = {
        **customers.PER_CUSTOMER,
        "ages": known.BIRTH_DATE,
        "frequent_records": known.GIVEN_NAME,
    }
    left_out = {name for name, attribute in needs.items() if attribute not in there}
    if not {known.GIVEN_NAME, known.LAST_NAME, known.COMPANY_NAME} & there:
        left_out |= {"customers_at_odds", "values_of_many_people"}
    if not any(rule.similar for rule in rules.match_rules):
        left_out |= {"expected_precision", "expected_recall"}
    return [name for name in CHECKS if health.bound(name).severity != OFF and name not in left_out]


def holds(name: str, health: Health, entity: str) -> str:
    """What a check holds a map to, as a sentence with its bound."""
    settings = {
        field: f"{value:.1%}" if isinstance(value, float) else value
        for field, value in health.bound(name).model_dump().items()
    }
    return HOLDS[name].format(one=noun(entity), many=nouns(entity), **settings)


def _check(name: str, health: Health, looked: Looked) -> HealthCheck:
    bound: Any = health.bound(name)
    if name in customers.PER_CUSTOMER:
        figures, examples = customers.per_customer(looked, name, bound)
    else:
        figures, examples = _LOOKS[name](looked, bound)
    words = {"one": noun(looked.entity), "many": nouns(looked.entity)}
    return HealthCheck(
        name=name,
        severity=bound.severity,
        holds=holds(name, health, looked.entity),
        figures=tuple(figures),
        examples=tuple(examples),
        cause=CAUSE[name].format(**words),
        advice=ADVICE[name].format(**words),
    )
