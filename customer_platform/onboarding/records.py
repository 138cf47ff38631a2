"""Whether the rows of a table are records of an entity, and of which."""

from collections.abc import Collection, Mapping, Sequence

from customer_platform.errors import OnboardingError, UnclearEntityError
from customer_platform.onboarding.attributes import IDENTIFYING, Attribute
from customer_platform.onboarding.column_names import column_name
from customer_platform.onboarding.keys import PrimaryKey
from customer_platform.onboarding.platform import Entity, choose_entity
from customer_platform.onboarding.tools import RECORDS, Export
from customer_platform.onboarding.vocabulary import MEASURE_WORDS, words
from customer_platform.onboarding.wishes import Kind, Wishes
from customer_platform.suggestions import suggestion

# Many rows share them, so they make no row a record of somebody.
_TELL_NOTHING = {
    "created_at", "updated_at", "country", "email_consent", "email_opt_out", "account_number",
    "deleted",
}  # fmt: skip


def entity_of(
    name: str,
    key: PrimaryKey,
    told: Mapping[str, Mapping[str, Attribute]],
    given: Collection[str],
    wishes: Wishes,
    entities: Sequence[Entity],
    export: Export | None = None,
) -> Entity | None:
    """Whose records the rows are, None where they are none.

    Args:
        name: Name of the table.
        key: Its primary key.
        told: Entity -> column -> what it is of the entity's records.
        given: The columns.
        wishes: What the user has said.
        entities: Those that the business model resolves.
        export: The tool's export that the table is.

    Raises:
        OnboardingError: There is no such entity, or records have no key.
        UnclearEntityError: It isn't clear of which entity they are.
    """
    if wishes.entity is not None and wishes.entity not in told:
        raise OnboardingError(
            f"--entity: the business model doesn't resolve the entity {wishes.entity!r}"
            f"{suggestion(wishes.entity, told)}"
        )
    if (wishes.kind or _kind(name, key, told, given, entities, export)) == "other":
        return None
    if not key.columns:
        raise OnboardingError(
            f"table {name!r} has no primary key ({key.reason}), which records need; say which "
            "columns it is, with --primary-key, or bring the table in with --kind other"
        )
    if wishes.entity is not None:
        return next(entity for entity in entities if entity.name == wishes.entity)
    every = {attribute.name for each in told.values() for attribute in each.values()}
    of_tool = [entity for entity in entities if export and entity.is_of_kind(export.kind)]
    chosen = of_tool[0] if len(of_tool) == 1 else choose_entity(entities, name, key.columns, every)
    if chosen is None:
        raise UnclearEntityError(name, list(told))
    return chosen


def _kind(
    name: str,
    key: PrimaryKey,
    told: Mapping[str, Mapping[str, Attribute]],
    given: Collection[str],
    entities: Sequence[Entity],
    export: Export | None,
) -> Kind:
    """Records: rows with a key of their own that say who somebody is, or are called so.

    Rows with a key of several columns, as order lines have, are records only if they are both.
    """
    if export is not None:
        return "records" if export.kind in RECORDS else "other"
    every = {attribute.base for each in told.values() for attribute in each.values()}
    present = every - _TELL_NOTHING
    if not key.columns or not present:
        return "other"
    called = any(entity.is_called(name) for entity in entities)
    tells = bool(present & set(IDENTIFYING)) and not any(map(_is_measure, given))
    records = (called or tells) if len(key.columns) == 1 else (called and tells)
    return "records" if records else "other"


def _is_measure(column: str) -> bool:
    """Whether a column measures what a row is about, as an amount does.

    A total of all that somebody has bought is of the person: `Total Spent`, `Orders Count`.
    """
    parts = set(words(column))
    if column_name(column) is not None or not parts & MEASURE_WORDS:
        return False
    return not (parts & _OVER_ALL and parts & _BOUGHT)


# What is counted or summed up over all that a person has bought.
_OVER_ALL = {"total", "totaal", "totale", "lifetime", "average", "avg", "count", "number", "gesamt"}
_BOUGHT = {
    "spent", "spend", "orders", "order", "purchases", "revenue", "value", "sales", "payment",
    "payments", "volume", "bestellingen", "commandes", "bestellungen", "pedidos", "ordini",
}  # fmt: skip
