"""What the user has said of a table, and what it does to a proposal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import duckdb

from customer_platform.errors import OnboardingError
from customer_platform.identity.entities import noun, with_article
from customer_platform.onboarding.addresses import PARTS
from customer_platform.onboarding.attributes import Attribute
from customer_platform.onboarding.column_statistics import ColumnStatistics
from customer_platform.onboarding.keys import PrimaryKey, find_primary_key, is_unique
from customer_platform.onboarding.platform import Entity
from customer_platform.onboarding.tools import Export
from customer_platform.onboarding.types import ColumnType

Kind = Literal["records", "transactions", "events", "other"]


@dataclass(frozen=True)
class Wishes:
    """What the user has said, instead of what would be proposed.

    Attributes:
        kind: What the table's rows are.
        entity: Whose records they are, where they are records.
        primary_key: Its key.
        load_mode: How it is delivered.
        attributes: Attribute, or role in a transaction or event -> column.
        currency: Of transactions: the currency of all amounts, where no column says it.
        accounts_of: Of events: the source whose accounts they name.
        told: The facts that the business model takes, inferred from columns.
    """

    kind: Kind | None = None
    entity: str | None = None
    primary_key: Sequence[str] = ()
    load_mode: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    currency: str = ""
    accounts_of: str = ""
    told: Sequence[str] = ("transactions", "events")


def primary_key(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    rows: int,
    types: Mapping[str, ColumnType],
    found: Mapping[str, ColumnStatistics],
    wishes: Wishes,
    export: Export | None = None,
) -> PrimaryKey:
    """The key that was asked for, else the one that is found.

    Raises:
        OnboardingError: What was asked for is no key.
    """
    if not wishes.primary_key:
        return find_primary_key(connection, table, rows, types, found, export)
    _check_names(wishes.primary_key, found, "--primary-key")
    empty = [name for name in wishes.primary_key if found[name].filled < rows]
    if empty:
        raise OnboardingError(
            f"--primary-key: {', '.join(empty)} is empty in {rows - found[empty[0]].filled:,} of "
            f"{rows:,} rows, which would be rejected; name columns that are always filled"
        )
    if not is_unique(connection, table, wishes.primary_key):
        raise OnboardingError(
            f"--primary-key: {', '.join(wishes.primary_key)} is not unique: rows that repeat it "
            "would be rejected; add a column that distinguishes them"
        )
    return PrimaryKey(tuple(wishes.primary_key), "as asked for, never twice")


def with_wishes(
    told: Mapping[str, Attribute], entity: Entity | None, wishes: Wishes, given: Mapping[str, str]
) -> dict[str, Attribute]:
    """The attributes of columns, those that were asked for before those that were inferred.

    Raises:
        OnboardingError: There is no such column, or the entity has no such attribute.
    """
    _check_names(list(wishes.attributes.values()), given, "--attribute")
    unknown = [name for name in wishes.attributes if entity and name not in entity.columns]
    if entity and unknown:
        raise OnboardingError(
            f"--attribute {unknown[0]}: {with_article(noun(entity.name))} has none; its attributes "
            f"are {', '.join(entity.columns)} (`attributes` in its YAML)"
        )
    of_address = not wishes.attributes.keys().isdisjoint(PARTS)
    kept = {
        column: attribute
        for column, attribute in told.items()
        if attribute.base not in wishes.attributes
        and column not in wishes.attributes.values()
        # A part that was asked for belongs to one address.
        and not (of_address and attribute.address > 1)
    }
    asked = {column: Attribute(name, "you") for name, column in wishes.attributes.items()}
    return kept | asked


def _check_names(names: Sequence[str], known: Mapping[str, object], option: str) -> None:
    unknown = [name for name in names if name not in known]
    if unknown:
        raise OnboardingError(
            f"{option}: there is no column {', '.join(unknown)}; there are {', '.join(known)}"
        )
