"""A trained model: the artefact from which the same records always get the same pairs."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from customer_platform.identity.rules import MatchKey, MatchRule
from customer_platform.identity.similar.blocking import BlockingRule, Part
from customer_platform.identity.similar.dependence import GIVEN
from customer_platform.identity.similar.threshold import CAUTIOUS, ExpectedAccuracy

# Raised when a model trained before would no longer give what a model trained now gives.
_FORMAT = 2

# Of models that were trained before thresholds were chosen; they serve no rule.
_UNKNOWN = {"threshold": CAUTIOUS, "precision": 1.0, "recall": 1.0}

# So many of an attribute's values have their own frequency; rarer ones have that of the rarest.
FREQUENT_VALUES = 10_000


@dataclass(frozen=True)
class TermFrequencies:
    """How common the values of an attribute are.

    Attributes:
        frequent: Share of the records that have a value, by value.
        rare: The share to assume for any other value.
    """

    frequent: Mapping[str, float]
    rare: float


@dataclass(frozen=True)
class SimilarityModel:
    """What a rule's probabilities come from.

    Attributes:
        rule: Name of the match rule.
        version: Of what the rule compares and how; a model serves only the version it is of.
        trained_at: When it was trained, UTC.
        records: Records it was trained on.
        settings: Splink's settings: levels with their m and u, prior, and blocking rules.
        blocking: The blocking rules once more, as parts of columns.
        term_frequencies: By column, how common a value is that two records share.
        expected: The threshold that the probabilities speak for, and what it is expected to give.
        untrained: Levels at which no pair of one customer is expected; they rest on the defaults.
    """

    rule: str
    version: str
    trained_at: datetime
    records: int
    settings: Mapping[str, Any]
    blocking: tuple[BlockingRule, ...]
    term_frequencies: Mapping[str, TermFrequencies]
    expected: ExpectedAccuracy
    untrained: tuple[str, ...] = ()

    @property
    def fingerprint(self) -> str:
        """SHA-256, in hexadecimal, of all that probabilities depend on."""
        return sha256(self.to_json().encode()).hexdigest()

    @property
    def is_trained(self) -> bool:
        """Whether the records told anything at all; no or few records don't."""
        levels = sum(
            not level.get("is_null_level")
            for comparison in self.settings["comparisons"]
            if not comparison["output_column_name"].endswith(GIVEN)
            for level in comparison["comparison_levels"]
        )
        return len(self.untrained) < levels

    def serves(self, rule: MatchRule, match_keys: Mapping[str, MatchKey]) -> bool:
        """Whether it was trained, and for the rule as it is now."""
        return self.is_trained and self.version == model_version(rule, match_keys)

    def to_json(self) -> str:
        """The model as JSON, the same text for the same model."""
        return json.dumps(
            {
                "rule": self.rule,
                "version": self.version,
                "trained_at": self.trained_at.isoformat(),
                "records": self.records,
                "settings": self.settings,
                "blocking": [[[part.column, part.name] for part in rule] for rule in self.blocking],
                "term_frequencies": {
                    column: {"frequent": dict(each.frequent), "rare": each.rare}
                    for column, each in self.term_frequencies.items()
                },
                "expected": asdict(self.expected),
                "untrained": list(self.untrained),
            },
            sort_keys=True,
            ensure_ascii=False,
        )

    @classmethod
    def from_json(cls, text: str) -> "SimilarityModel":
        """The model that `to_json` wrote.

        Raises:
            ValueError: The text is no such JSON.
        """
        try:
            read = json.loads(text)
            return cls(
                rule=read["rule"],
                version=read["version"],
                trained_at=datetime.fromisoformat(read["trained_at"]),
                records=read["records"],
                settings=read["settings"],
                blocking=tuple(tuple(Part(*part) for part in rule) for rule in read["blocking"]),
                term_frequencies={
                    column: TermFrequencies(each["frequent"], each["rare"])
                    for column, each in read["term_frequencies"].items()
                },
                expected=ExpectedAccuracy(**read.get("expected", _UNKNOWN)),
                untrained=tuple(read["untrained"]),
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"this is no model of a similar rule: {error!r}") from error


def threshold_of(rule: MatchRule, model: SimilarityModel | None) -> float:
    """The probability from which a rule links: the one it states, else its model's."""
    return settled_threshold(rule, model.expected.threshold if model else None)


def settled_threshold(rule: MatchRule, chosen: float | None) -> float:
    """The threshold that a rule states, else the chosen one, which review never lies above."""
    assert rule.similar is not None
    return rule.similar.threshold or max(chosen or CAUTIOUS, rule.similar.review)


def model_version(rule: MatchRule, match_keys: Mapping[str, MatchKey]) -> str:
    """SHA-256, in hexadecimal, of what a rule compares and how.

    Thresholds, review band and cohesion don't count: they need no other model.
    """
    assert rule.similar is not None
    parts = {
        "format": _FORMAT,
        "compare": [[key, match_keys[key].model_dump()] for key in rule.similar.compare],
        "comparisons": {
            key: said.model_dump() for key, said in sorted(rule.similar.comparisons.items())
        },
        "blocking": rule.similar.blocking,
    }
    return sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
