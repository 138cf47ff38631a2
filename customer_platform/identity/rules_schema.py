"""The JSON Schema of rules in YAML, by which editors complete and check them."""

import json
from pathlib import Path
from typing import Any

from customer_platform.identity.rules import ResolutionRules

SCHEMA_FILE = Path(__file__).with_name("rules.schema.json")


def rules_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a rules file, every key with its description."""
    schema = ResolutionRules.model_json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "Rules of identity resolution",
    }


def schema_text() -> str:
    """The text of `rules.schema.json`."""
    return json.dumps(rules_schema(), indent=2) + "\n"


if __name__ == "__main__":
    SCHEMA_FILE.write_text(schema_text())
