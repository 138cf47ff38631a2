"""The page: self-contained, safe, and with everything that there is to see."""

import re
from html.parser import HTMLParser
from itertools import combinations

import duckdb

from customer_platform.identity.store import IdentityStore
from customer_platform.stewardship.explain import (
    Explanation,
    RecordName,
    explain_customer,
    explain_pair,
    html,
)
from customer_platform.stewardship.explain.layout import HEIGHT, MOST_DRAWN, lay_out
from customer_platform_tests.stewardship.explain.warehouse import (
    RECORDS,
    TABLES,
    make_rules,
    write_map,
    write_records,
    write_refused,
    write_two_lobes,
)

Connection = duckdb.DuckDBPyConnection
HOSTILE = """<script>alert('1')</script>"><img src=x onerror="alert(2)">&amp;"""


class Page(HTMLParser):
    """Tags with their attributes, and the text; apart, the text of the marked table row."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.marked_row: list[str] = []
        self._is_in_marked_row = False
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "tr":
            self._is_in_marked_row = dict(attrs).get("class") == "weakest"

    def handle_data(self, data: str) -> None:
        self.words.append(data)
        if self._is_in_marked_row:
            self.marked_row.append(data)

    def count(self, tag: str, css_class: str) -> int:
        return sum(
            name == tag and css_class in (attributes.get("class") or "").split()
            for name, attributes in self.tags
        )


def explained(connection: Connection, customer_id: str = "c_1") -> Explanation:
    return explain_customer(IdentityStore(connection, RECORDS, make_rules(), TABLES), customer_id)


def test_every_record_and_link_is_drawn_and_listed(connection: Connection) -> None:
    write_two_lobes(connection)
    page = Page(html.render(explained(connection)))
    assert page.count("rect", "box") == 7
    assert page.count("rect", "founding") == 1
    assert page.count("line", "link") == 5
    assert page.count("line", "weakest") == 1
    assert page.count("tr", "weakest") == 1
    assert page.marked_row[:3] == ["crm:5", "crm:4", "phone"]
    assert "Links" in page.words
    assert "nothing else joins 4 + 3" in page.words


def test_hovering_a_record_or_a_link_shows_its_values(connection: Connection) -> None:
    write_two_lobes(connection)
    page = Page(html.render(explained(connection)))
    assert page.count("g", "card") == 7 + 6
    assert page.words.count("phone = +31612345678") == 2 + 1 + 1, "two records, link and table"
    assert any(".spot:hover .card { visibility: visible; }" in words for words in page.words)


def test_the_page_loads_and_runs_nothing(connection: Connection) -> None:
    write_two_lobes(connection)
    markup = html.render(explained(connection))
    loading = {"src", "href", "srcset", "data", "action", "poster", "xlink:href"}
    for tag, attributes in Page(markup).tags:
        assert tag not in {"script", "link", "iframe", "object", "embed", "img", "base"}
        assert not loading & set(attributes)
        assert not any(name.startswith("on") for name in attributes)
    assert not re.search(r"https?:|//|url\(|@import", markup)
    assert "default-src 'none'; style-src 'unsafe-inline'" in markup


def test_the_record_where_two_ways_meet_is_not_taken_for_the_founding_one(
    connection: Connection,
) -> None:
    write_two_lobes(connection)
    names = RecordName("crm", "6"), RecordName("crm", "7")
    page = Page(
        html.render(explain_pair(IdentityStore(connection, RECORDS, make_rules(), TABLES), *names))
    )
    assert (page.count("rect", "box"), page.count("rect", "founding")) == (3, 0)
    assert page.count("rect", "asked") == 2


def test_hostile_values_names_and_reasons_stay_text(connection: Connection) -> None:
    write_records(connection, **{HOSTILE: {"email": HOSTILE}, "b": {"email": HOSTILE}})
    write_map(connection, HOSTILE, "b", (HOSTILE, "b", "email"))
    write_refused(
        connection,
        ("phone", HOSTILE, HOSTILE, HOSTILE, HOSTILE, f"limit {HOSTILE}", HOSTILE, HOSTILE),
    )
    markup = html.render(explained(connection, HOSTILE))
    page = Page(markup)
    assert {tag for tag, _ in page.tags}.isdisjoint({"script", "img"})
    assert "email = <script>alert('1')</script>" in "".join(page.words)
    assert not any(name.startswith("on") for _, attributes in page.tags for name in attributes)


def test_values_are_masked_everywhere(connection: Connection) -> None:
    write_two_lobes(connection)
    markup = html.render(explained(connection), lambda column, value: f"{column}?")
    assert "example.com" not in markup
    assert "+31612345678" not in markup
    assert "email = email_key?" in markup


def test_a_refused_link_between_two_customers_is_drawn(connection: Connection) -> None:
    write_records(connection, a={"phone": "p", "card": "1"}, b={"phone": "p", "card": "2"})
    write_map(connection, "c_1", "a")
    write_map(connection, "c_2", "b")
    write_refused(connection, ("phone", "a", "c_1", "b", "c_2", "limit card", "1", "2"))
    names = RecordName("crm", "a"), RecordName("crm", "b")
    page = Page(
        html.render(explain_pair(IdentityStore(connection, RECORDS, make_rules(), TABLES), *names))
    )
    assert page.count("line", "refused") == 1
    assert page.count("rect", "asked") == page.count("rect", "founding") == 2
    assert "needs card equal (1 | 2)" in page.words


def write_star(connection: Connection, records: int, prefix: str = "") -> None:
    write_records(connection)
    connection.execute(
        f"insert into {RECORDS} select 'crm', $2 || i, null, 'e', null, null "
        "from range($1) as t(i)",
        [records, prefix],
    )
    write_map(connection, "c_1", f"{prefix}0")
    connection.execute(
        "insert into identity.customer_id_map select 'crm', $2 || i, 'c_1', 'email', 'crm', "
        "$2 || '0', timestamp '2026-01-02', null from range(1, $1) as t(i)",
        [records, prefix],
    )


def test_no_two_boxes_overlap_and_none_leaves_the_drawing(connection: Connection) -> None:
    write_star(connection, 40, prefix="a-rather-long-record-id-")
    layout = lay_out(explained(connection))
    assert len(layout.places) == 40
    for left, right in combinations(layout.places, 2):
        across = abs(layout.places[left][0] - layout.places[right][0])
        down = abs(layout.places[left][1] - layout.places[right][1])
        apart = across >= (layout.widths[left] + layout.widths[right]) / 2 or down >= HEIGHT
        assert apart, f"{left} covers {right}"
    for name, (x, y) in layout.places.items():
        assert layout.widths[name] / 2 <= x <= layout.size[0] - layout.widths[name] / 2
        assert HEIGHT / 2 <= y <= layout.size[1] - HEIGHT / 2


def test_of_very_many_records_those_close_to_the_weakest_link_are_drawn(
    connection: Connection,
) -> None:
    write_star(connection, MOST_DRAWN + 30)
    explanation = explained(connection)
    markup = html.render(explanation)
    assert Page(markup).count("rect", "box") == MOST_DRAWN
    assert "30 records farther from the weakest link aren't drawn" in markup
    assert explanation.weakest is not None
    drawn = lay_out(explanation).places
    assert {explanation.weakest.record, explanation.weakest.linked_to} <= set(drawn)


def test_a_single_record_is_drawn(connection: Connection) -> None:
    write_records(connection, a={})
    write_map(connection, "c_1", "a")
    assert Page(html.render(explained(connection))).count("rect", "box") == 1


def test_the_page_of_the_same_explanation_is_the_same(connection: Connection) -> None:
    write_two_lobes(connection)
    assert html.render(explained(connection)) == html.render(explained(connection))
