from concurrent.futures import ThreadPoolExecutor

from customer_platform.stewardship.decisions_store.serving import lease_pair, skip_pair
from customer_platform.stewardship.decisions_store.store import DecisionStore, NewDecision
from customer_platform.stewardship.explain.model import RecordName
from customer_platform_tests.stewardship.decisions_store.conftest import Clock

PAIRS = [(RecordName("crm", f"{number}a"), RecordName("crm", f"{number}b")) for number in range(9)]


def test_stewards_get_pairs_of_their_own_and_keep_them(store: DecisionStore) -> None:
    assert lease_pair(store, PAIRS, "eva", "Eva") == PAIRS[0]
    assert lease_pair(store, PAIRS, "tom", "Tom") == PAIRS[1]
    assert lease_pair(store, PAIRS, "eva", "Eva") == PAIRS[0]


def test_stewards_who_ask_at_one_moment_never_get_the_same_pair(store: DecisionStore) -> None:
    store.comment(RecordName("crm", "1"), "Eva", "makes the tables")
    names = [f"steward {number}" for number in range(8)]
    with ThreadPoolExecutor(8) as threads:
        given = list(threads.map(lambda name: lease_pair(store, PAIRS, name, name), names))
    assert len({*given}) == 8


def test_a_lease_ends(store: DecisionStore, clock: Clock) -> None:
    lease_pair(store, PAIRS, "eva", "Eva")
    clock.passes(minutes=9)
    assert lease_pair(store, PAIRS[:1], "tom", "Tom") is None
    clock.passes(minutes=2)
    assert lease_pair(store, PAIRS[:1], "tom", "Tom") == PAIRS[0]


def test_what_is_decided_is_not_given_again_until_it_is_withdrawn(store: DecisionStore) -> None:
    [made] = store.decide([NewDecision("same", PAIRS[0][1], PAIRS[0][0], "")], "Eva")
    assert lease_pair(store, PAIRS, "eva", "Eva") == PAIRS[1]
    store.withdraw(made.number, "Eva", "")
    assert lease_pair(store, PAIRS[:1], "tom", "Tom") == PAIRS[0]


def test_a_skipped_pair_is_for_others_until_the_skip_is_taken_back(store: DecisionStore) -> None:
    skip_pair(store, PAIRS[0], "Eva")
    assert lease_pair(store, PAIRS[:1], "eva", "Eva") is None
    assert lease_pair(store, PAIRS[:1], "tom", "Tom") == PAIRS[0]
    skip_pair(store, PAIRS[0], "Eva", take_back=True)
    assert lease_pair(store, PAIRS[:1], "tom", "Tom") == PAIRS[0]
    assert lease_pair(store, [], "tom", "Tom") is None
    assert lease_pair(store, PAIRS[:1], "eva", "Eva") == PAIRS[0]
