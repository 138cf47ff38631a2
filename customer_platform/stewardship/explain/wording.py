"""The words that text and HTML share."""

from collections.abc import Sequence

from customer_platform.identity import entities
from customer_platform.identity.keeping.history import COHESION
from customer_platform.identity.rules import OVERRIDE_RULE
from customer_platform.stewardship.explain.model import (
    Contribution,
    Explanation,
    KeyValue,
    Link,
    RefusedLink,
    RuleComparison,
    Similarity,
)

_LONGEST = 60
# What a probability starts from.
PRIOR = "any two records"
# Below this, log2, a value is about as common as others.
_NOTABLE_RARITY = 1.0
_REASONS = 3


def shown(value: object) -> str:
    """Any value on one short line, without characters that steer a terminal or a browser."""
    text = str(value)
    printable = "".join(
        character if character.isprintable() else repr(character)[1:-1]
        for character in text[: _LONGEST + 1]
    )
    return printable if len(printable) <= _LONGEST else printable[: _LONGEST - 1] + "…"


def value_text(value: KeyValue) -> str:
    """'email = a@b.nl', or 'email: no value'."""
    if value.value is None:
        return f"{value.key}: no value"
    return f"{value.key} = {shown(value.value)}"


def values_text(values: Sequence[KeyValue]) -> str:
    """'email = a@b.nl, last_name = jansen', values that are missing left out."""
    return ", ".join(value_text(value) for value in values if value.value is not None)


def counted(number: int, noun: str) -> str:
    """'1 record', '2 records', '3 matches'."""
    plural = noun + ("es" if noun.endswith("ch") else "s")
    return f"{number:,} {noun if number == 1 else plural}"


def headline(explanation: Explanation) -> str:
    """What is explained."""
    one = entities.noun(explanation.entity)
    if len(explanation.customers) == 2:
        left, right = (shown(name) for name in explanation.asked)
        return f"{left} and {right} are two {entities.nouns(explanation.entity)}"
    (customer_id,), (records,) = explanation.customers, explanation.customer_records
    if explanation.is_path:
        left, right = (shown(name) for name in explanation.asked)
        return f"{left} and {right} are one {one}: {customer_id}"
    return f"{one.capitalize()} {customer_id}: {counted(records, 'record')}"


def introduction(explanation: Explanation) -> list[str]:
    """What to know before the links: redirects, sizes, the record that was asked for."""
    lines = [
        f"{each.customer_id} was retired on {each.retired_at}; its successor is {each.successor}."
        for each in explanation.retirements
    ]
    if len(explanation.customers) == 2:
        customer_of = {record.name: record.customer_id for record in explanation.records}
        records = dict(zip(explanation.customers, explanation.customer_records, strict=True))
        for name in explanation.asked:
            customer_id = customer_of[name]
            size = counted(records[customer_id], "record")
            lines.append(f"{shown(name)} belongs to {customer_id} ({size}).")
    elif explanation.is_path:
        size = counted(explanation.customer_records[0], "record")
        lines.append(
            f"The way from one to the other takes {counted(len(explanation.links), 'link')}; "
            f"the {entities.noun(explanation.entity)} has {size}."
        )
    elif explanation.asked:
        lines.append(f"{shown(explanation.asked[0])} is one of them.")
    return lines


def rule_text(link: Link) -> str:
    """By which rule, or by whose word, two records are linked."""
    if link.rule != OVERRIDE_RULE:
        return link.rule
    if link.override is None:
        return OVERRIDE_RULE
    said = [str(part) for part in (link.override.author, link.override.date) if part is not None]
    reason = f": {shown(link.override.reason)}" if link.override.reason else ""
    return f"{OVERRIDE_RULE} of {shown(', '.join(said) or 'nobody named')}{reason}"


def support_text(link: Link) -> str:
    """How firm a link is."""
    parts = f"{link.parts[0]:,} + {link.parts[1]:,}"
    if not link.holds:
        changed = "the records no longer match by it: they or the rules changed since"
        rest = f"; otherwise {counted(link.supporting_matches, 'match')} across it"
        return changed + (rest if link.supporting_matches else f"; nothing else joins {parts}")
    if link.is_bridge:
        also = f" (also matched by {', '.join(link.also_matched_by)})"
        return f"nothing else joins {parts}" + (also if link.also_matched_by else "")
    return f"supported by {counted(link.supporting_matches, 'further match')}"


def probability_text(probability: float) -> str:
    """'97.3 % likely', with as many digits as tell it from certainty."""
    percent = 100 * probability
    for digits in (1, 2, 3, 4):
        if round(percent, digits) < 100 or percent == 100:
            return f"{percent:.{digits}f} % likely"
    return "over 99.9999 % likely"


def contribution_text(each: Contribution) -> str:
    """'email: same user (jan@a.nl | jan@b.nl)', or 'email: no value'."""
    if each.left.value is None or each.right.value is None:
        return f"{each.left.key}: no value"
    values = {each.left.value: None, each.right.value: None}
    rarity = ""
    if abs(each.rarity) >= _NOTABLE_RARITY:
        rarity = ", a rare value" if each.rarity > 0 else ", a common value"
    return f"{each.left.key}: {each.level}{rarity} ({' | '.join(map(shown, values))})"


def evidence(similarity: Similarity) -> list[tuple[float, str]]:
    """What a probability is made of: log2 of odds, with what it comes from, strongest first."""
    said = sorted(similarity.contributions, key=lambda each: -abs(each.weight))
    lines = [(each.weight, contribution_text(each)) for each in said]
    return [*lines, (similarity.prior, PRIOR)] if lines else []


def sharing_text(link: Link) -> str:
    """How common the link's values are, or how likely it is."""
    if link.similarity is not None:
        return probability_text(link.similarity.probability)
    if link.sharing is None:
        return ""
    return "only these two have it" if link.sharing == 2 else f"{link.sharing:,} records have it"


def weakest_text(explanation: Explanation) -> str:
    """Which link is the weakest, and what would be without it."""
    link, one = explanation.weakest, entities.noun(explanation.entity)
    if link is None:
        if explanation.asked[1:]:
            return ""
        return f"No link: the {one} has a single record."
    pair = f"{shown(link.record)} - {shown(link.linked_to)} by {rule_text(link)}"
    if link.is_bridge:
        parts = f"{link.parts[0]:,} + {link.parts[1]:,} records"
        return f"Weakest link: {pair}. Without it the {one} splits: {parts}."
    matches = counted(link.supporting_matches, "other match")
    return f"Weakest link: {pair}. Without it, {matches} would still hold the {one} together."


def refused_text(link: RefusedLink) -> str:
    """A refused link, with the constraint and its two sides."""
    text = (
        f"{shown(link.record)} ({link.customer_id}) - {shown(link.other)} "
        f"({link.other_customer_id}) by {link.rule}, refused by {link.refused_by}"
    )
    if link.refused_by == COHESION:
        return f"{text}: the two customers have too little else in common"
    return f"{text}: {_side(link.this_side)} | {_side(link.other_side)}"


def refused_title(explanation: Explanation) -> str:
    """What the list of refused links is called."""
    if len(explanation.customers) == 2:
        return f"Refused links between the two {entities.nouns(explanation.entity)}"
    return "Refused links of these records" if explanation.is_path else "Refused links"


def comparison_text(comparison: RuleComparison) -> str:
    """What a rule would need to link the two records, or why it doesn't although it matches."""
    if comparison.over_shared_by:
        records = counted(comparison.over_shared_by, "record")
        if comparison.over_shared_people:
            records += f" of {counted(comparison.over_shared_people, 'different name')}"
        return f"equal, but {records} have the value: too many to link by"
    if comparison.is_similar_rule and comparison.similarity is None:
        return "has not been trained, or Splink isn't installed: there is no probability"
    if comparison.similarity and not comparison.matches:
        found = comparison.similarity
        said = [(weight, text) for weight, text in evidence(found) if text != PRIOR]
        against = [text for weight, text in said if weight < 0][:_REASONS]
        return (
            f"{probability_text(found.probability)}, and links from {100 * found.threshold:g}% on"
            + (f"; against it: {'; '.join(against)}" if against else "")
        )
    if comparison.similarity and not comparison.is_kept_pair:
        likely = probability_text(comparison.similarity.probability)
        return (
            f"{likely}, but the two were not compared: the rule's blocking doesn't "
            "bring them together, or they have changed since"
        )
    if comparison.matches:
        return "matches: a constraint refused it, or the map is older than the records"
    return "needs " + ", ".join(
        f"{key.left.key} equal ({_side(key.left)} | {_side(key.right)})"
        for key in comparison.keys
        if not key.equal
    )


def _side(value: KeyValue) -> str:
    return "no value" if value.value is None else shown(value.value)
