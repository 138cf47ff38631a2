"""The checks on what sources deliver: values that stand out, of the wrong kind, or changed."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from customer_platform.declarations.health import Change, Share
from customer_platform.stewardship.health import attributes as known
from customer_platform.stewardship.health import profiles
from customer_platform.stewardship.health.findings import (
    Figure,
    Found,
    Looked,
    Said,
    Value,
    is_beyond,
    share_text,
)
from customer_platform.stewardship.health.profiles import Profile

_EXAMPLES = 10
# Of what a source delivers, the share that must occur elsewhere before it is judged by that.
_KNOWN = 0.2
_NEARLY = 0.75
_COUNTS = ("records", "filled")
_KINDS = {
    "email": "addresses with @",
    "date": "dates",
    "phone": "phone numbers",
    "number": "long numbers",
    "code": "short codes",
    "mixed": "text with digits",
    "text": "text without digits",
}


def frequent_values(looked: Looked, bound: Share) -> Found:
    """Per source and match key, a value that stands out by how many records have it."""
    figures: list[Figure] = []
    examples: list[Said] = []
    for key, source, value, records, filled in profiles.frequent_values(
        looked.at, bound.share, bound.tolerated
    ):
        subject = _subject(source, key)
        text = (
            f"{subject}: one value in {records:,} records, {share_text(records, filled)} that have "
            "any"
        )
        figures.append(Figure(subject, records, filled, True, text))
        column = looked.at.store.rules.match_keys[key].column
        examples.append((f"{subject} ", Value(column, value), f" in {records:,} records"))
    return figures or [Figure("", 0, None, False, "No value stands out")], examples[:_EXAMPLES]


def frequent_records(looked: Looked, bound: Share) -> Found:
    """Per source, the record that by far the most orders name."""
    figures: list[Figure] = []
    examples: list[Said] = []
    for source, orders, record, most, stands_out in profiles.frequent_records(
        looked.at, bound.tolerated, bound.share
    ):
        text = f"{source}: one record has {most:,} orders, {share_text(most, orders)}"
        figures.append(Figure(source, most, orders, stands_out, text))
        if stands_out:
            name = Value("source_record_id", record)
            examples.append((f"{source}:", name, f" has {most:,} orders of the last 30 days"))
    return figures, examples


def usable_values(looked: Looked, bound: Share) -> Found:
    """Per source and match key, the values that are invalid or ignored."""
    figures = []
    for source, key, rows in _per_source(looked):
        if known.attribute_of(looked.at.store.rules, key) == known.PLACE:
            continue
        given = sum(each.given or 0 for each in rows)
        lost = given - min(given, sum(each.filled for each in rows))
        if given:
            subject = _subject(source, key)
            text = (
                f"{subject}: {lost:,} of {given:,} values are invalid or ignored, "
                f"{share_text(lost, given)}"
            )
            figures.append(Figure(subject, lost, given, is_beyond(lost, given, bound), text))
    return figures, []


def value_kinds(looked: Looked, bound: Share) -> Found:
    """Per source and match key, the values of another kind than the key's are."""
    figures: list[Figure] = []
    examples: list[Said] = []
    for key, source, values, odd, kind, example in profiles.odd_kinds(looked.at):
        subject = _subject(source, key)
        beyond = is_beyond(odd, values, bound)
        text = f"{subject}: {odd:,} of {values:,} values are of another kind, most {_KINDS[kind]}"
        figures.append(Figure(subject, odd, values, beyond, text))
        if beyond:
            examples.append(
                (f"{subject} ", Value(looked.at.store.rules.match_keys[key].column, example))
            )
    return figures or [Figure("", 0, None, False, "All values are of their kind")], examples


def swapped_columns(looked: Looked, bound: Share) -> Found:
    """Per source and match key, the values that others have in another key.

    Where one source has swapped two columns, those of the others seem swapped beside it: of a match
    key's sources, those are beyond the bound that are nearly as much at odds as the worst.
    """
    rows = profiles.swapped_values(looked.at)
    worst: dict[str, float] = {}
    for key, _, _, _, shared, foreign, _ in rows:
        if shared > bound.tolerated:
            worst[key] = max(worst.get(key, 0), foreign / shared)
    figures = []
    for key, source, is_new, values, shared, foreign, other in rows:
        subject = _subject(source, key, is_new=is_new)
        judged = shared > bound.tolerated and shared >= _KNOWN * values
        stands_out = foreign / shared >= _NEARLY * worst.get(key, 0)
        beyond = judged and stands_out and is_beyond(foreign, shared, bound)
        text = (
            f"{subject}: {foreign:,} of {shared:,} values that other records have too are their "
            f"{other}, {share_text(foreign, shared)}"
        )
        figures.append(Figure(subject, foreign, shared, beyond, text))
    return figures or [Figure("", 0, None, False, "No values of another match key")], []


def stable_sources(looked: Looked, bound: Change) -> Found:
    """Per source and match key, how filled it is and with what, against the run before."""
    figures: list[Figure] = []
    identifying = known.identifying_keys(looked.at.store.rules, looked.at.attributes)
    for source, key, rows in _per_source(looked):
        records, filled = (sum(getattr(each, name) for each in rows) for name in _COUNTS)
        measured = [("filled", "filled in", filled, records)]
        if key in identifying:
            distinct = min(sum(each.distinct_values for each in rows), filled)
            measured.append(("distinct", "different values", distinct, filled))
        for measure, words, found, of in measured:
            subject = f"{_subject(source, key)} {measure}"
            before = looked.previous.figure("stable_sources", subject)
            beyond, text = False, f"{_subject(source, key)}: {words} {share_text(found, of)}"
            if before and before.of and min(of, before.of) >= bound.tolerated:
                beyond = abs(found / of - before.share) > bound.change
                text += f"; {before.share:.1%} in the run before"
            figures.append(Figure(subject, found, of, beyond, text))
        figures += _new_records(_subject(source, key, is_new=True), rows, bound)
    return figures, []


def _new_records(subject: str, rows: Sequence[Profile], bound: Change) -> Iterator[Figure]:
    """How the new records of a source differ from its earlier ones, where there are enough."""
    if len(rows) < 2:
        return
    was, now = rows
    compared = [("filled", "filled in", was.filled, was.records, now.filled, now.records)]
    if was.filled and now.filled:
        grown = max(
            profiles.KINDS,
            key=lambda kind: now.kinds[kind] / now.filled - was.kinds[kind] / was.filled,
        )
        kinds = (was.kinds[grown], was.filled, now.kinds[grown], now.filled)
        compared.append(("of another kind", _KINDS[grown], *kinds))
    for measure, words, had, of_earlier, have, of in compared:
        if min(of_earlier, of) < bound.tolerated:
            continue
        before = had / of_earlier
        text = f"{subject}: {words} {share_text(have, of)}; {before:.1%} of the earlier ones"
        beyond = abs(have / of - before) > bound.change
        yield Figure(f"{subject} {measure}", have, of, beyond, text)


def _subject(source: str, key: str, *, is_new: bool = False) -> str:
    return f"{source} {key}{' of new records' if is_new else ''}".strip()


def _per_source(looked: Looked) -> Iterator[tuple[str, str, Sequence[Profile]]]:
    """The profiles of every source and match key, in order of their names."""
    for (source, key), rows in groupby(looked.profiles, lambda each: (each.source, each.key)):
        yield source, key, list(rows)
