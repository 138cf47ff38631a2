"""What the YAML of an entity declares: all there is to say of what records are resolved to."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from customer_platform.checked_yaml import refuse
from customer_platform.declarations.health import Health
from customer_platform.declarations.match_keys import NORMALISERS, KeySource
from customer_platform.identity import OutputTables, ResolutionRules, entity_tables
from customer_platform.identity.entities import CUSTOMER, check_entity
from customer_platform.identity.rules import Linking
from customer_platform.personal_kinds import Personal
from customer_platform.suggestions import suggestion

Survivorship = Literal[
    "precedence", "most_recent", "most_frequent", "longest", "first_non_null", "strictest"
]


class Attribute(BaseModel):
    """An attribute of an entity's records, and how the golden record picks its value."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    survivorship: Survivorship = Field(
        description="How the golden record picks its value: by the `precedence` of the source "
        "(seed source_precedence), the `most_recent`, `most_frequent` or `longest` value, that of "
        "the record that was made first (`first_non_null`), or, of true and false, the "
        "`strictest`: false as soon as one record says so.",
    )
    group: str | None = Field(
        default=None,
        description="Attributes of one group are text and come from one record, the most complete.",
    )
    type: str = Field(
        default="string", description="Its type, which matters while no source delivers it."
    )
    personal: Personal = Field(
        default=None, description="Which kind of personal data it is, or false."
    )


class Bounds(BaseModel):
    """What a new map may look like; outside of it, map and masters keep what they have.

    Shares are from 0 to 1. Those of merged customers and changed records compare with the map
    before, so they don't count for the first one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    largest_customer: int = Field(
        default=50, ge=1, description="The most records that one customer may have."
    )
    merged_share: float = Field(
        default=0.05,
        ge=0,
        le=1,
        description="The largest share of the customers that one run may merge into others.",
    )
    changed_share: float = Field(
        default=0.05,
        ge=0,
        le=1,
        description="The largest share of the records that one run may give another customer ID.",
    )
    refused_share: float = Field(
        default=0.05,
        ge=0,
        description="The most links that limits and overrides may refuse, per record.",
    )
    over_shared_share: float = Field(
        default=0.05,
        ge=0,
        le=1,
        description="The largest share of the records whose value of a rule is shared by too many "
        "to link.",
    )
    tolerated: int = Field(
        default=20,
        ge=0,
        description="So many merges, changes, refused links or over-shared records are never too "
        "many: of a small map, a handful is a large share.",
    )


class EntitySpec(Linking):
    """An entity: its records, their attributes and match keys, what links them, its bounds."""

    entity: str = Field(
        default=CUSTOMER,
        description="What the records are resolved to, as `customer`, `buyer` or `account`: a "
        "lower-case identifier, which becomes part of the names of assets, tables and columns.",
    )
    owner: str = Field(description="Email or `team:...` of who answers for the rules.")
    sources: list[str] = Field(
        default_factory=list, description="The dbt models that deliver its records."
    )
    attributes: dict[str, Attribute] = Field(
        default_factory=dict,
        description="The attributes of its records by name, in the order of the columns.",
    )
    match_keys: dict[str, KeySource] = Field(
        min_length=1,
        description="The match keys by name: what of a record is made comparable, and how.",
    )
    records: str = Field(
        default="",
        description="Table of the records with their match keys, schema.table; by default the "
        "entity's source lookup in the schema identity.",
    )
    overrides: str | None = Field(
        default=None,
        description="Table of what stewards have decided about two records, schema.table.",
    )
    record_id: str = Field(
        default="source_record_id", description="Column that identifies a record in its source."
    )
    source: str | None = Field(default="source", description="Column with the record's source.")
    updated_at: str | None = Field(
        default="updated_at", description="Column that says when a record was last changed."
    )
    bounds: Bounds = Field(
        default=Bounds(), description="What a new map may look like; another one isn't kept."
    )
    health: Health = Field(
        default=Health(), description="What the checks on the health of the map hold it to."
    )
    match_rate_change: float = Field(
        default=0.1,
        gt=0,
        description="How much of the share of records that a similar rule links may change from "
        "one run to the next before a check warns.",
    )

    @model_validator(mode="before")
    @classmethod
    def _has_a_lookup(cls, stated: Any) -> Any:
        if not isinstance(stated, dict) or stated.get("records"):
            return stated
        entity = stated.get("entity", CUSTOMER)
        lookup = "source_lookup" if entity == CUSTOMER else f"{entity}_source_lookup"
        return {**stated, "records": f"identity.{lookup}"}

    @field_validator("entity")
    @classmethod
    def _is_identifier(cls, entity: str) -> str:
        return check_entity(entity)

    @model_validator(mode="after")
    def _parts_fit_together(self) -> "EntitySpec":
        faults = [*_faulty_groups(self.attributes), *_unknown_attributes(self)]
        refuse(self, faults)
        # They name the faults of the rules with their places.
        _ = self.rules
        return self

    @cached_property
    def rules(self) -> ResolutionRules:
        """The rules as the engine of identity applies them to the source lookup."""
        linking = {name: getattr(self, name) for name in Linking.model_fields}
        keys = {name: key.looked_up(name) for name, key in self.match_keys.items()}
        return ResolutionRules(
            record_id=self.record_id,
            source=self.source,
            updated_at=self.updated_at,
            match_keys=keys,
            **linking,
        )

    @property
    def tables(self) -> OutputTables:
        """Where the warehouse keeps the map."""
        return entity_tables(self.entity, self.overrides)


_Fault = tuple[tuple[str, ...], str]


def _faulty_groups(attributes: dict[str, Attribute]) -> Iterator[_Fault]:
    first: dict[str, tuple[str, Attribute]] = {}
    for name, attribute in attributes.items():
        if attribute.group is None:
            continue
        place = ("attributes", name, "survivorship")
        if attribute.survivorship not in ("precedence", "most_recent", "first_non_null"):
            yield (
                place,
                f"attribute {name!r} is in a group: choose precedence, most_recent or "
                f"first_non_null, not {attribute.survivorship}",
            )
        lead, other = first.setdefault(attribute.group, (name, attribute))
        if attribute.survivorship != other.survivorship:
            yield (
                place,
                f"attribute {name!r} is {attribute.survivorship} and {lead!r} "
                f"{other.survivorship}; attributes of one group need the same",
            )


def _unknown_attributes(entity: EntitySpec) -> Iterator[_Fault]:
    for name, key in entity.match_keys.items():
        used = key.attributes(name)
        for attribute in used:
            if attribute not in entity.attributes:
                yield (
                    ("match_keys", name),
                    f"match key {name!r} is made of the unknown attribute {attribute!r}"
                    + suggestion(attribute, entity.attributes),
                )
        most = NORMALISERS[key.normalise][1] if used and key.normalise else len(used)
        if len(used) > most or (len(used) < most and key.normalise != "phone"):
            yield (
                ("match_keys", name, "of"),
                f"normalise: {key.normalise} takes {most} attribute{'s' * (most > 1)}, not "
                f"{len(used)}",
            )
