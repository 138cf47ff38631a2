"""An explanation as one self-contained HTML file: the drawn graph, and tables below it.

The page loads nothing and runs nothing: no script, no font, no picture from elsewhere. Its content
security policy forbids them, so that not even a record's text could.
"""

from collections.abc import Iterable, Sequence
from itertools import accumulate
from xml.etree.ElementTree import Element, SubElement, tostring

from customer_platform.stewardship.explain import wording
from customer_platform.stewardship.explain.drawing import (
    REFUSED_COLOUR,
    WEAKEST_COLOUR,
    draw,
    rule_colours,
    source_colours,
)
from customer_platform.stewardship.explain.layout import lay_out
from customer_platform.stewardship.explain.masking import Mask, mask_values, unmasked
from customer_platform.stewardship.explain.model import Explanation

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"

_STYLE = """
body { font: 14px/1.5 system-ui, sans-serif; color: #1f2937; margin: 2rem auto; max-width: 1280px;
  padding: 0 1.5rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; }
.weakest-link { border-left: 4px solid #d62728; padding: .4rem .8rem; background: #fef2f2; }
.drawing { border: 1px solid #e5e7eb; border-radius: 8px; overflow: auto; text-align: center; }
svg { max-width: 100%; height: auto; min-width: 560px; overflow: visible; }
svg text { font: 12px ui-monospace, Menlo, Consolas, monospace; }
svg .label { font-size: 11px; text-anchor: middle; }
.support line { stroke: #9ca3af; stroke-width: 1; stroke-dasharray: 3 3; opacity: .7; }
.link { stroke-width: 2.5; } .weakest { stroke-width: 5; }
.refused { stroke-width: 2; stroke-dasharray: 8 5; }
.box { stroke: #6b7280; } .founding { stroke: #111827; stroke-width: 2.5; }
.asked { stroke: #111827; stroke-width: 2.5; stroke-dasharray: 4 2; }
line.touch { stroke: transparent; stroke-width: 16; } rect.touch { fill: transparent; }
.card { visibility: hidden; pointer-events: none; } .spot:hover .card { visibility: visible; }
.card rect { fill: #111827; } .card text { fill: #f9fafb; } .card .title { font-weight: 700; }
.legend { display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; margin: .6rem 0; font-size: 13px; }
.legend i { display: inline-block; width: 22px; height: 0; border-top: 3px solid;
  vertical-align: middle; margin-right: .4rem; }
.legend i.fill { height: 12px; border: 1px solid #6b7280; border-radius: 3px; }
.table { overflow-x: auto; }
table { border-collapse: collapse; font-size: 13px; }
th, td { text-align: left; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid #e5e7eb;
  vertical-align: top; }
.steps { position: relative; width: 340px; height: 14px; background: #f9fafb; }
.step { position: absolute; top: 0; height: 14px; min-width: 1px; }
td { overflow-wrap: anywhere; min-width: 5.5rem; } tr.weakest td { background: #fef2f2; }
"""

_Rows = Iterable[Sequence[str]]


def render(explanation: Explanation, mask: Mask = unmasked) -> str:
    """The explanation as a page.

    Args:
        explanation: What to show. Of a customer with very many records, those closest to the
            weakest link are drawn; the tables have all.
        mask: Makes a value fit to be shown: (column, value) -> text.

    Returns:
        The HTML; the same for the same explanation.
    """
    explanation = mask_values(explanation, mask)
    page = Element("html", {"lang": "en"})
    _head(page, wording.headline(explanation))
    body = SubElement(page, "body")
    _text(body, "h1", wording.headline(explanation))
    for line in wording.introduction(explanation):
        _text(body, "p", line)
    if weakest := wording.weakest_text(explanation):
        _text(body, "p", weakest, **({"class": "weakest-link"} if explanation.weakest else {}))
    _picture(body, explanation)
    _tables(body, explanation)
    return "<!DOCTYPE html>\n" + tostring(page, encoding="unicode", method="html")


def _head(page: Element, title: str) -> None:
    head = SubElement(page, "head")
    SubElement(head, "meta", {"charset": "utf-8"})
    SubElement(head, "meta", {"http-equiv": "Content-Security-Policy", "content": _POLICY})
    SubElement(head, "meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"})
    _text(head, "title", title)
    _text(head, "style", _STYLE)


def _picture(body: Element, explanation: Explanation) -> None:
    layout = lay_out(explanation)
    SubElement(body, "div", {"class": "drawing"}).append(draw(explanation, layout))
    legend = SubElement(body, "div", {"class": "legend"})
    for source, colour in source_colours(explanation).items():
        _entry(legend, source or "record", f"background: {colour}", "fill")
    for rule, colour in rule_colours(explanation).items():
        _entry(legend, f"link by {rule}", f"border-color: {colour}")
    if explanation.weakest:
        weakest = f"weakest link, by {explanation.weakest.rule}"
        _entry(legend, weakest, f"border-color: {WEAKEST_COLOUR}; border-width: 5px")
    if layout.support:
        _entry(legend, "further matches", "border-color: #9ca3af; border-top-style: dotted")
    if explanation.refused and len(explanation.customers) == 2:
        _entry(legend, "refused", f"border-color: {REFUSED_COLOUR}; border-top-style: dashed")
    note = "Point at a record or a link to see its values. A founding record has a thick border."
    if explanation.asked:
        note += " What was asked for has a dashed border."
    if layout.left_out:
        left_out = wording.counted(layout.left_out, "record")
        note += f" {left_out} farther from the weakest link aren't drawn; the tables have them."
    _text(body, "p", note)


def _tables(body: Element, explanation: Explanation) -> None:
    if explanation.comparisons:
        _table(
            body,
            "What the match rules say of the two",
            ["rule", "verdict"],
            ([each.rule, wording.comparison_text(each)] for each in explanation.comparisons),
        )
    if explanation.links:
        links = explanation.links
        _table(
            body,
            "Links",
            ["record", "linked to", "by", "equal values", "shared", "support"],
            (
                [
                    wording.shown(link.record),
                    wording.shown(link.linked_to),
                    wording.rule_text(link),
                    wording.values_text(link.values) or "-",
                    wording.sharing_text(link),
                    wording.support_text(link),
                ]
                for link in links
            ),
            marked=links.index(explanation.weakest) if explanation.weakest else None,
        )
    for link in explanation.links:
        if link.similarity and link.similarity.contributions:
            _waterfall(
                body,
                f"Why {wording.shown(link.record)} and {wording.shown(link.linked_to)} are "
                f"{wording.probability_text(link.similarity.probability)} the same",
                wording.evidence(link.similarity),
            )
    keys = next(([v.key for v in each.values] for each in explanation.records if each.values), [])
    _table(
        body,
        "Records",
        ["record", *keys],
        (
            [wording.shown(record.name)]
            + [wording.shown(value.value or "") for value in record.values]
            + ([] if record.values else ["not among the records any more"])
            for record in explanation.records
        ),
    )
    if explanation.refused:
        _table(
            body,
            wording.refused_title(explanation),
            ["link"],
            ([wording.refused_text(link)] for link in explanation.refused),
        )


def _table(
    body: Element,
    title: str,
    columns: Sequence[str],
    rows: _Rows,
    marked: int | None = None,
) -> None:
    _text(body, "h2", title)
    table = SubElement(SubElement(body, "div", {"class": "table"}), "table")
    header = SubElement(table, "tr")
    for column in columns:
        _text(header, "th", column)
    for number, row in enumerate(rows):
        line = SubElement(table, "tr", {"class": "weakest"} if number == marked else {})
        for cell in row:
            _text(line, "td", cell)


def _waterfall(body: Element, title: str, evidence: Sequence[tuple[float, str]]) -> None:
    """The log2 odds of a similar link, one bar a contribution, each from where the last ended."""
    _text(body, "h2", title)
    steps = sorted(evidence, key=lambda each: each[1] != wording.PRIOR)
    ends = list(accumulate(weight for weight, _ in steps))
    low, high = min(0.0, *ends), max(0.0, *ends)
    width = max(high - low, 1e-9)
    table = SubElement(SubElement(body, "div", {"class": "table"}), "table")
    header = SubElement(table, "tr")
    for column in ("log2 odds", "", "because of"):
        _text(header, "th", column)
    total = (ends[-1], "together")
    for start, (weight, what) in zip([0.0, *ends[:-1], 0.0], [*steps, total], strict=True):
        line = SubElement(table, "tr")
        _text(line, "td", f"{weight:+.1f}")
        left = 100 * (min(start, start + weight) - low) / width
        colour = "#6b7280" if what == total[1] else "#009e73" if weight > 0 else REFUSED_COLOUR
        bar = SubElement(SubElement(line, "td"), "div", {"class": "steps"})
        style = f"left: {left:.1f}%; width: {100 * abs(weight) / width:.1f}%; background: {colour}"
        SubElement(bar, "div", {"class": "step", "style": style})
        _text(line, "td", what)


def _entry(legend: Element, text: str, style: str, kind: str = "line") -> None:
    entry = SubElement(legend, "span")
    SubElement(entry, "i", {"style": style, "class": kind}).tail = text


def _text(parent: Element, tag: str, text: str, **attributes: str) -> None:
    SubElement(parent, tag, attributes).text = text
