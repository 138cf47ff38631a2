"""The rules by which records are resolved to customers, as their YAML states them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

from customer_platform.checked_yaml import refuse
from customer_platform.errors import RulesError
from customer_platform.identity.normalisers import (
    KNOWN_COUNTRIES,
    KNOWN_NORMALISERS,
    check_ignored,
    check_normaliser,
)
from customer_platform.identity.similar_rule import Similar, unfit_settings
from customer_platform.personal_kinds import Personal
from customer_platform.suggestions import suggestion

# Where in the YAML, and what is wrong there.
_Fault = tuple[tuple[str | int, ...], str]


# What a link by a `same` override is said to be made by.
OVERRIDE_RULE = "override"


class MatchKey(BaseModel):
    """A value of a record by which records can be linked.

    Null, the empty string and what is no valid value of its kind are no value: they never link.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    column: str = Field(min_length=1, description="Column of the records that holds the value.")
    normalise: str = Field(
        default="exact",
        description="How the value is made comparable. `exact` takes it as it is.",
        json_schema_extra={"enum": list(KNOWN_NORMALISERS)},
    )
    country: str | None = Field(
        default=None,
        description="Country (ISO-2) of phone numbers without a country code, and of dates whose "
        "order of day and month depends on it. Has no effect on other values.",
        json_schema_extra={"enum": [*KNOWN_COUNTRIES, None]},
    )
    personal: Personal = Field(
        default=None,
        description="Which kind of personal data the value is, or false. By default what its "
        "column is declared as, else what its normaliser says.",
    )

    @model_validator(mode="after")
    def _normaliser_and_country_are_known(self) -> "MatchKey":
        check_normaliser(self.normalise, self.country)
        return self


class MatchRule(BaseModel):
    """Links all records that are equal in every one of its match keys, or similar enough in them.

    A rule states either `match` or `similar`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, description="Unique name; every link it makes carries it.")
    match: list[str] = Field(
        default=[],
        min_length=1,
        description="Match keys that must all have a value and be equal.",
    )
    similar: Similar | None = Field(
        default=None, description="Which match keys are compared, and how similar they must be."
    )
    max_records_per_value: int | None = Field(
        default=None,
        ge=2,
        description="A value shared by more records than this links none of them and is reported.",
    )
    max_people_per_value: int | None = Field(
        default=None,
        ge=1,
        description="A value shared by more different people than this links none of them and is "
        "reported. `people` says which match keys name a person.",
    )

    @field_validator("match")
    @classmethod
    def _no_key_is_repeated(cls, value: list[str]) -> list[str]:
        if repeated := _repeated(value):
            raise ValueError(f"match key {repeated[0]!r} is listed more than once")
        return value

    @model_validator(mode="after")
    def _is_of_one_kind(self) -> "MatchRule":
        if bool(self.match) == bool(self.similar):
            raise ValueError(
                f"match rule {self.name!r} needs either match (keys that are equal) or similar "
                "(keys that are compared)" + (", not both" if self.match else "")
            )
        for bound in ("max_records_per_value", "max_people_per_value"):
            if self.similar and getattr(self, bound):
                raise ValueError(
                    f"match rule {self.name!r}: {bound} goes with match; a similar rule is "
                    "bounded by its blocking"
                )
        return self

    @property
    def keys(self) -> list[str]:
        """The match keys that the rule looks at."""
        return self.similar.compare if self.similar else self.match


class Linking(BaseModel):
    """What links records and what keeps them apart, wherever their match keys come from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    match_rules: list[MatchRule] = Field(
        min_length=1,
        description="In priority order: a link is explained by the first rule that makes it.",
    )
    people: list[str] = Field(
        default_factory=list,
        description="The match keys that name a person, as first_name and last_name. Records whose "
        "names are unlike in one of them are different people; spellings that are alike, as J. and "
        "Jan, count once, also in `limits`.",
    )
    limits: dict[str, int] = Field(
        default_factory=dict,
        description="Per match key, the most different values that one customer may have. A link "
        "that would exceed it is refused.",
        json_schema_extra={"additionalProperties": {"type": "integer", "minimum": 1}},
    )
    max_records_per_source: dict[str, int] = Field(
        default_factory=dict,
        description="Per source, the most records of it that one customer may have. A link that "
        "would exceed it is refused.",
        json_schema_extra={"additionalProperties": {"type": "integer", "minimum": 1}},
    )
    ignored_values: dict[str, list[str]] = Field(
        default_factory=dict,
        description="Per match key, values that never link, made comparable as the key's values "
        "are. `*` stands for any characters.",
    )


class _Columns(BaseModel):
    """Which columns of the records are read."""

    record_id: str = Field(
        min_length=1, description="Column that identifies a record within its source."
    )
    source: str | None = Field(
        default=None, description="Column with the record's source; left out when there is one."
    )
    updated_at: str | None = Field(
        default=None, description="Column that says when the record was last changed."
    )
    match_keys: dict[str, MatchKey] = Field(
        min_length=1,
        description="By its name, which column a match key is and how its value is made "
        "comparable.",
    )


# The fields of the last base come first.
class ResolutionRules(Linking, _Columns):
    """Which column identifies a record, its match keys, and the match rules by priority."""

    @model_validator(mode="after")
    def _parts_fit_together(self) -> "ResolutionRules":
        faults = [
            *_repeated_rules(self.match_rules),
            *_reserved_names(self.match_rules),
            *_unknown_keys(self),
            *_faulty_comparisons(self.match_rules),
            *_faulty_people(self),
            *_faulty_limits(self),
            *_faulty_ignored_values(self),
        ]
        refuse(self, faults)
        return self


def _repeated_rules(rules: Sequence[MatchRule]) -> Iterator[_Fault]:
    repeated = _repeated(rule.name for rule in rules)
    first = {name: [rule.name for rule in rules].index(name) for name in repeated}
    for number, rule in enumerate(rules):
        if rule.name in first and number > first[rule.name]:
            yield (
                ("match_rules", number, "name"),
                f"match rule {rule.name!r} is defined more than once; rule names are unique",
            )


def _reserved_names(rules: Sequence[MatchRule]) -> Iterator[_Fault]:
    for number, rule in enumerate(rules):
        if rule.name == OVERRIDE_RULE:
            yield (
                ("match_rules", number, "name"),
                f"a match rule can't be named {OVERRIDE_RULE!r}: that is how links by an override "
                "are called; choose another name",
            )


def _unknown_keys(rules: ResolutionRules) -> Iterator[_Fault]:
    for number, rule in enumerate(rules.match_rules):
        place = ("similar", "compare") if rule.similar else ("match",)
        for position, key in enumerate(rule.keys):
            if key not in rules.match_keys:
                yield (
                    ("match_rules", number, *place, position),
                    f"match rule {rule.name!r} uses the unknown match key {key!r}"
                    + suggestion(key, rules.match_keys),
                )
    for setting in ("limits", "ignored_values"):
        for key in getattr(rules, setting):
            if key not in rules.match_keys:
                yield (
                    (setting, key),
                    f"{setting} has the unknown match key {key!r}"
                    + suggestion(key, rules.match_keys),
                )


def _faulty_comparisons(rules: Sequence[MatchRule]) -> Iterator[_Fault]:
    """What a similar rule says of keys that it doesn't compare, or of parts there aren't."""
    for number, rule in enumerate(rules):
        if rule.similar is None:
            continue
        for place, fault in unfit_settings(rule.similar):
            yield ("match_rules", number, "similar", *place), f"match rule {rule.name!r}: {fault}"


def _faulty_people(rules: ResolutionRules) -> Iterator[_Fault]:
    for position, key in enumerate(rules.people):
        if key not in rules.match_keys:
            yield (
                ("people", position),
                f"people has the unknown match key {key!r}" + suggestion(key, rules.match_keys),
            )
        elif key in rules.people[:position]:
            yield ("people", position), f"people has the match key {key!r} more than once"
    for number, rule in enumerate(rules.match_rules):
        if rule.max_people_per_value and not rules.people:
            yield (
                ("match_rules", number, "max_people_per_value"),
                f"match rule {rule.name!r} has max_people_per_value, and nothing says who is a "
                "different person; add the match keys that do: people: [first_name, last_name]",
            )


def _faulty_limits(rules: ResolutionRules) -> Iterator[_Fault]:
    for key, limit in rules.limits.items():
        if limit < 1:
            yield (
                ("limits", key),
                f"the limit of {key!r} is {limit}; it has to be 1 or more, as every record with a "
                "value has one",
            )
    for source, limit in rules.max_records_per_source.items():
        if limit < 1:
            yield (
                ("max_records_per_source", source),
                f"the most records of {source!r} are {limit}; it has to be 1 or more, as every "
                "record is one",
            )
        elif rules.source is None:
            yield (
                ("max_records_per_source", source),
                "max_records_per_source needs source: the column that says which source a record "
                "is of",
            )


def _faulty_ignored_values(rules: ResolutionRules) -> Iterator[_Fault]:
    for name, key in rules.match_keys.items():
        for position, entry in enumerate(rules.ignored_values.get(name, ())):
            try:
                check_ignored(key.normalise, entry, key.country)
            except RulesError as error:
                yield ("ignored_values", name, position), str(error)


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
                + suggestion(column, columns)
            )


def _repeated(names: Iterable[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]
