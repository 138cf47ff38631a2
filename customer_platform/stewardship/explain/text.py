"""An explanation for a terminal."""

from collections.abc import Iterator, Sequence

from customer_platform.stewardship.explain import wording
from customer_platform.stewardship.explain.masking import Mask, mask_values, unmasked
from customer_platform.stewardship.explain.model import Explanation, Link, Record, RecordName

# A deeper tree would leave the right edge of a terminal; every line names what it is linked to.
_DEEPEST = 12
_LISTED = 20
_WEAKEST = "  <== WEAKEST LINK"


def render(explanation: Explanation, mask: Mask = unmasked) -> str:
    """The explanation as text: records as a tree from the founding record, links, values.

    Args:
        explanation: What to show.
        mask: Makes a value fit to be shown: (column, value) -> text.

    Returns:
        Lines without a newline at the end; the same for the same explanation.
    """
    explanation = mask_values(explanation, mask)
    blocks = [[wording.headline(explanation), *wording.introduction(explanation)]]
    if weakest := wording.weakest_text(explanation):
        blocks.append([weakest])
    if explanation.comparisons:
        width = max(len(each.rule) for each in explanation.comparisons)
        rules = [
            f"  {each.rule:<{width}}  {wording.comparison_text(each)}"
            for each in explanation.comparisons
        ]
        blocks.append(["What the match rules say of the two", *rules])
    blocks.append([_tree_title(explanation), *_tree(explanation)])
    blocks.append(["Match keys", *_values(explanation.records)])
    if explanation.refused:
        refused = [f"  {wording.refused_text(link)}" for link in explanation.refused[:_LISTED]]
        if more := len(explanation.refused) - _LISTED:
            refused += [f"  and {more:,} more"] if more > 0 else []
        blocks.append([wording.refused_title(explanation), *refused])
    return "\n\n".join("\n".join(block) for block in blocks)


def _tree_title(explanation: Explanation) -> str:
    if len(explanation.customers) == 2:
        return "The records"
    return "The way between them" if explanation.is_path else "Links, from the founding record"


def _tree(explanation: Explanation) -> Iterator[str]:
    link_of = {link.record: link for link in explanation.links}
    children: dict[RecordName, list[RecordName]] = {}
    for link in explanation.links:
        children.setdefault(link.linked_to, []).append(link.record)
    roots = [record.name for record in explanation.records if record.name not in link_of]
    # A stack, because a chain may be longer than Python can recurse.
    waiting = [(root, 0) for root in reversed(roots)]
    while waiting:
        name, depth = waiting.pop()
        indent = "  " + "   " * min(depth, _DEEPEST)
        mark = " *" if name in explanation.asked else ""
        if name not in link_of:
            yield f"{indent}{wording.shown(name)}{mark}"
        else:
            yield from _link_lines(
                indent, f"{wording.shown(name)}{mark}", link_of[name], explanation
            )
        waiting += [(child, depth + 1) for child in reversed(children.get(name, []))]


def _link_lines(indent: str, name: str, link: Link, explanation: Explanation) -> Iterator[str]:
    weakest = _WEAKEST if link == explanation.weakest else ""
    yield (
        f"{indent[:-3]}+- {name} - {wording.shown(link.linked_to)} "
        f"by {wording.rule_text(link)}{weakest}"
    )
    facts = [wording.values_text(link.values), wording.sharing_text(link)]
    yield f"{indent}     " + "; ".join([*filter(None, facts), wording.support_text(link)])
    for weight, what in wording.evidence(link.similarity) if link.similarity else ():
        yield f"{indent}     {weight:>+7.1f}  {what}"


def _values(records: Sequence[Record]) -> Iterator[str]:
    names = [wording.shown(record.name) for record in records]
    width = max((len(name) for name in names), default=0)
    for name, record in zip(names, records, strict=True):
        if not record.values:
            values = "not among the records any more"
        else:
            values = wording.values_text(record.values) or "no values"
        since = f"since {record.valid_from:%Y-%m-%d}" if record.valid_from else ""
        reason = f" ({record.reason})" if record.reason else ""
        yield f"  {name:<{width}}  {values}; {since}{reason}".rstrip("; ")
