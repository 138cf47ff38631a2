"""What a column may be of an entity's record, by what a tool, its name or its values say."""

from collections.abc import Sequence
from dataclasses import dataclass

from customer_platform.onboarding import content
from customer_platform.onboarding.column_names import (
    ColumnName,
    column_name,
    is_of_another,
    tokens,
)
from customer_platform.onboarding.column_statistics import ColumnStatistics
from customer_platform.onboarding.platform import CONSENT, Entity
from customer_platform.onboarding.tools import Export
from customer_platform.onboarding.types import ColumnType, epoch_unit
from customer_platform.onboarding.vocabulary import ATTRIBUTES, OTHERS, entity_words, words

NUMBERS = ("varchar", "bigint")
MOMENTS = ("date", "timestamp")
_TYPES = {
    "birth_date": (*MOMENTS, "varchar"),
    "created_at": MOMENTS,
    "updated_at": MOMENTS,
    "email_consent": ("boolean", "bigint", "varchar", *MOMENTS),
    "email_opt_out": ("boolean", "bigint", "varchar", *MOMENTS),
    "deleted": ("boolean", "bigint", "varchar", *MOMENTS),
    "phone": NUMBERS,
    "postcode": NUMBERS,
    "loyalty_card": NUMBERS,
    "house_number": NUMBERS,
    "house_number_addition": NUMBERS,
    "street_2": NUMBERS,
    "registration_number": NUMBERS,
    "vat_id": NUMBERS,
    "account_number": NUMBERS,
    "parent_source_record_id": NUMBERS,
}
# Numbers that may look like those of phones.
_NUMBERED = {attribute for attribute, types in _TYPES.items() if types == NUMBERS}
# Named so, and different values: holds what the name says only with such values in it.
_TOLD_BY_CONTENT = {
    "email": content.holds_emails,
    "domain": content.holds_domains,
    "last_name_prefix": content.holds_particles,
}
# Behind a word for the entity these make the number that the source knows it by.
_NUMBER_WORDS = {"id", "no", "nr", "number", "nummer", "code", "unique"}


@dataclass(frozen=True)
class Candidate:
    """A column that may be an attribute.

    Attributes:
        column: The column.
        attribute: What it may be.
        by: `name`, `content` or `tool`: how that was inferred.
        called: What it is called after; None where it was inferred from content.
        filled: Rows that have it.
        type: Its type.
    """

    column: str
    attribute: str
    by: str
    called: ColumnName | None
    filled: int
    type: str

    def order(self, entity: Entity) -> tuple[object, ...]:
        """The least counts: by name, the preferred, the one called so, and the fullest."""
        if self.by == "content" or self.called is None:
            return (self.by == "content", False, True, (0, 1), True, -self.filled)
        # Somebody who carries it answers; of a state of consent and its moment, the state says it.
        unlikely = (
            not self.called.is_mobile
            if self.attribute == "phone"
            else (self.attribute in CONSENT and self.type in MOMENTS)
        )
        rank = self.called.rank(of_company=entity.is_of_companies)
        return (False, not self.filled, unlikely, rank, not self.called.is_exact, -self.filled)


def candidate(
    name: str,
    kind: ColumnType,
    values: Sequence[str],
    statistics: ColumnStatistics,
    entity: Entity,
    export: Export | None,
) -> Candidate | None:
    """The attribute that a column may be; None where it can be none of the entity.

    Args:
        name: The column.
        kind: Its type.
        values: Some of its different values, where it is text.
        statistics: What its values look like.
        entity: The entity whose attributes they are.
        export: The tool's export that the table is.
    """
    said = export.says_of(name) if export else None
    if said is not None:
        of_tool = column_name(said) or ColumnName(said, True)
        attribute = of_tool.attribute
        if attribute not in entity.columns or not _type_fits(attribute, kind, statistics):
            return None
        return Candidate(name, attribute, "tool", of_tool, statistics.filled, kind.type)
    called = _by_name(name, values, entity)
    by_content = _by_content(name, values, entity)
    if called is not None and not _is_so(called.attribute, kind, values, statistics):
        called = None
    if (
        called is not None
        and by_content != called.attribute
        and (by_content == "email" or (by_content == "phone" and called.attribute not in _NUMBERED))
    ):
        called = None
    if called is not None:
        return Candidate(name, called.attribute, "name", called, statistics.filled, kind.type)
    if by_content is None:
        return None
    return Candidate(name, by_content, "content", None, statistics.filled, kind.type)


def _is_so(
    attribute: str, kind: ColumnType, values: Sequence[str], statistics: ColumnStatistics
) -> bool:
    """Whether a column may hold what it is called."""
    if not _type_fits(attribute, kind, statistics):
        return False
    if attribute in CONSENT and kind.type == "bigint":
        is_flag = {statistics.least, statistics.most} <= {"0", "1"}
        return is_flag or (
            attribute == "email_opt_out" and epoch_unit(kind, statistics) is not None
        )
    if kind.type != "varchar":
        return attribute not in _TOLD_BY_CONTENT
    if attribute in _TOLD_BY_CONTENT:
        return _TOLD_BY_CONTENT[attribute](values)
    if attribute == "email_consent":
        return not statistics.filled or content.says_yes_or_no(values)
    if attribute == "email_opt_out":
        return content.says_who_refused(values)
    if attribute == "deleted":
        return content.is_yes_or_no(values)
    if attribute == "birth_date":
        return not content.is_without_year(values)
    return attribute != "street" or not content.is_whole_address(values)


def _by_content(name: str, values: Sequence[str], entity: Entity) -> str | None:
    """What a column holds, as far as its name allows that."""
    called = column_name(name)
    if called is None:
        of_another = is_of_another(name)
        return None if of_another else content.attribute_by_content(values, entity.columns)
    if called.attribute in entity.columns:
        return content.attribute_by_content(values, entity.columns)
    # No attribute that this entity has; what people log in with may be an address.
    return "email" if "email" in entity.columns and content.are_emails(values) else None


def _by_name(name: str, values: Sequence[str], entity: Entity) -> ColumnName | None:
    """What a column is called after, of the attributes that the entity has."""
    joined = "_".join(words(name))
    if joined in entity.attributes:
        return ColumnName(joined, True)
    found = column_name(name)
    if found is not None and found.attribute in entity.columns:
        return found
    of_another = OTHERS & set(tokens(name)) - entity_words(entity.name)
    if not entity.is_called(name) or of_another:
        # The number of an account's parent or owner is not the account's.
        return None
    if "company_name" in entity.attributes and len(words(name)) == 1 and content.is_name(values):
        return ColumnName("company_name", False)
    last = words(name)[-1]
    if "account_number" in entity.attributes and last in _NUMBER_WORDS:
        return ColumnName("account_number", False)
    return None


def _type_fits(attribute: str, kind: ColumnType, statistics: ColumnStatistics) -> bool:
    if attribute not in ATTRIBUTES and attribute not in _TYPES:
        # One of the company's own, about which nothing is known.
        return True
    if attribute in ("created_at", "updated_at") and epoch_unit(kind, statistics) is not None:
        return True
    return kind.type.startswith(_TYPES.get(attribute, ("varchar",)))
