"""The rules by which records are resolved to customers, as their YAML states them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from customer_platform.identity.errors import RulesError

KNOWN_NORMALISERS = ("exact",)


class MatchKey(BaseModel):
    """A value of a record by which records can be linked.

    Null and the empty string are no value: they never link.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    column: str = Field(min_length=1, description="Column of the records that holds the value.")
    normalise: str = Field(
        default="exact",
        description="How the value is made comparable. `exact` takes it as it is.",
    )
    country: str | None = Field(
        default=None, description="Country (ISO-2) of values that don't say theirs."
    )

    @field_validator("normalise")
    @classmethod
    def _normaliser_is_known(cls, value: str) -> str:
        if value not in KNOWN_NORMALISERS:
            raise ValueError(f"unknown normaliser {value!r}; known: {', '.join(KNOWN_NORMALISERS)}")
        return value

    @model_validator(mode="after")
    def _country_has_an_effect(self) -> "MatchKey":
        if self.country is not None:
            raise ValueError(
                f"country has no effect on a key with normalise: {self.normalise}; leave it out"
            )
        return self


class MatchRule(BaseModel):
    """Links all records that are equal in every one of its match keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, description="Unique name; every link it makes carries it.")
    match: list[str] = Field(
        min_length=1, description="Match keys that must all have a value and be equal."
    )
    max_records_per_value: int | None = Field(
        default=None,
        ge=2,
        description="A value shared by more records than this links none of them and is reported.",
    )

    @field_validator("match")
    @classmethod
    def _no_key_is_repeated(cls, value: list[str]) -> list[str]:
        if repeated := _repeated(value):
            raise ValueError(f"match key {repeated[0]!r} is listed more than once")
        return value


class ResolutionRules(BaseModel):
    """Which column identifies a record, its match keys, and the match rules by priority."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    record_id: str = Field(
        min_length=1, description="Column that identifies a record within its source."
    )
    source: str | None = Field(
        default=None, description="Column with the record's source; left out when there is one."
    )
    updated_at: str | None = Field(
        default=None, description="Column that says when the record was last changed."
    )
    match_keys: dict[str, MatchKey] = Field(min_length=1)
    match_rules: list[MatchRule] = Field(
        min_length=1,
        description="In priority order: a link is explained by the first rule that makes it.",
    )
    ignored_values: dict[str, list[str]] = Field(
        default_factory=dict,
        description="Per match key, values that never link. `*` stands for any characters.",
    )

    @model_validator(mode="after")
    def _names_are_known_and_unique(self) -> "ResolutionRules":
        if repeated := _repeated(rule.name for rule in self.match_rules):
            raise ValueError(
                f"match rule {repeated[0]!r} is defined more than once; rule names are unique"
            )
        for rule in self.match_rules:
            for key in rule.match:
                if key not in self.match_keys:
                    raise ValueError(
                        f"match rule {rule.name!r} uses the unknown match key {key!r}"
                        + _suggestion(key, self.match_keys)
                    )
        for key in self.ignored_values:
            if key not in self.match_keys:
                raise ValueError(
                    f"ignored_values has the unknown match key {key!r}"
                    + _suggestion(key, self.match_keys)
                )
        return self


def check_columns(rules: ResolutionRules, columns: Sequence[str]) -> None:
    """Checks that the records have every column that the rules use.

    Args:
        rules: The rules.
        columns: Names of the records' columns; case doesn't matter, as in DuckDB.

    Raises:
        RulesError: A column isn't there; names its use, the column and the columns there are.
    """
    known = {column.lower() for column in columns}
    uses = {"record_id": rules.record_id, "source": rules.source, "updated_at": rules.updated_at}
    uses |= {f"match key {name!r}": key.column for name, key in rules.match_keys.items()}
    for use, column in uses.items():
        if column is not None and column.lower() not in known:
            raise RulesError(
                f"{use} uses the column {column!r}, which the records don't have"
                + _suggestion(column, columns)
            )


def _repeated(names: Iterable[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]


def _suggestion(name: str, known: Iterable[str]) -> str:
    names = list(known)
    close = get_close_matches(name, names, n=1)
    return (f"; did you mean {close[0]!r}?" if close else ";") + f" known: {', '.join(names)}"
