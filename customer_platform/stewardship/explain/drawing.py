"""Draws an explanation as SVG: records as boxes, links as lines, values on hover.

Elements are built as a tree, so that whatever a record holds is escaped when it is written.
"""

from collections.abc import Iterable, Sequence
from xml.etree.ElementTree import Element, SubElement

from customer_platform.stewardship.explain import wording
from customer_platform.stewardship.explain.layout import HEIGHT, Layout
from customer_platform.stewardship.explain.model import Explanation, Link, Record

WEAKEST_COLOUR = "#d62728"
REFUSED_COLOUR = "#b45309"
# Okabe and Ito's colours, which the colour-blind can tell apart, without their red: it marks.
_RULE_COLOURS = ("#0072b2", "#009e73", "#cc79a7", "#56b4e9", "#8c6d1f", "#5b4fcf", "#000000")
_SOURCE_COLOURS = ("#dbeafe", "#dcfce7", "#fef3c7", "#fce7f3", "#ede9fe", "#ccfbf1", "#e5e7eb")
_CARD_LINE = 17.0
_CARD_CHARACTER = 7.4

Place = tuple[float, float]


def draw(explanation: Explanation, layout: Layout) -> Element:
    """The drawing; what lies on top shows its card when the pointer is on it."""
    width, height = layout.size
    # Room for a card beside a small drawing.
    width, height = max(width, 640.0), max(height, 200.0)
    svg = Element(
        "svg",
        {
            "viewBox": f"0 0 {width:.0f} {height:.0f}",
            "width": f"{width:.0f}",
            "role": "img",
            "aria-label": wording.headline(explanation),
        },
    )
    rules = rule_colours(explanation)
    sources = source_colours(explanation)
    lines = SubElement(svg, "g", {"class": "support"})
    for left, right in layout.support:
        _line(lines, layout.places[left], layout.places[right], {})
    drawn = [
        link
        for link in explanation.links
        if link.record in layout.places and link.linked_to in layout.places
    ]
    for link in drawn:
        ends = layout.places[link.record], layout.places[link.linked_to]
        if link == explanation.weakest:
            _line(svg, *ends, {"class": "weakest", "stroke": WEAKEST_COLOUR})
        else:
            _line(svg, *ends, {"class": "link", "stroke": rules[link.rule]})
    for refused in explanation.refused:
        if refused.record in layout.places and refused.other in layout.places:
            ends = layout.places[refused.record], layout.places[refused.other]
            _line(svg, *ends, {"class": "refused", "stroke": REFUSED_COLOUR})
    for record in explanation.records:
        if record.name in layout.places:
            _box(svg, layout, record, sources[record.name.source], record.name in explanation.asked)
    _cards(svg, explanation, layout, drawn, (width, height))
    return svg


def rule_colours(explanation: Explanation) -> dict[str, str]:
    """A colour per rule that made a link, but for the weakest, by the rule's name."""
    links = (link.rule for link in explanation.links if link != explanation.weakest)
    return _colours(links, _RULE_COLOURS)


def source_colours(explanation: Explanation) -> dict[str, str]:
    """A colour per source of the records."""
    return _colours((record.name.source for record in explanation.records), _SOURCE_COLOURS)


def _colours(names: Iterable[str], palette: Sequence[str]) -> dict[str, str]:
    return {name: palette[number % len(palette)] for number, name in enumerate(sorted(set(names)))}


def _line(parent: Element, start: Place, end: Place, attributes: dict[str, str]) -> None:
    ends = {"x1": start[0], "y1": start[1], "x2": end[0], "y2": end[1]}
    SubElement(parent, "line", {key: f"{at:.1f}" for key, at in ends.items()} | attributes)


def _box(parent: Element, layout: Layout, record: Record, colour: str, is_asked: bool) -> None:
    x, y = layout.places[record.name]
    look = {"class": "box", "fill": colour}
    if record.is_founding:
        look["class"] += " founding"
    if is_asked:
        look["class"] += " asked"
    _rectangle(parent, (x, y), layout.widths[record.name], look)
    label = SubElement(parent, "text", {"x": f"{x:.1f}", "y": f"{y + 4:.1f}", "class": "label"})
    label.text = wording.shown(record.name)


def _rectangle(parent: Element, place: Place, width: float, attributes: dict[str, str]) -> None:
    corner = {"x": place[0] - width / 2, "y": place[1] - HEIGHT / 2}
    size = {"width": f"{width:.1f}", "height": f"{HEIGHT:.0f}", "rx": "6"}
    SubElement(parent, "rect", {key: f"{at:.1f}" for key, at in corner.items()} | size | attributes)


def _cards(
    svg: Element,
    explanation: Explanation,
    layout: Layout,
    links: Sequence[Link],
    size: Place,
) -> None:
    """A last layer of unseen shapes, each with its card: so no box covers a card."""
    for link in links:
        start, end = layout.places[link.record], layout.places[link.linked_to]
        spot = SubElement(svg, "g", {"class": "spot"})
        _line(spot, start, end, {"class": "touch"})
        middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
        _card(spot, link_card(link), middle, size)
    for record in explanation.records:
        if record.name in layout.places:
            spot = SubElement(svg, "g", {"class": "spot"})
            place = layout.places[record.name]
            _rectangle(spot, place, layout.widths[record.name], {"class": "touch"})
            lines = [wording.shown(record.name), *map(wording.value_text, record.values)]
            _card(spot, lines, place, size)


def link_card(link: Link) -> list[str]:
    """What a link's card says."""
    facts = [wording.value_text(value) for value in link.values]
    names = f"{wording.shown(link.record)} - {wording.shown(link.linked_to)}"
    lines = [names, f"by {wording.rule_text(link)}", *facts, wording.sharing_text(link)]
    return [line for line in [*lines, wording.support_text(link)] if line]


def _card(spot: Element, lines: Sequence[str], place: Place, size: Place) -> None:
    width = max(len(line) for line in lines) * _CARD_CHARACTER + 20
    height = len(lines) * _CARD_LINE + 14
    # Below what it belongs to, and inside the drawing as far as it fits.
    x = max(4.0, min(place[0] - width / 2, size[0] - width - 4))
    below = place[1] + HEIGHT / 2 + 4
    y = below if below + height <= size[1] else place[1] - HEIGHT / 2 - 4 - height
    card = SubElement(spot, "g", {"class": "card"})
    corner = {"x": f"{x:.1f}", "y": f"{y:.1f}"}
    shape = {"width": f"{width:.1f}", "height": f"{height:.1f}", "rx": "6"}
    SubElement(card, "rect", corner | shape)
    for number, line in enumerate(lines):
        at = {"x": f"{x + 10:.1f}", "y": f"{y + 19 + number * _CARD_LINE:.1f}"}
        SubElement(card, "text", at | ({"class": "title"} if number == 0 else {})).text = line
