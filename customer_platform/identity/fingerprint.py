"""What tells that records have to be resolved anew, although none of them has changed."""

import json
from collections.abc import Mapping
from hashlib import sha256
from types import MappingProxyType
from typing import Any

from customer_platform.identity.key_sql import used_keys
from customer_platform.identity.rules import MatchRule, ResolutionRules

# Raised when the engine comes to another result from the same records and rules.
ENGINE_FORMAT = 1


def rules_fingerprint(
    rules: ResolutionRules, models: Mapping[str, str] = MappingProxyType({})
) -> str:
    """SHA-256, in hexadecimal, of everything but the records that the result depends on.

    That are the rules, without the keys that none of them uses and without the order of settings
    that have none; the format of the engine; and the major version of DuckDB, whose hashes order
    the records and stand for the values.

    Args:
        rules: The rules; what a subclass adds to them doesn't count.
        models: The fingerprint of the model of every similar rule, by the rule's name.
    """
    # Here, because the rules can be read and checked without it.
    import duckdb

    keys = used_keys(rules)
    parts = {
        "engine": ENGINE_FORMAT,
        "duckdb": duckdb.__version__.split(".")[0],
        "record_id": rules.record_id,
        "source": rules.source,
        "updated_at": rules.updated_at,
        "match_keys": {
            # What is shown of a value changes no result.
            name: key.model_dump(exclude={"personal"})
            for name, key in rules.match_keys.items()
            if name in keys
        },
        "match_rules": [_stated(rule) for rule in rules.match_rules],
        "models": dict(models),
        "limits": rules.limits,
        "ignored_values": {
            name: sorted(set(entries))
            for name, entries in rules.ignored_values.items()
            if name in keys and entries
        },
    }
    parts |= {
        name: setting
        for name, setting in (
            ("people", rules.people),
            ("max_records_per_source", rules.max_records_per_source),
        )
        if setting
    }
    canonical = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return sha256(canonical.encode()).hexdigest()


def _stated(rule: MatchRule) -> dict[str, Any]:
    """A match rule, without the bound that it lacks: maps made before there was one stay."""
    stated = rule.model_dump()
    if rule.max_people_per_value is None:
        del stated["max_people_per_value"]
    return stated
