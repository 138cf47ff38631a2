"""Draws docs/asset-graph.svg from the definitions: python docs/draw_asset_graph.py."""

import html
from collections import defaultdict
from pathlib import Path

import dagster as dg

GROUPS = {
    "sources": ("#eef2ff", "#4f43dd"),
    "staging": ("#ecfdf5", "#0f766e"),
    "identity": ("#fff7ed", "#c2410c"),
    "master": ("#fdf2f8", "#be185d"),
    "published": ("#f0f9ff", "#0369a1"),
}
WIDTH, HEIGHT, ROW, GAP, MARGIN, TOP = 196, 26, 38, 62, 18, 46

Keys = dict[dg.AssetKey, list[dg.AssetKey]]


def columns(parents: Keys) -> dict[dg.AssetKey, tuple[str, int]]:
    """Per asset its group, and its depth inside the group."""
    groups = {"raw": "sources"}

    def depth(key: dg.AssetKey) -> int:
        inside = [parent for parent in parents[key] if parent.path[0] == key.path[0]]
        return 1 + max(map(depth, inside)) if inside else 0

    return {key: (groups.get(key.path[0], key.path[0]), depth(key)) for key in parents}


def draw(parents: Keys) -> str:
    """The graph as SVG: a column per group and depth, from left to right."""
    placed = columns(parents)
    order = sorted(set(placed.values()), key=lambda column: (list(GROUPS).index(column[0]), column))
    stacks: dict[tuple[str, int], list[dg.AssetKey]] = defaultdict(list)
    for key in sorted(parents):
        stacks[placed[key]].append(key)
    tallest = max(map(len, stacks.values()))
    corners = {
        key: (
            MARGIN + order.index(column) * (WIDTH + GAP),
            TOP + (tallest - len(stack)) * ROW / 2 + row * ROW,
        )
        for column, stack in stacks.items()
        for row, key in enumerate(stack)
    }
    width = MARGIN * 2 + len(order) * (WIDTH + GAP) - GAP
    height = TOP + tallest * ROW + MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'font-family="ui-monospace, Menlo, Consolas, monospace" font-size="11">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
    ]
    for group, (fill, stroke) in GROUPS.items():
        own = [order.index(column) for column in order if column[0] == group]
        left = MARGIN / 2 + own[0] * (WIDTH + GAP)
        span = len(own) * (WIDTH + GAP) - GAP + MARGIN
        parts.append(
            f'<rect x="{left}" y="8" width="{span}" height="{height - 16}" rx="8" fill="{fill}"/>'
            f'<text x="{left + 9}" y="28" font-weight="bold" fill="{stroke}">{group}</text>'
        )
    for key, above in parents.items():
        x, y = corners[key]
        for parent in above:
            px, py = corners[parent]
            middle = (px + WIDTH + x) / 2
            parts.append(
                f'<path d="M{px + WIDTH},{py + HEIGHT / 2} C{middle},{py + HEIGHT / 2} '
                f'{middle},{y + HEIGHT / 2} {x},{y + HEIGHT / 2}" fill="none" '
                f'stroke="#94a3b8" stroke-width="1"/>'
            )
    for key, (x, y) in corners.items():
        stroke = GROUPS[placed[key][0]][1]
        parts.append(
            f'<rect x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="5" fill="white" '
            f'stroke="{stroke}"/><text x="{x + WIDTH / 2}" y="{y + 17}" text-anchor="middle" '
            f'fill="#0f172a">{html.escape(key.path[-1])}</text>'
        )
    return "\n".join([*parts, "</svg>\n"])


if __name__ == "__main__":
    from customer_platform.definitions import defs

    graph = defs.resolve_asset_graph()
    edges = {key: sorted(graph.get(key).parent_keys) for key in sorted(graph.get_all_asset_keys())}
    Path(__file__).with_name("asset-graph.svg").write_text(draw(edges))
