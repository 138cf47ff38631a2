"""Whoever was erased is gone as if they had never been there, whatever happens before and after."""

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from customer_platform.environment import Environment
from customer_platform_tests.support.company import company_in
from customer_platform_tests.support.company_state import everything_of, never_had
from customer_platform_tests.support.erasure_lives import History
from customer_platform_tests.support.examples import examples
from customer_platform_tests.support.people import PEOPLE

_SEEDS = st.integers(0, 1_000_000)
_DAYS = st.integers(0, 3)
_PEOPLE = st.integers(0, 5)
_RULES = [None, "loyalty_card", "email", "phone_and_name", "name_and_address"]
_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("deliver"), _SEEDS),
        st.tuples(st.just("correct"), _DAYS, _SEEDS),
        st.tuples(st.just("deliver_late"), _DAYS, _SEEDS),
        st.tuples(st.just("redeliver"), _DAYS),
        st.tuples(
            st.just("decide"),
            st.sampled_from(["same", "different"]),
            st.integers(0, 2),
            st.integers(3, 5),
        ),
        st.tuples(st.just("split"), _PEOPLE),
        st.tuples(st.just("merge"), _PEOPLE, _PEOPLE),
        st.tuples(st.just("part")),
        st.tuples(st.just("change_rules"), st.sampled_from(_RULES)),
        st.tuples(st.just("ask"), st.integers(0, 3)),
        st.tuples(st.just("suppress"), _PEOPLE),
        st.tuples(st.just("unsuppress")),
        st.tuples(st.just("run"), st.one_of(st.none(), st.integers(1, 40))),
        st.tuples(st.just("rebuild")),
        st.tuples(st.just("lose")),
    ),
    min_size=2,
    max_size=7,
)


@examples(2)
@given(steps=_STEPS, asked=st.integers(0, 3), cut_off=st.one_of(st.none(), st.integers(1, 40)))
def test_a_history_leaves_what_it_leaves_where_nobody_of_them_ever_was(
    prepared: Environment,
    empty: Path,
    steps: list[tuple[Any, ...]],
    asked: int,
    cut_off: int | None,
) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        company_in(Path(folder) / "lived" / "home", prepared, empty) as company,
    ):
        history = History(company)
        half = len(steps) // 2
        history.live([*steps[:half], ("ask", asked), ("run", cut_off), *steps[half:]])
        assert history.prove() == []
        left = everything_of(company)
        never = never_had(history, prepared, empty, Path(folder) / "twin" / "home")
    for name, rows in never.items():
        assert left[name] == rows, name


def test_what_a_family_delivers_later_is_not_taken_for_the_erased(
    prepared: Environment, empty: Path, tmp_path: Path
) -> None:
    with company_in(tmp_path / "home", prepared, empty) as company:
        history = History(company)
        days = [("deliver", seed) for seed in (0, 0, 1, 542, 0)]
        # Somebody of the same name and phone is taken for her, and subscribes under another email.
        history.live([*days[:3], ("ask", 1), ("run",), *days[3:]])
        assert history.prove() == []
        subscribers = company.rows("select subscriber_id from raw.newsletter__subscribers")
    assert (PEOPLE[0].subscriber,) in subscribers
    assert (PEOPLE[1].subscriber,) not in subscribers
