"""The checks on customers: who was merged, and by which rules and values."""

from customer_platform.declarations.health import (
    Ages,
    Consolidation,
    Least,
    People,
    PerCustomer,
    Share,
)
from customer_platform.identity.entities import noun
from customer_platform.stewardship.health import attributes as known
from customer_platform.stewardship.health import measures
from customer_platform.stewardship.health.findings import (
    Figure,
    Found,
    Looked,
    Said,
    Value,
    is_beyond,
    share_text,
)
from customer_platform.stewardship.health.wording import WHAT

_EXAMPLES = 3
_SHARED_VALUES = 10

# By check, the attribute of which a customer has few different values.
PER_CUSTOMER = {
    "given_names": known.GIVEN_NAME,
    "last_names": known.LAST_NAME,
    "birth_dates": known.BIRTH_DATE,
    "genders": known.GENDER,
    "postcodes": known.POSTCODE,
    "company_numbers": known.REGISTRATION,
    "vat_numbers": known.VAT,
}


def consolidation(looked: Looked, bound: Consolidation) -> Found:
    """The share of the records that are merged into others, now and in the run before."""
    if not looked.records:
        return [], []
    merged = looked.records - looked.customers
    share = merged / looked.records
    before = looked.previous.share("consolidation", "")
    text = (
        f"{share:.1%} of {looked.records:,} records are merged into others, "
        f"{looked.records / looked.customers:.2f} records per {noun(looked.entity)}"
        + (f"; it was {before:.1%} in the run before" if before is not None else "")
    )
    nearest = min(max(share, bound.least), bound.most)
    if before is not None:
        nearest = min(max(nearest, before - bound.change), before + bound.change)
    beyond = abs(share - nearest) * looked.records > bound.tolerated
    return [Figure("", merged, looked.records, beyond, text)], []


def per_customer(looked: Looked, check: str, bound: PerCustomer) -> Found:
    """Customers with too many different values of the check's attribute."""
    attribute = PER_CUSTOMER[check]
    if attribute not in looked.at.attributes:
        return [], []
    rows = measures.customers_of_many(looked.at, attribute, bound.most)
    beyond = is_beyond(len(rows), looked.customers, bound)
    text = (
        f"{looked.counted(len(rows))} with more than {bound.most} different {WHAT[attribute]}, "
        f"{share_text(len(rows), looked.customers)}"
    )
    column = looked.at.attributes[attribute].column
    examples: list[Said] = []
    for customer_id, values, records, rule in rows[:_EXAMPLES] if beyond else ():
        by = f"the rule {rule} alone" if rule else "several rules"
        said: list[str | Value] = [
            f"{customer_id}: {records:,} records by {by}, {values:,} {WHAT[attribute]}"
        ]
        for position, value in enumerate(
            measures.values_of_customer(looked.at, customer_id, attribute)
        ):
            said += [", " if position else ": ", Value(column, value)]
        examples.append(tuple(said))
    return [Figure("", len(rows), looked.customers, beyond, text)], examples


def ages(looked: Looked, bound: Ages) -> Found:
    """Per source, birth dates that nobody alive has, or that nobody here should have."""
    if known.BIRTH_DATE not in looked.at.attributes:
        return [], []
    figures = []
    for source, dates, unborn, too_old, too_young in measures.implausible_ages(
        looked.at, bound.youngest, bound.oldest
    ):
        wrong = unborn + too_old + too_young
        text = (
            f"{source}: {wrong:,} of {dates:,} birth dates are implausible: {unborn:,} in the "
            f"future, {too_old:,} over {bound.oldest} years ago, {too_young:,} of people under "
            f"{bound.youngest}"
        )
        if dates:
            figures.append(Figure(source, wrong, dates, is_beyond(wrong, dates, bound), text))
    return figures, []


def customers_at_odds(looked: Looked, bound: Share) -> Found:
    """Per match rule, the customers that it alone links and that look like several."""
    figures: list[Figure] = []
    examples: list[Said] = []
    for rule, odd, customers, example in measures.customers_by_rule(looked.at):
        beyond = is_beyond(odd, customers, bound)
        text = (
            f"{rule}: {odd:,} of {looked.counted(customers)} linked by it look like several, "
            f"{share_text(odd, customers)}"
        )
        figures.append(Figure(rule, odd, customers, beyond, text))
        if beyond:
            examples.append((f"{rule} links the records of {example}",))
    return figures, examples


def values_of_many_people(looked: Looked, bound: People) -> Found:
    """Per identifying match key, the values that many different people share."""
    keys = known.identifying_keys(looked.at.store.rules, looked.at.attributes)
    people = {known.GIVEN_NAME, known.LAST_NAME} & set(looked.at.attributes)
    if not keys or not (people or known.COMPANY_NAME in looked.at.attributes):
        return [], []
    found = measures.values_by_people(looked.at, bound.most)
    who = "people" if people else "companies"
    figures: list[Figure] = []
    examples: list[Said] = []
    for key in keys:
        shared = [each for each in found if each.match_key == key]
        beyond = len(shared) > bound.tolerated
        values = f"{len(shared):,} value{'' if len(shared) == 1 else 's'}"
        text = f"{key}: {values} shared by more than {bound.most} different {who}"
        figures.append(Figure(key, len(shared), None, beyond, text))
        for each in shared[:_SHARED_VALUES] if beyond else ():
            value = Value(looked.at.store.rules.match_keys[key].column, each.value)
            examples.append(
                (
                    f"{key} ",
                    value,
                    f" of {each.people:,} {who} ({each.first_names:,} first names, "
                    f"{each.last_names:,} last names, {each.birth_dates:,} birth dates) in "
                    f"{each.records:,} records of {each.sources}, {looked.counted(each.customers)};"
                    f" to ignore it: {key},",
                    value,
                    f",shared by {each.people:,} {who}",
                )
            )
    return figures, examples


def expected_precision(looked: Looked, bound: Least) -> Found:
    """Per similar rule, the mean probability of the pairs that it links."""
    return [
        Figure(
            rule,
            precision,
            None,
            precision < bound.least,
            f"{rule}: expected precision {precision:.1%} of {links:,} pairs that it links",
        )
        for rule, links, precision, _, _ in measures.expected_quality(looked.at)
        if links
    ], []


def expected_recall(looked: Looked, bound: Least) -> Found:
    """Per similar rule, the share of the expected matches that it links."""
    return [
        Figure(
            rule,
            recall,
            None,
            recall < bound.least,
            f"{rule}: expected recall {recall:.1%} of the matches among {pairs:,} scored pairs",
        )
        for rule, _, _, pairs, recall in measures.expected_quality(looked.at)
        if pairs
    ], []
