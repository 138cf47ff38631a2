"""Reads rules from a YAML file; what is wrong with them is named with line and column."""

from pathlib import Path

from customer_platform import checked_yaml
from customer_platform.errors import FaultyYamlError, RulesError
from customer_platform.identity.rules import ResolutionRules

_EXAMPLE = (
    "rules begin with record_id, match_keys and match_rules, such as\n"
    "record_id: customer_no\n"
    "match_keys:\n"
    "  email: {column: email, normalise: email}\n"
    "match_rules:\n"
    "  - {name: email, match: [email]}"
)


def load_rules(path: Path) -> ResolutionRules:
    """Reads the rules in a YAML file.

    Args:
        path: The file.

    Raises:
        RulesError: The file can't be read, or isn't right; every fault on a line of its own, as
            `file:line:column: what is wrong and what to do`, in the order of the file.
    """
    try:
        return rules_in(checked_yaml.read_text(path), str(path))
    except FaultyYamlError as error:
        raise RulesError(str(error)) from error


def rules_in(text: str, name: str) -> ResolutionRules:
    """The rules in the text of a YAML file.

    Args:
        text: The text.
        name: Of the file, for messages.

    Raises:
        FaultyYamlError: They aren't right.
    """
    nodes = checked_yaml.compose(text, name)
    if not nodes:
        raise FaultyYamlError(f"{name}:1:1: there are no rules; {_EXAMPLE}")
    if len(nodes) > 1:
        raise FaultyYamlError(
            f"{name}:{nodes[1].start_mark.line}:1: this is no YAML: another document begins; "
            "rules are one"
        )
    return checked_yaml.validated(
        ResolutionRules, nodes[0], name, f"no rules; {_EXAMPLE}", strict=True
    )
