"""How a match key of an entity is declared to come about."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from customer_platform.identity import MatchKey
from customer_platform.personal_kinds import Personal
from customer_platform.suggestions import suggestion
from customer_platform.warehouse.sql import identifier, literal

# Normaliser -> the SQL function that makes a match key, and of how many attributes. The engine of
# identity has some of them, too; those of companies only make sense where a lookup is made.
NORMALISERS = {
    "email": ("normalise_email", 1),
    "email_domain": ("email_domain", 1),
    "phone": ("normalise_phone", 2),
    "name": ("name_key", 1),
    "street": ("street_key", 1),
    "postcode": ("normalise_postcode", 1),
    "code": ("code_key", 1),
    "country": ("normalise_country", 1),
    "domain": ("normalise_domain", 1),
    "company_name": ("company_name_key", 1),
    "registration": ("registration_key", 2),
    "vat": ("vat_key", 2),
}


def _or_text(schema: dict[str, Any]) -> None:
    """Says in a JSON Schema that text may stand for a mapping."""
    mapping = dict(schema)
    schema.clear()
    schema["anyOf"] = [{"type": "string"}, mapping]


class KeySource(BaseModel):
    """How a match key comes about: by a normaliser, by SQL, or as a column that is there.

    Text alone is SQL over a record: `email: email`, `birth_date: cast(birth_date as string)`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra=_or_text)

    normalise: str | None = Field(
        default=None, description="How the value is made comparable: " + ", ".join(NORMALISERS)
    )
    of: str | list[str] | None = Field(
        default=None,
        description="The attribute that is normalised, where it isn't called as the key is. Of "
        "registration and vat a list: the number and the country.",
    )
    sql: str | None = Field(default=None, description="SQL of the value, over a record.")
    column: str | None = Field(
        default=None, description="Column of the records that has the value already."
    )
    country: str | None = Field(
        default=None, description="Of a column: country (ISO-2) of values that don't say theirs."
    )
    personal: Personal = Field(
        default=None, description="Which kind of personal data the value is, or false."
    )

    @model_validator(mode="before")
    @classmethod
    def _text_is_sql(cls, value: Any) -> Any:
        return {"sql": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _is_of_one_kind(self) -> "KeySource":
        if self.column is not None:
            if self.sql is not None or self.of is not None:
                raise ValueError("a match key with a column has neither sql nor of")
            # Says what is wrong with normaliser and country.
            MatchKey.model_validate(self._of_column())
        elif (self.sql is None) == (self.normalise is None):
            raise ValueError(
                "a match key needs either normalise (one of "
                f"{', '.join(NORMALISERS)}), sql, or the column that has it"
            )
        elif self.country is not None:
            raise ValueError("country goes with column; of a phone, list it: of: [phone, country]")
        elif self.sql is not None and self.of is not None:
            raise ValueError("a match key with sql has no of: the SQL names its attributes")
        elif self.normalise is not None and self.normalise not in NORMALISERS:
            raise ValueError(
                f"unknown normaliser {self.normalise!r}" + suggestion(self.normalise, NORMALISERS)
            )
        return self

    def attributes(self, name: str) -> list[str]:
        """The attributes that are normalised.

        Args:
            name: The key's name.
        """
        if self.normalise is None or self.column is not None:
            return []
        return [self.of or name] if not isinstance(self.of, list) else self.of

    def looked_up(self, name: str) -> MatchKey:
        """The key as the engine of identity reads it: a column of the source lookup.

        Args:
            name: The key's name.
        """
        if self.column is not None:
            return MatchKey.model_validate(self._of_column())
        return MatchKey(column=f"{name}_key", personal=self.personal)

    def sql_over_record(self, name: str, default_country: str) -> str:
        """SQL of the key over a record, as dbt's macro `match_keys` writes it.

        Args:
            name: The key's name.
            default_country: The country of a phone number that names none, ISO 3166.
        """
        if self.column is not None:
            return identifier(self.column)
        if self.sql is not None:
            return self.sql
        function = NORMALISERS[str(self.normalise)][0]
        arguments = [identifier(each) for each in self.attributes(name)]
        if function == "normalise_phone":
            country = [*arguments[1:], literal(default_country)]
            arguments = [arguments[0], f"coalesce({', '.join(country)})"]
        return f"{function}({', '.join(arguments)})"

    def _of_column(self) -> dict[str, Any]:
        stated = self.model_dump(exclude_unset=True, exclude={"of", "sql"})
        return {name: value for name, value in stated.items() if value is not None}
