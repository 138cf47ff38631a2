"""Which published relation has the golden records of an entity."""

from collections.abc import Iterable, Mapping, Sequence

from customer_platform.personal_kinds import Personal
from customer_platform.publishing.relations import PublishedRelation

# Of an address, what tells two of one name apart.
_PLACES = ("postcode", "city", "country")


def golden_relation(
    entity: str,
    attributes: Iterable[str],
    relations: Sequence[PublishedRelation],
    columns: Mapping[str, Sequence[str]],
) -> PublishedRelation | None:
    """The first relation of now whose rows are of an entity, and say where a value comes from.

    Args:
        entity: The entity.
        attributes: Its attributes.
        relations: What is published.
        columns: By name of a relation, its columns.

    Returns:
        The relation; None where there is none.
    """
    sources = {f"{name}_source" for name in attributes}
    for relation in relations:
        there = columns.get(relation.name, ())
        is_of_now = not relation.as_view and not relation.versions_of
        if is_of_now and there and there[0] == f"{entity}_id" and sources & set(there):
            return relation
    return None


def telling(attributes: Mapping[str, Personal]) -> list[str]:
    """The attributes that tell people of one entity apart: names, addresses, the place.

    Args:
        attributes: By name, which kind of personal data each is.
    """
    return [
        name
        for name, kind in attributes.items()
        if kind in ("name", "email", "phone") or name in _PLACES
    ]
