from xml.etree import ElementTree

from customer_platform.environment import Environment
from customer_platform.presentation.asset_graph import DrawnAsset, asset_graph_svg
from customer_platform.project import REPOSITORY

_ASSETS = {
    "raw/shop": DrawnAsset("shop", "sources", frozenset()),
    "master/totals": DrawnAsset("totals", "master", frozenset({"master/lines"})),
    "master/lines": DrawnAsset("lines", "master", frozenset({"raw/shop", "raw/elsewhere"})),
    "other/a<b": DrawnAsset("a<b", "other", frozenset({"master/totals"})),
}


def _texts(svg: str) -> dict[str, tuple[float, float]]:
    root = ElementTree.fromstring(svg)
    return {
        text.text or "": (float(text.get("x", 0)), float(text.get("y", 0)))
        for text in root.iter("{http://www.w3.org/2000/svg}text")
    }


def test_groups_are_columns_in_the_order_of_the_data_and_others_come_last() -> None:
    texts = _texts(asset_graph_svg(_ASSETS))
    columns = [texts[name][0] for name in ("sources", "master", "other")]
    assert columns == sorted(columns)
    assert texts["shop"][0] < texts["lines"][0] < texts["a<b"][0]


def test_within_a_group_an_asset_is_below_what_it_is_made_from() -> None:
    texts = _texts(asset_graph_svg(_ASSETS))
    assert texts["lines"][1] < texts["totals"][1]


def test_there_is_a_line_for_every_dependency_that_is_drawn() -> None:
    assert asset_graph_svg(_ASSETS).count("<path") == 3


def test_the_same_assets_in_another_order_are_the_same_picture() -> None:
    assert asset_graph_svg(dict(reversed(_ASSETS.items()))) == asset_graph_svg(_ASSETS)


def test_the_picture_in_the_docs_shows_the_assets_there_are(prepared: Environment) -> None:
    from customer_platform.definitions import defs

    drawn = set(_texts((REPOSITORY / "docs" / "asset-graph.svg").read_text()))
    specs = defs.resolve_all_asset_specs()
    assets = {spec.key.path[-1] for spec in specs if spec.group_name != "privacy"}
    assert drawn - set(["sources", "staging", "identity", "master", "published"]) == assets
