"""What a steward decides about two records: writes it down, and says what it will change."""

from customer_platform.stewardship.decide.decisions import (
    Decision,
    OverrideLine,
    parse_record,
    require_record,
)
from customer_platform.stewardship.decide.effect import (
    Effect,
    effect_lines,
    nearby_changes,
    nearby_effect,
    override_effect,
)
from customer_platform.stewardship.decide.overrides_file import (
    add_override,
    check_addition,
    find_line,
    read_lines,
    remove_override,
)

__all__ = [
    "Decision",
    "Effect",
    "OverrideLine",
    "add_override",
    "check_addition",
    "effect_lines",
    "find_line",
    "nearby_changes",
    "nearby_effect",
    "override_effect",
    "parse_record",
    "read_lines",
    "remove_override",
    "require_record",
]
