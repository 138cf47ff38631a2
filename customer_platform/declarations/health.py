"""What a healthy map looks like: the bounds of its checks, as YAML states them."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from customer_platform.suggestions import suggestion

# What of a customer the checks look at, in the order in which a key or column is taken for one.
ATTRIBUTES = (
    GIVEN_NAME := "given_name",
    LAST_NAME := "last_name",
    BIRTH_DATE := "birth_date",
    GENDER := "gender",
    POSTCODE := "postcode",
    EMAIL := "email",
    PHONE := "phone",
    REGISTRATION := "registration",
    VAT := "vat",
    COMPANY_NAME := "company_name",
    PLACE := "place",
)

ERROR, OFF = "error", "off"


class Bound(BaseModel):
    """What every check has."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    severity: Literal["warn", "error", "off"] = Field(
        default="warn",
        description="`error` makes `customer-platform health` fail; `off` leaves the check out.",
    )


class PerCustomer(Bound):
    """How many different values a customer may have."""

    most: int = Field(default=1, ge=1, description="So many different values are right.")
    share: float = Field(
        default=0.002, ge=0, le=1, description="The largest share of the customers with more."
    )
    tolerated: int = Field(
        default=3, ge=0, description="So many customers with more are never too many."
    )


class Share(Bound):
    """How large a share may be."""

    share: float = Field(default=0.1, ge=0, le=1, description="The largest share.")
    tolerated: int = Field(default=20, ge=0, description="So many are never too many.")


class Ages(Share):
    """Which ages are plausible."""

    youngest: int = Field(
        default=0, description="The lowest plausible age in years; 16 where no children are."
    )
    oldest: int = Field(default=110, description="The highest plausible age in years.")


class People(Bound):
    """How many different people may share a value."""

    most: int = Field(default=6, ge=1, description="The most different people of a value.")
    tolerated: int = Field(
        default=0, ge=0, description="So many values that more people share are never too many."
    )


class Consolidation(Bound):
    """How much records are merged."""

    least: float = Field(
        default=0, ge=0, le=1, description="The lowest share of the records merged into others."
    )
    most: float = Field(default=0.9, ge=0, le=1, description="The highest share of them.")
    change: float = Field(
        default=0.1, ge=0, description="How far the share may be from that of the run before."
    )
    tolerated: int = Field(
        default=20, ge=0, description="So many records more or fewer than that are never too many."
    )


class Change(Bound):
    """How far a share may be from what it was, or from what other sources deliver."""

    change: float = Field(
        default=0.3, ge=0, le=1, description="The largest difference of two shares."
    )
    tolerated: int = Field(
        default=20, ge=1, description="A source with fewer values of a key is not looked at."
    )


class Least(Bound):
    """How small a share may be."""

    least: float = Field(default=0.5, ge=0, le=1, description="The lowest share.")


class Health(BaseModel):
    """The checks on the health of a map. Nothing is held up by them: they say where to look."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    attributes: dict[str, str | None] = Field(
        default_factory=dict,
        description="By attribute, the match key or column of the records that it is, where its "
        "name doesn't say so; null for none. Attributes: " + ", ".join(ATTRIBUTES) + ".",
    )
    consolidation: Consolidation = Field(
        default=Consolidation(), description="Share of records merged."
    )
    given_names: PerCustomer = Field(
        default=PerCustomer(most=3), description="First names of a customer."
    )
    last_names: PerCustomer = Field(
        default=PerCustomer(most=3), description="Last names of a customer."
    )
    birth_dates: PerCustomer = Field(
        default=PerCustomer(most=2), description="Birth dates of a customer."
    )
    genders: PerCustomer = Field(default=PerCustomer(most=1), description="Genders of a customer.")
    postcodes: PerCustomer = Field(
        default=PerCustomer(most=6), description="Postcodes of a customer."
    )
    company_numbers: PerCustomer = Field(
        default=PerCustomer(most=1), description="Registration numbers of a customer."
    )
    vat_numbers: PerCustomer = Field(
        default=PerCustomer(most=2), description="VAT numbers of a customer."
    )
    ages: Ages = Field(
        default=Ages(share=0.01, tolerated=5), description="Ages by the birth dates of a source."
    )
    customers_at_odds: Share = Field(
        default=Share(share=0.05, tolerated=5),
        description="Per match rule, customers that it alone links and that look like several.",
    )
    values_of_many_people: People = Field(default=People(), description="People who share a value.")
    frequent_values: Share = Field(
        default=Share(share=0.2, tolerated=20),
        description="Records of a source that have one and the same value.",
    )
    frequent_records: Share = Field(
        default=Share(share=0.1, tolerated=20),
        description="Orders of a source that name one and the same record.",
    )
    usable_values: Share = Field(
        default=Share(share=0.3, tolerated=20),
        description="Values of a source that give no match key.",
    )
    value_kinds: Share = Field(
        default=Share(share=0.1, tolerated=5),
        description="Values of a source that are of another kind than their match key.",
    )
    swapped_columns: Share = Field(
        default=Share(share=0.5, tolerated=10),
        description="Values of a source that other records have in another match key.",
    )
    stable_sources: Change = Field(
        default=Change(change=0.3, tolerated=50),
        description="Shares of a source's match keys, against the records and runs before.",
    )
    expected_precision: Least = Field(
        default=Least(least=0.95),
        description="Of the pairs that a similar rule links, the share expected to be right.",
    )
    expected_recall: Least = Field(
        default=Least(least=0.5),
        description="Of the expected matches among the scored pairs, the share that is linked.",
    )

    @field_validator("attributes")
    @classmethod
    def _attributes_are_known(cls, stated: dict[str, str | None]) -> dict[str, str | None]:
        for attribute in stated:
            if attribute not in ATTRIBUTES:
                raise ValueError(
                    f"unknown attribute {attribute!r}{suggestion(attribute, ATTRIBUTES)}"
                )
        return stated

    @model_validator(mode="before")
    @classmethod
    def _what_is_not_stated_is_as_by_default(cls, stated: Any) -> Any:
        if not isinstance(stated, dict):
            return stated
        return {
            name: {**cls.model_fields[name].default.model_dump(), **value}
            if isinstance(value, dict) and name in cls.model_fields and name != "attributes"
            else value
            for name, value in stated.items()
        }

    def bound(self, check: str) -> Bound:
        """The bound of a check, by its name."""
        found: Bound = getattr(self, check)
        return found


CHECKS = tuple(name for name in Health.model_fields if name != "attributes")
