"""Whether the rows of a table are records of somebody, and of which entity."""

from collections.abc import Collection, Mapping, Sequence

from customer_platform.identity.suggestions import suggestion
from customer_platform.onboarding.attributes import IDENTIFYING, Attribute
from customer_platform.onboarding.entities import Entity, choose_entity
from customer_platform.onboarding.errors import OnboardingError, UnclearEntityError
from customer_platform.onboarding.keys import PrimaryKey
from customer_platform.onboarding.names import words
from customer_platform.onboarding.vocabulary import MEASURE_WORDS
from customer_platform.onboarding.wishes import Kind, Wishes

# Many rows share them, so they make no row a record of somebody.
_TELL_NOTHING = {"created_at", "updated_at", "country", "email_consent", "account_number"}


def entity_of(
    name: str,
    key: PrimaryKey,
    told: Mapping[str, Mapping[str, Attribute]],
    given: Collection[str],
    wishes: Wishes,
    entities: Sequence[Entity],
) -> Entity | None:
    """Whose records the rows are, None where they are none.

    Args:
        name: Name of the table.
        key: Its primary key.
        told: Entity -> column -> what it is of the entity's records.
        given: The columns.
        wishes: What the user has said.
        entities: Those that the business model resolves.

    Raises:
        OnboardingError: There is no such entity, or records have no key.
        UnclearEntityError: It isn't clear of which entity they are.
    """
    if wishes.entity is not None and wishes.entity not in told:
        raise OnboardingError(
            f"--entity: the business model doesn't resolve the entity {wishes.entity!r}"
            f"{suggestion(wishes.entity, told)}"
        )
    if (wishes.kind or _kind(name, key, told, given, entities)) == "other":
        return None
    if not key.columns:
        raise OnboardingError(
            f"table {name!r} has no primary key ({key.reason}), which records need; say which "
            "columns it is, with --primary-key, or bring the table in with --kind other"
        )
    if wishes.entity is not None:
        return next(entity for entity in entities if entity.name == wishes.entity)
    every = {attribute.name for each in told.values() for attribute in each.values()}
    chosen = choose_entity(entities, name, key.columns, every)
    if chosen is None:
        raise UnclearEntityError(name, list(told))
    return chosen


def _kind(
    name: str,
    key: PrimaryKey,
    told: Mapping[str, Mapping[str, Attribute]],
    given: Collection[str],
    entities: Sequence[Entity],
) -> Kind:
    """Records: rows with a key of their own that tell who somebody is, or are called so.

    Rows with a key of several columns, as order lines have, are records only if they are both.
    """
    every = {attribute.name for each in told.values() for attribute in each.values()}
    present = every - _TELL_NOTHING
    if not key.columns or not present:
        return "other"
    measures = [column for column in given if set(words(column)) & MEASURE_WORDS]
    called = any(entity.is_called(name) for entity in entities)
    tells = bool(present & set(IDENTIFYING)) and not measures
    records = (called or tells) if len(key.columns) == 1 else (called and tells)
    return "records" if records else "other"
