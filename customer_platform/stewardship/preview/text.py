"""A preview for a terminal."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from customer_platform.identity.entities import CUSTOMER, noun, nouns
from customer_platform.stewardship.explain.masking import Mask, unmasked
from customer_platform.stewardship.explain.wording import counted, shown, values_text
from customer_platform.stewardship.preview.model import (
    MERGE,
    Change,
    ChangedLink,
    RulePreview,
    Totals,
)


def render(preview: RulePreview, mask: Mask = unmasked) -> str:
    """The preview as text.

    Args:
        preview: What to show.
        mask: Makes a value fit to be shown: (column, value) -> text.

    Returns:
        Lines without a newline at the end; the same for the same preview.
    """
    blocks = [list(_headline(preview)), list(_numbers(preview)), list(_links(preview))]
    if preview.changes:
        total = preview.totals.merged + preview.totals.splitting
        title = (
            "All changes"
            if total <= len(preview.changes)
            else (f"The {len(preview.changes)} biggest of {total:,} changes")
        )
        lines = [title]
        for number, change in enumerate(preview.changes, start=1):
            lines += change_lines(number, change, mask, preview.entity)
        blocks.append(lines)
    return "\n\n".join("\n".join(block) for block in blocks)


def _headline(preview: RulePreview) -> Iterator[str]:
    totals, one = preview.totals, noun(preview.entity)
    if totals.moved_records:
        verb = "gets" if totals.moved_records == 1 else "get"
        yield (
            f"With these rules {counted(totals.moved_records, 'record')} of {totals.records:,} "
            f"({totals.moved_records / totals.records:.2%}) {verb} another {one}."
        )
    else:
        yield f"With these rules every record keeps its {one}."
    if preview.same_rules:
        yield "The current map was made by the same rules."
    if totals.new_records or totals.gone_records:
        yield (
            f"Since the current map was made {counted(totals.new_records, 'record')} came and "
            f"{counted(totals.gone_records, 'record')} went: what they change is in here too."
        )


def _numbers(preview: RulePreview) -> Iterator[str]:
    totals, one, many = preview.totals, noun(preview.entity), nouns(preview.entity)
    yield f"{many.capitalize():<24}{'now':>12}{'then':>12}{'change':>12}"
    yield _row(many, totals.customers_now, totals.customers_then)
    if preview.buyers:
        yield _row("with transactions", *preview.buyers)
    yield _row("largest, in records", totals.largest_now, totals.largest_then)
    if totals.refused_now is not None:
        yield _row("refused links", totals.refused_now, totals.refused_then)
    yield from _fates(totals, many)
    if preview.revenue is None:
        yield "  there are no transactions: revenue isn't known"
    for money in preview.revenue or ():
        if not money.moved_lines:
            yield f"  no transaction in {money.currency} moves to another {one}"
            continue
        yield (
            f"  {amount_text(money.currency, money.moved)} of "
            f"{amount_text(money.currency, money.total)} net revenue, in "
            f"{counted(money.moved_lines, 'transaction line')}, moves to another {one}"
        )


def _fates(totals: Totals, many: str) -> Iterator[str]:
    yield f"  {totals.unchanged:,} of the current {many} stay as they are"
    if totals.merging:
        yield f"  {totals.merging:,} merge into {totals.merged:,}"
    if totals.splitting:
        yield f"  {totals.splitting:,} split into {totals.parts:,}"


def _links(preview: RulePreview) -> Iterator[str]:
    yield f"{'Records linked by':<24}{'now':>12}{'then':>12}{'change':>12}"
    for name, now, then in preview.links:
        yield _row(shown(name), now, then)


def _row(name: str, now: int, then: int) -> str:
    return f"  {name:<22}{now:>12,}{then:>12,}{then - now:>+12,}"


def change_lines(
    number: int, change: Change, mask: Mask = unmasked, entity: str = CUSTOMER
) -> Iterator[str]:
    """A change: what becomes of whom, by which links.

    Args:
        number: Its number.
        change: The change.
        mask: Makes a value fit to be shown.
        entity: What a customer is called here.
    """
    what = (
        f"{change.customers:,} {nouns(entity)} become {change.customer_id}"
        if change.kind == MERGE
        else f"{change.customer_id} splits into {change.customers:,}"
    )
    moved = "".join(
        f", with {amount_text(currency, amount)}" for currency, amount in change.revenue
    )
    records = counted(change.records, "record")
    verb = "moves" if change.moved_records == 1 else "move"
    yield f"{number:>4}. {what}: {records}, of which {change.moved_records:,} {verb}{moved}"
    parts = [f"{part.customer_id} ({part.records:,})" for part in change.parts]
    if more := change.customers - len(change.parts):
        parts.append(f"{more:,} more")
    yield f"      {'from' if change.kind == MERGE else 'into'} {', '.join(parts)}"
    for link in change.links:
        yield f"      {link_text(link, mask)}"
    by_rule = ", ".join(f"{count:,} by {shown(rule)}" for rule, count in change.links_by_rule)
    if sum(count for _, count in change.links_by_rule) > len(change.links):
        yield f"      in all, links between them: {by_rule}"


def link_text(link: ChangedLink, mask: Mask = unmasked) -> str:
    """A link with its values, and why it is no more."""
    values = [
        replace(value, value=None if value.value is None else mask(value.column, value.value))
        for value in link.values
    ]
    text = f"{shown(link.record)} - {shown(link.linked_to)} by {shown(link.rule)}"
    if values:
        text += f": {values_text(values)}"
    if link.sharing is not None and link.sharing > 2:
        text += f" ({link.sharing:,} records have it)"
    return text + (f"; no more: {link.reason}" if link.reason else "")


def amount_text(currency: str, amount: Decimal) -> str:
    """'EUR 1,234.50'."""
    return f"{currency} {amount:,.2f}".strip()
