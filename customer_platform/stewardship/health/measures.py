"""What is counted of a map for its health: per customer, per match rule and per value."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

from customer_platform.identity import key_sql
from customer_platform.identity.keeping.similar_tables import kept_thresholds
from customer_platform.identity.keeping.state import NEW_RECORD
from customer_platform.identity.store import IdentityStore
from customer_platform.stewardship.health import attributes as known
from customer_platform.stewardship.health.attributes import Attribute
from customer_platform.warehouse import sql

RECORDS = "temp.health_records"
CUSTOMERS = "temp.health_customers"

# What several values of one person look like: an initial stands for the name it begins, and two
# spellings of one name are this alike (Jaro-Winkler).
_ALIKE = 0.8
_INITIALS = "[b-df-hj-np-tv-xz]{1,4}"
# Two dates of birth of which so few characters differ are one date with a typing error.
_MISTYPED = 2

_MEN = "'m', 'male', 'man', 'mr', 'heer', 'dhr', 'masculin', 'homme', 'maennlich', 'männlich'"
_WOMEN = (
    "'f', 'v', 'w', 'female', 'vrouw', 'woman', 'mrs', 'ms', 'mevr', 'mevrouw', 'feminin', "
    "'féminin', 'femme', 'weiblich'"
)
_NO_GENDER = "'u', 'unknown', 'onbekend', 'unbekannt', 'inconnu', 'n', 'na', 'n/a', 'none', '-'"


@dataclass(frozen=True)
class Examined:
    """A map and the records it is of, made ready for counting.

    Attributes:
        store: The map, its records and rules; `RECORDS` has the records with their customer.
        attributes: What is known of the records; see `find_attributes`.
        given: The match keys of which is known whether they had a value before it was normalised.
    """

    store: IdentityStore
    attributes: Mapping[str, Attribute]
    given: tuple[str, ...]

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        found: list[tuple[Any, ...]] = self.store.connection.execute(query).fetchall()
        return found


class SharedValue(NamedTuple):
    """A value of an identifying match key, and who shares it.

    Attributes:
        match_key: The match key.
        value: The value, which is personal data.
        people: So many different people or companies, by their names.
        records: So many records.
        sources: Those of the records, sorted, joined by `, `.
        customers: Whose they are.
        first_names: Different ones among the records.
        last_names: Different ones among the records.
        birth_dates: Different ones among the records.
    """

    match_key: str
    value: str
    people: int
    records: int
    sources: str
    customers: int
    first_names: int
    last_names: int
    birth_dates: int


@contextmanager
def examined(store: IdentityStore, stated: Mapping[str, str | None]) -> Iterator[Examined]:
    """Reads records and map once, for all that is counted of them.

    `RECORDS` has one row per record: source, record_id, its match keys, the attributes that are no
    match key, customer_id and linked_by_rule (null for a record that isn't in the map yet), and
    is_new: whether it came with the last run or after it, where there was a run before.

    Args:
        store: Records and map; a connection that only reads is enough.
        stated: What attributes are, see `find_attributes`.

    Raises:
        RulesError: The records lack a column, or `stated` names what there isn't.
    """
    columns = store.columns()
    found = known.find_attributes(store.rules, columns, stated)
    runs = store.quoted.resolution_runs
    last = "null"
    if store.has(store.tables.resolution_runs):
        last = f"(select max(resolved_at) from {runs} having count(*) > 1)"
    key_sql.create_functions(store.connection, store.rules)
    store.connection.execute(
        f"create or replace temp table {sql.bare(RECORDS)} as "
        f"select keyed.*, customer_id, linked_by_rule, {last} is not null and (customer_id is null "
        f"or (valid_from >= {last} and reason = '{NEW_RECORD}')) as is_new "
        f"from ({known.records_query(store.records, store.rules, found, columns)}) as keyed "
        f"left join "
        f"{store.quoted.customer_id_map} as members "
        f"on coalesce(members.source, '') = coalesce(keyed.source, '') "
        f"and members.source_record_id = keyed.record_id"
    )
    try:
        yield Examined(
            store,
            found,
            tuple(known.given_columns(store.rules, columns)),
        )
    finally:
        for table in (RECORDS, CUSTOMERS):
            store.connection.execute(f"drop table if exists {table}")


def names_of(column: str) -> str:
    """SQL of the different names in a column of a group, as a list.

    An initial doesn't count beside a name that begins with it.
    """
    names = f"list(distinct {column}) filter (where {column} is not null)"
    return (
        f"coalesce(list_filter({names}, lambda name: not ((length(name) = 1 "
        f"or regexp_full_match(name, '{_INITIALS}')) and len(list_filter({names}, lambda longer: "
        f"length(longer) > length(name) and starts_with(longer, left(name, 1)))) > 0)), [])"
    )


def stage_customers(of: Examined) -> None:
    """Counts the different values of every customer of several records.

    `CUSTOMERS` has a row per customer: customer_id, records, rule (null when several rules link
    it), of every attribute that is there the number of its different values, under its name (1
    where no attribute has several), and at_odds: whether it looks like several customers, as it has
    names and dates that are far apart.
    """
    counted = {
        name: f"count(distinct {_compared(name, each)})"
        for name, each in of.attributes.items()
        if name not in (known.GIVEN_NAME, known.PLACE)
    }
    if each := of.attributes.get(known.GIVEN_NAME):
        counted[known.GIVEN_NAME] = f"len({names_of(each.value)})"
    varies = " or ".join(
        f"min({value}) <> max({value})"
        for name in counted
        for value in (_compared(name, of.attributes[name]),)
    )
    counts = "".join(f", {count} as {name}" for name, count in counted.items())
    kept = "".join(f", coalesce({name}, 1) as {name}" for name in counted)
    # Counting different values takes ten times as long as finding out whether there are several,
    # which few customers have.
    of.store.connection.execute(
        f"create or replace temp table {sql.bare(CUSTOMERS)} as with every as materialized ("
        f"select customer_id, count(*) as records, "
        f"case when min(linked_by_rule) = max(linked_by_rule) then min(linked_by_rule) end "
        f"as rule, {_at_odds(of)} as at_odds, {varies or 'false'} as varies from {RECORDS} "
        f"where customer_id is not null group by customer_id having count(*) > 1), "
        f"counted as (select customer_id{counts} from {RECORDS} where customer_id in "
        f"(select customer_id from every where varies) group by customer_id) "
        f"select customer_id, records, rule, at_odds{kept} "
        f"from every left join counted using (customer_id)"
    )


def _compared(name: str, attribute: Attribute) -> str:
    """SQL of an attribute's value as it is compared."""
    return gender(attribute.value) if name == known.GENDER else attribute.value


def gender(value: str) -> str:
    """SQL of a gender from the ways to write it; null when it isn't said."""
    lowered = f"lower(rtrim({value}, '.'))"
    return (
        f"case when {lowered} in ({_MEN}) then 'm' when {lowered} in ({_WOMEN}) then 'f' "
        f"when {lowered} in ({_NO_GENDER}) then null else {lowered} end"
    )


def _at_odds(of: Examined) -> str:
    """SQL of whether two things of a customer that one person has one of are far apart."""
    signs = []
    for name in (known.GIVEN_NAME, known.LAST_NAME, known.COMPANY_NAME):
        if each := of.attributes.get(name):
            one, other = f"min({each.value})", f"max({each.value})"
            initial = (
                f"(length({one}) = 1 or regexp_full_match({one}, '{_INITIALS}')) "
                f"and left({other}, 1) = left({one}, 1)"
            )
            signs.append(
                f"(jaro_winkler_similarity({one}, {other}) < {_ALIKE} and not ({initial}))"
            )
    if each := of.attributes.get(known.BIRTH_DATE):
        signs.append(f"levenshtein(min({each.value}), max({each.value})) > {_MISTYPED}")
    if each := of.attributes.get(known.GENDER):
        signs.append(f"min({gender(each.value)}) <> max({gender(each.value)})")
    numbers = [
        f"min({each.value}) <> max({each.value})"
        for name in (known.REGISTRATION, known.VAT)
        if (each := of.attributes.get(name))
    ]
    if numbers:
        signs.append(" or ".join(numbers))
    counted = " + ".join(f"cast(coalesce({sign}, false) as integer)" for sign in signs)
    return f"{counted} >= 2" if len(signs) > 1 else "false"


def customers_of_many(of: Examined, attribute: str, most: int) -> list[tuple[Any, ...]]:
    """The customers with more than `most` different values of an attribute, most first.

    Returns:
        Rows of customer_id, number of values, records, and the rule that alone links it (None for
        several).
    """
    return of.rows(
        f"select customer_id, {attribute}, records, rule from {CUSTOMERS} "
        f"where {attribute} > {most} order by {attribute} desc, records desc, customer_id"
    )


def values_of_customer(of: Examined, customer_id: str, attribute: str) -> list[str]:
    """The different values of an attribute that a customer has, sorted."""
    value = of.attributes[attribute].value
    rows = of.store.connection.execute(
        f"select distinct {value} from {RECORDS} where customer_id = ? and {value} is not null "
        f"order by 1 limit 8",
        [customer_id],
    ).fetchall()
    return [str(row[0]) for row in rows]


def customers_by_rule(of: Examined) -> list[tuple[Any, ...]]:
    """By the rule that alone links them, and by `several rules`, customers that look like several.

    Returns:
        Rows of rule, customers that look like several, customers of several records, and the
        largest of the former.
    """
    return of.rows(
        f"select coalesce(rule, 'several rules'), count_if(at_odds), count(*), "
        f"arg_max(customer_id, records) filter (at_odds) from {CUSTOMERS} group by 1 order by 1"
    )


def values_by_people(of: Examined, most: int, limit: int = 50) -> list[SharedValue]:
    """The values of identifying match keys that more than `most` different people share.

    People are counted by their first names or their last names, whichever are more, an initial not
    counting beside the name it begins; companies by their names. Values are looked at whether they
    link or too many records share them to; ignored values are none.

    Args:
        of: The records.
        most: So many people are right.
        limit: The most values per match key.

    Returns:
        By match key, most people first.
    """
    there = of.attributes
    count = {
        name: f"len({names_of(there[name].value)})" if name in there else "0"
        for name in (known.GIVEN_NAME, known.LAST_NAME)
    }
    people = f"greatest({count[known.GIVEN_NAME]}, {count[known.LAST_NAME]})"
    if not {known.GIVEN_NAME, known.LAST_NAME} & set(there) and known.COMPANY_NAME in there:
        people = f"count(distinct {there[known.COMPANY_NAME].value})"
    born = there.get(known.BIRTH_DATE)
    found = []
    for key in known.identifying_keys(of.store.rules, there):
        column = key_sql.key_column(key)
        # Few values have so many records: only of theirs names are collected.
        rows = of.rows(
            f"select cast({column} as varchar), {people} as people, count(*) as records, "
            f"coalesce(string_agg(distinct source, ', ' order by source), ''), "
            f"count(distinct customer_id), {count[known.GIVEN_NAME]}, {count[known.LAST_NAME]}, "
            f"{f'count(distinct {born.value})' if born else '0'} from {RECORDS} "
            f"where {column} in (select {column} from {RECORDS} where {column} is not null "
            f"group by {column} having count(*) > {most}) group by {column} "
            f"having {people} > {most} order by people desc, records desc, 1 limit {limit}"
        )
        found += [SharedValue(key, *row) for row in rows]
    return found


def implausible_ages(of: Examined, youngest: int, oldest: int) -> list[tuple[Any, ...]]:
    """Per source, how many birth dates there are, in the future, too long ago, and too young."""
    born = f"try_cast({of.attributes[known.BIRTH_DATE].value} as date)"
    age = f"date_diff('year', {born}, current_date) - cast(strftime({born}, '%m%d') > "
    age += "strftime(current_date, '%m%d') as integer)"
    return of.rows(
        f"select coalesce(source, ''), count({born}), count(*) filter ({born} > current_date), "
        f"count(*) filter ({age} > {oldest}), "
        f"count(*) filter ({age} < {youngest} and {born} <= current_date) "
        f"from {RECORDS} group by 1 order by 1"
    )


def expected_quality(of: Examined) -> list[tuple[Any, ...]]:
    """Per similar rule: pairs that link, expected precision, pairs scored, expected recall.

    The threshold is that of the last run. What is below the review band is not kept, and so not
    counted.
    """
    tables, rules = of.store.tables, [rule for rule in of.store.rules.match_rules if rule.similar]
    if not rules or not of.store.has(tables.similar_pairs):
        return []
    kept = kept_thresholds(of.store)
    thresholds = ", ".join(
        f"({number}, {sql.literal(rule.name)}, {kept[rule.name]})"
        for number, rule in enumerate(rules)
    )
    return of.store.rows("stewardship/expected_quality", thresholds=thresholds)
