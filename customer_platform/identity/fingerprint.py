"""What tells that records have to be resolved anew, although none of them has changed."""

import json
from collections.abc import Mapping
from hashlib import sha256
from types import MappingProxyType

from customer_platform.identity.rules import ResolutionRules
from customer_platform.identity.sql import used_keys

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
            name: key.model_dump() for name, key in rules.match_keys.items() if name in keys
        },
        "match_rules": [rule.model_dump() for rule in rules.match_rules],
        "models": dict(models),
        "limits": rules.limits,
        "ignored_values": {
            name: sorted(set(entries))
            for name, entries in rules.ignored_values.items()
            if name in keys and entries
        },
    }
    canonical = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return sha256(canonical.encode()).hexdigest()
