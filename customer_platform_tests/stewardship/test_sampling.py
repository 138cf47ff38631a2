import duckdb
import pytest

from customer_platform.identity.store import IdentityStore
from customer_platform.stewardship.sampling import (
    Precision,
    read_candidates,
    sampled_links,
    wilson_interval,
)
from customer_platform_tests.identity.helpers import OUTPUT, make_rules, run

RULES = make_rules(("email", ["email"]), ("phone", ["phone"]))
ROWS = [("s", f"r{number}", f"{number // 2}@x", f"{number % 8}") for number in range(40)]


def test_links_of_every_rule_are_drawn_and_always_the_same(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    run(connection, ROWS, RULES)
    store = IdentityStore(connection, "records", RULES, OUTPUT)
    drawn = sampled_links(store, most=3)
    assert [each.rule for each in drawn] == ["email", "phone"] * 3
    assert drawn == sampled_links(store, most=3)
    assert len({each.pair for each in sampled_links(store)}) == 36
    # Without a queue, links are all there is to decide on.
    assert read_candidates(store) == sampled_links(store)


@pytest.mark.parametrize(
    ("found", "of", "interval"),
    # As R's prop.test(correct = FALSE) and statsmodels have it.
    [(81, 263, (0.2553, 0.3662)), (0, 20, (0.0, 0.1611)), (20, 20, (0.8389, 1.0))],
)
def test_an_interval_holds_also_at_its_ends(
    found: int, of: int, interval: tuple[float, float]
) -> None:
    assert wilson_interval(found, of) == pytest.approx(interval, abs=1e-4)


def test_without_a_decision_nothing_is_claimed() -> None:
    assert (Precision("email", 0, 0).share, Precision("email", 0, 0).interval) == (None, None)
