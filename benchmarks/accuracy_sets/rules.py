"""What our engine is told of a data set: exact rules, defaults, or what was tuned."""

from pathlib import Path
from typing import Any

import yaml

from accuracy_sets.sets import DataSet
from customer_platform.identity import MatchKey, MatchRule, ResolutionRules
from customer_platform.identity.similar_rule import Similar

TUNED = Path(__file__).with_name("tuned.yaml")
EXACT, DEFAULTS, OURS_TUNED = "exact rules", "defaults", "tuned"


def rules_of(data: DataSet, engine: str, **settings: Any) -> ResolutionRules:
    """The rules of an engine.

    Args:
        data: The data set.
        engine: `EXACT`, `DEFAULTS` or `OURS_TUNED`.
        settings: Settings of the similar rule, in the place of others.
    """
    keys = {column: kind for column, kind in data.compared.items()}
    keys |= {key: "exact" for columns in data.exact.values() for key in columns if key not in keys}
    exact = [MatchRule(name=name, match=list(columns)) for name, columns in data.exact.items()]
    similar: dict[str, Any] = {"compare": list(data.compared), **settings}
    if engine == OURS_TUNED:
        similar |= yaml.safe_load(TUNED.read_text())[data.name]
    rules = exact if engine == EXACT or data.rules_before else []
    if engine != EXACT:
        rules = [*rules, MatchRule(name="similar", similar=Similar(**similar))]
    return ResolutionRules(
        record_id="record_id",
        source="source",
        match_keys={key: MatchKey(column=key, normalise=kind) for key, kind in keys.items()},
        match_rules=rules,
        limits=dict(data.limits or {}),
    )
