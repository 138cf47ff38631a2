"""What a proposed column is declared as: which kind of personal data it holds, or none."""

from collections.abc import Mapping

from customer_platform.onboarding.attributes import Column
from customer_platform.onboarding.column_names import attribute_by_name
from customer_platform.onboarding.proposal import Proposal
from customer_platform.onboarding.vocabulary import MEASURE_WORDS, words
from customer_platform.personal_kinds import Personal, strictest

# By attribute of a record.
_OF_ATTRIBUTE: Mapping[str, Personal] = {
    "first_name": "name",
    "last_name": "name",
    "full_name": "name",
    "company_name": "name",
    "parent_name": "name",
    "email": "email",
    "phone": "phone",
    "birth_date": "date",
    "street": "address",
    "house_number": "address",
    "postcode": "address",
    "city": "address",
    "loyalty_card": "identifier",
    "registration_number": "identifier",
    "vat_id": "identifier",
    "domain": "identifier",
    "country": False,
    "email_consent": False,
    "created_at": False,
    "updated_at": False,
}
_CURRENCY = {"currency", "valuta", "devise", "moneda", "waehrung", "wahrung", "moeda"}
# Measures that may be somebody's own.
_OF_BODIES = {"height", "score", "size", "weight"}
_WHOLE_NUMBERS = ("tinyint", "smallint", "integer", "bigint", "hugeint")


def personal_of(column: Column, proposal: Proposal) -> Personal:
    """What is declared of a column of a source.

    Its attribute, or else its name, says of which kind it is. What isn't known and doesn't measure,
    answer yes or no or hold the day of a row stays undeclared, that is personal.

    Args:
        column: The column.
        proposal: Its table.
    """
    by_name = attribute_by_name(column.name)
    attribute = column.attribute.base if column.attribute else by_name[0] if by_name else None
    if attribute is not None and attribute in _OF_ATTRIBUTE:
        return _OF_ATTRIBUTE[attribute]
    kind = column.type.type.lower()
    if column.name in proposal.primary_key.columns:
        return False if kind in _WHOLE_NUMBERS else "identifier"
    said = set(words(column.name))
    is_measure = bool(said & MEASURE_WORDS - _OF_BODIES) and kind.startswith(
        (*_WHOLE_NUMBERS, "decimal", "double")
    )
    is_day = column.name == proposal.load_mode.partition_column
    if kind == "boolean" or is_measure or is_day or said & _CURRENCY:
        return False
    return None


def personal_record_ids(proposal: Proposal) -> Personal:
    """What is declared of the number that its records have: that of the key."""
    key = set(proposal.primary_key.columns)
    return strictest([personal_of(each, proposal) for each in proposal.columns if each.name in key])
