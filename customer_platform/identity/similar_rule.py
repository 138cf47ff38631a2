"""What a match rule of kind `similar` states: which match keys are compared, and how."""

from collections import Counter
from collections.abc import Collection, Iterator
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from customer_platform.suggestions import suggestion

# How values of a key can be compared; each normaliser but `exact` has the one of its name.
COMPARISONS = ("name", "date", "postcode", "email", "phone", "street", "code", "text", "category")

# By normaliser; a key that is taken as it is, is free text.
COMPARISON_OF_NORMALISER = {"exact": "text"} | {
    name: name for name in COMPARISONS if name not in ("text", "category")
}

# Parts of a value that records can be blocked by, written behind the key and a colon.
PARTS = ("1", "3", "year", "day", "area", "user", "end")


class Comparison(BaseModel):
    """How the values of one match key are compared, where not as its normaliser tells."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str | None = Field(
        default=None,
        alias="as",
        description="What the values are: names by Jaro-Winkler, dates by difference, codes and "
        "phones by typing errors, categories equal or not.",
        json_schema_extra={"enum": [*COMPARISONS, None]},
    )
    similarity: list[float] | None = Field(
        default=None,
        min_length=1,
        description="Jaro-Winkler similarities, from high to low, that tell levels of names, "
        "streets, emails and text apart.",
    )
    term_frequency: bool = Field(
        default=True,
        description="Whether sharing a rare value counts for more than sharing a common one.",
    )

    def __getitem__(self, key: str) -> object:
        """A setting by its name in YAML: Dagster looks for each key where the YAML has one."""
        return getattr(self, "kind" if key == "as" else key)

    @field_validator("kind")
    @classmethod
    def _kind_is_known(cls, value: str | None) -> str | None:
        if value is not None and value not in COMPARISONS:
            raise ValueError(f"unknown comparison {value!r}; choose {', '.join(COMPARISONS)}")
        return value

    @field_validator("similarity")
    @classmethod
    def _similarities_fall(cls, value: list[float] | None) -> list[float] | None:
        if value is None:
            return value
        if any(not 0 < each < 1 for each in value):
            raise ValueError("similarities lie between 0 and 1")
        if value != sorted(set(value), reverse=True):
            raise ValueError("similarities are listed from high to low, each once")
        return value


class Similar(BaseModel):
    """Links records whose match keys are similar enough, with a probability."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    compare: list[str] = Field(
        min_length=2, description="Match keys that are compared; the more, the surer."
    )
    threshold: float | None = Field(
        default=None,
        gt=0,
        lt=1,
        description="A pair of records links from this probability on. Left out, the one of the "
        "highest expected F1 whose expected precision is at least 0.98, chosen when the model is "
        "trained.",
    )
    review: float = Field(
        default=0.5,
        gt=0,
        lt=1,
        description="From this probability on, a pair that doesn't link is to be reviewed.",
    )
    cohesion: float = Field(
        default=0.2,
        ge=0,
        le=1,
        description="Two groups of records are joined only when the probabilities of all pairs "
        "between them, 0 for a pair that isn't similar, average this much.",
    )
    blocking: list[Annotated[list[str], Field(min_length=1)]] | None = Field(
        default=None,
        min_length=1,
        description="Only records that are equal in all keys of one of these lists are compared. "
        "`key:part` blocks by a part of the value: its first character or three (1, 3), year or "
        "day of a date, area of a postcode, user of an email, end of a phone number. Left out, "
        "lists are chosen from the records.",
    )
    comparisons: dict[str, Comparison] = Field(
        default_factory=dict, description="Per match key, how it is compared."
    )

    @field_validator("compare")
    @classmethod
    def _no_key_is_repeated(cls, value: list[str]) -> list[str]:
        if repeated := [key for key, count in Counter(value).items() if count > 1]:
            raise ValueError(f"match key {repeated[0]!r} is listed more than once")
        return value

    @model_validator(mode="after")
    def _band_is_below_threshold(self) -> Self:
        if self.threshold is not None and self.review > self.threshold:
            raise ValueError(
                f"review is {self.review} and threshold {self.threshold}; pairs to review lie "
                "below the threshold"
            )
        return self


def key_and_part(entry: str, keys: Collection[str]) -> tuple[str, str]:
    """Reads an entry of `blocking`: a key, or `key:part`; the part is empty for all of a value.

    Args:
        entry: The entry.
        keys: The keys that the rule compares; one of them may itself end like a part.
    """
    key, colon, part = entry.rpartition(":")
    return (key, part) if entry not in keys and colon and part in PARTS else (entry, "")


def unfit_settings(similar: Similar) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Settings of keys that the rule doesn't compare: where they are, and what is wrong."""
    for key in similar.comparisons:
        if key not in similar.compare:
            yield (
                ("comparisons", key),
                f"comparisons has {key!r}, which compare doesn't list"
                + suggestion(key, similar.compare),
            )
    for number, entries in enumerate(similar.blocking or ()):
        for position, entry in enumerate(entries):
            key, _ = key_and_part(entry, similar.compare)
            if key in similar.compare:
                continue
            stem, colon, part = key.rpartition(":")
            if colon and stem in similar.compare:
                fault = f"blocking uses {entry!r}: there is no part {part!r}" + suggestion(
                    part, PARTS
                )
            else:
                fault = f"blocking uses {key!r}, which compare doesn't list" + suggestion(
                    key, similar.compare
                )
            yield ("blocking", number, position), fault
