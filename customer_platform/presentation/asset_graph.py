"""The asset graph as a picture: a column for each group, the data going from left to right."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

_COLOURS = {
    "sources": ("#eef2ff", "#4f43dd"),
    "staging": ("#ecfdf5", "#0f766e"),
    "identity": ("#fff7ed", "#c2410c"),
    "master": ("#fdf2f8", "#be185d"),
    "published": ("#f0f9ff", "#0369a1"),
}
_OTHER = ("#f8fafc", "#475569")

_BOX_WIDTH, _BOX_HEIGHT, _ROW = 206, 24, 34
_COLUMN, _TOP, _MARGIN = 296, 44, 12
_WIDEST_ARC = 56


@dataclass(frozen=True)
class DrawnAsset:
    """An asset of the picture.

    Attributes:
        name: Its name without the group.
        group: Its group.
        parents: Keys of the assets that it is made from.
    """

    name: str
    group: str
    parents: frozenset[str]


def asset_graph_svg(assets: Mapping[str, DrawnAsset]) -> str:
    """Draws the assets.

    Args:
        assets: The assets by key. A parent that is none of them is left out.

    Returns:
        An SVG picture, the same for the same assets.
    """
    groups = _groups(assets)
    places = {
        key: (column, row)
        for column, group in enumerate(groups)
        for row, key in enumerate(_in_order(assets, group))
    }
    rows = max((row for _, row in places.values()), default=0) + 1
    width = _MARGIN * 2 + _COLUMN * (len(groups) - 1) + _BOX_WIDTH + _WIDEST_ARC
    height = _TOP + rows * _ROW + _MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        'font-family="ui-monospace, Menlo, Consolas, monospace" font-size="11">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
        *(_column(group, column, height) for column, group in enumerate(groups)),
        *(
            _edge(places[parent], places[key])
            for key, asset in sorted(assets.items())
            for parent in sorted(asset.parents & set(assets))
        ),
        *(_box(assets[key], *place) for key, place in places.items()),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _groups(assets: Mapping[str, DrawnAsset]) -> Sequence[str]:
    """The groups, the known ones in the data's order."""
    present = {asset.group for asset in assets.values()}
    known = [group for group in _COLOURS if group in present]
    return [*known, *sorted(present - set(known))]


def _in_order(assets: Mapping[str, DrawnAsset], group: str) -> Sequence[str]:
    """The assets of a group: each below those of the same group that it is made from."""
    members = {key for key, asset in assets.items() if asset.group == group}
    depths: dict[str, int] = {}

    def depth(key: str) -> int:
        if key not in depths:
            inside = assets[key].parents & members - {key}
            depths[key] = 1 + max((depth(parent) for parent in inside), default=-1)
        return depths[key]

    return sorted(members, key=lambda key: (depth(key), assets[key].name))


def _column(group: str, column: int, height: int) -> str:
    fill, colour = _COLOURS.get(group, _OTHER)
    left = _MARGIN + column * _COLUMN
    return (
        f'<rect x="{left - 6}" y="8" width="{_BOX_WIDTH + 12}" height="{height - 16}" rx="8" '
        f'fill="{fill}"/><text x="{left + 4}" y="28" font-weight="bold" fill="{colour}">'
        f"{escape(group)}</text>"
    )


def _edge(parent: tuple[int, int], child: tuple[int, int]) -> str:
    """A curve from the right of the parent to the left of the child, or around within a group."""
    start_x, start_y = _MARGIN + parent[0] * _COLUMN + _BOX_WIDTH, _middle(parent[1])
    end_y = _middle(child[1])
    if parent[0] == child[0]:
        bulge = min(_WIDEST_ARC, 12 + 5 * abs(child[1] - parent[1]))
        path = (
            f"M{start_x},{start_y} C{start_x + bulge},{start_y} {start_x + bulge},{end_y} "
            f"{start_x},{end_y}"
        )
    else:
        end_x = _MARGIN + child[0] * _COLUMN
        bend = min(90, (end_x - start_x) // 2)
        path = (
            f"M{start_x},{start_y} C{start_x + bend},{start_y} {end_x - bend},{end_y} "
            f"{end_x},{end_y}"
        )
    return f'<path d="{path}" fill="none" stroke="#94a3b8" stroke-width="1"/>'


def _box(asset: DrawnAsset, column: int, row: int) -> str:
    _, colour = _COLOURS.get(asset.group, _OTHER)
    left, top = _MARGIN + column * _COLUMN, _middle(row) - _BOX_HEIGHT // 2
    # A longer name is drawn narrower rather than over the edge of its box.
    fitted = (
        f' textLength="{_BOX_WIDTH - 16}" lengthAdjust="spacingAndGlyphs"'
        if len(asset.name) > 28
        else ""
    )
    return (
        f'<rect x="{left}" y="{top}" width="{_BOX_WIDTH}" height="{_BOX_HEIGHT}" rx="5" '
        f'fill="white" stroke="{colour}"/>'
        f'<text x="{left + 8}" y="{top + 16}" fill="#0f172a"{fitted}>{escape(asset.name)}</text>'
    )


def _middle(row: int) -> int:
    return _TOP + row * _ROW + _BOX_HEIGHT // 2
