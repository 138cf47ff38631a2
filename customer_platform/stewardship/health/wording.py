"""What the checks on the health of a map hold it to, what is wrong otherwise, and what to do."""

from collections.abc import Mapping

from customer_platform.stewardship.health import attributes as known

# How several different values of an attribute are called.
WHAT: Mapping[str, str] = {
    known.GIVEN_NAME: "first names",
    known.LAST_NAME: "last names",
    known.BIRTH_DATE: "birth dates",
    known.GENDER: "genders",
    known.POSTCODE: "postcodes",
    known.REGISTRATION: "registration numbers",
    known.VAT: "VAT numbers",
}

# {one} and {many} are the entity, such as customer and customers; the others settings of the bound.
HOLDS: Mapping[str, str] = {
    "consolidation": "Of the records, {least} to {most} are merged into others, and not more than "
    "{change} more or fewer than in the run before",
    **{
        check: f"At most {{share}} of the {{many}} have more than {{most}} different {what}"
        for check, what in {
            "given_names": "first names, an initial not counting beside the name it begins",
            "last_names": "last names",
            "birth_dates": "birth dates",
            "genders": "genders",
            "postcodes": "postcodes",
            "company_numbers": "registration numbers",
            "vat_numbers": "VAT numbers",
        }.items()
    },
    "ages": "At most {share} of a source's birth dates are in the future, over {oldest} years ago, "
    "or of people under {youngest}",
    "customers_at_odds": "Of the {many} that a rule alone links, at most {share} look like "
    "several: two of first name, last name, birth date and gender are far apart, or a company's "
    "name and number",
    "values_of_many_people": "No value that identifies is shared by more than {most} different "
    "people, or companies",
    "frequent_values": "No value stands out by how many records of a source have it: {share} of "
    "those with a card, an address or a number, or many times as many as any other",
    "frequent_records": "No record has {share} of the orders of its source in the last 30 days, or "
    "many times as many as any other",
    "usable_values": "At most {share} of a source's values give no match key, as they are invalid "
    "or ignored",
    "value_kinds": "At most {share} of a source's values are of another kind than their match key",
    "swapped_columns": "At most {share} of a source's values are those that other records have in "
    "another match key",
    "stable_sources": "How many records of a source have a match key, how many different values "
    "and of which kind, is within {change} of the run before; the same for its new records",
    "expected_precision": "Of the pairs that a similar rule links, {least} are expected to be "
    "right",
    "expected_recall": "Of the matches that are expected among the scored pairs, a similar rule "
    "links {least}",
}

_RULE = "a rule links different {many}, or a value that many share does"
_EXPLAIN = (
    "Look at them: customer-platform explain --id ID. Make the rule that links them stricter, add "
    "a limit, or ignore the value that they share; customer-platform preview shows what that does."
)
_SOURCE = (
    "Look at the newest records of the source and at its export; mend it there, or in the staging "
    "view, and land the days again."
)
_IGNORE = (
    "When it is a placeholder or a shop's own, list it among the ignored values; otherwise say "
    "what is right in the bound."
)

CAUSE: Mapping[str, str] = {
    "consolidation": "a rule has become stronger or weaker, or a source has lost its match keys or "
    "delivers a value that many share",
    **dict.fromkeys(
        (
            "given_names",
            "last_names",
            "birth_dates",
            "genders",
            "postcodes",
            "company_numbers",
            "vat_numbers",
            "customers_at_odds",
        ),
        _RULE,
    ),
    "ages": "dates are read in the wrong order or century, or are a form's default",
    "values_of_many_people": "a placeholder, or an address or number of a shop or a company",
    "frequent_values": "a source sends one value for all: a default, a placeholder, a till's card",
    "frequent_records": "a till or a form sends one customer for all",
    "usable_values": "a column holds something else, is cut off, or is written in another way",
    "value_kinds": "two columns are swapped or shifted",
    "swapped_columns": "two columns are swapped, in this source or in those it is compared with",
    "stable_sources": "a column is empty, swapped, shifted, or filled with a default",
    "expected_precision": "the threshold is too low, or the model no longer fits the records",
    "expected_recall": "the threshold is too high, or records hold too little to compare",
}

ADVICE: Mapping[str, str] = {
    "consolidation": "See what the last run changed, in identity.resolution_runs and on the map's "
    "page, and the other checks.",
    **dict.fromkeys(
        (
            "given_names",
            "last_names",
            "birth_dates",
            "genders",
            "postcodes",
            "company_numbers",
            "vat_numbers",
            "customers_at_odds",
        ),
        _EXPLAIN,
    ),
    "ages": _SOURCE + " A default date belongs among the ignored values.",
    "values_of_many_people": _IGNORE,
    "frequent_values": _IGNORE,
    "frequent_records": "Take the record's key out in the staging view, or ignore it; what it has "
    "bought belongs to nobody.",
    "usable_values": _SOURCE,
    "value_kinds": _SOURCE,
    "swapped_columns": _SOURCE,
    "stable_sources": _SOURCE,
    "expected_precision": "Raise the threshold, review pairs (customer-platform review), or "
    "retrain: customer-platform run --retrain.",
    "expected_recall": "Review the pairs below the threshold (customer-platform review), or "
    "compare more attributes.",
}
