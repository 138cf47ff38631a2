"""Entities: what is resolved to one ID, be it a customer, a buyer, a seller or an account."""

import re

CUSTOMER = "customer"

_NAME = re.compile("[a-z][a-z0-9_]*")


def check_entity(entity: str) -> str:
    """Checks the name of an entity, which becomes part of the names of tables and columns.

    Returns:
        The name.

    Raises:
        ValueError: It is no lower-case identifier.
    """
    if not _NAME.fullmatch(entity):
        raise ValueError(
            f"{entity!r} can't name an entity: begin with a lower-case letter and go on with "
            "lower-case letters, digits and _, as in buyer"
        )
    return entity


def entity_table(table: str, entity: str) -> str:
    """The name under which an entity's table is read: `customer_id_map` -> `buyer_id_map`.

    What the name of a table doesn't say is put in front: `review_queue` -> `buyer_review_queue`.
    """
    if entity == CUSTOMER:
        return table
    return f"{entity}_{table.removeprefix(f'{CUSTOMER}_')}"


def entity_column(column: str, entity: str) -> str:
    """The name of a column among an entity's: `other_customer_id` -> `other_buyer_id`."""
    if not column.endswith(f"{CUSTOMER}_id"):
        return column
    return f"{column.removesuffix(f'{CUSTOMER}_id')}{entity}_id"


def noun(entity: str) -> str:
    """The entity in a sentence: `sales_contact` -> `sales contact`."""
    return entity.replace("_", " ")


def nouns(entity: str) -> str:
    """Several of the entity: `buyers`, `companies`."""
    one = noun(entity)
    if re.search("[^aeiou]y$", one):
        return f"{one[:-1]}ies"
    return one + ("es" if re.search("(s|x|z|ch|sh)$", one) else "s")


def with_article(word: str) -> str:
    """`a buyer`, `an account`."""
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"
