"""A key of a long history: the days asked for are looked up in it."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from customer_platform_tests.dbt.project import Project
from customer_platform_tests.support.masters_life import FIRST, FOURTH, SECOND, THIRD, days, event

TEST = "unique_over_days_stg_web__events_event_id"


@pytest.fixture(scope="module")
def web() -> Iterator[Project]:
    """Events of which one came on the first and the third day, another on the second twice."""
    with tempfile.TemporaryDirectory() as folder:
        project = Project(Path(folder))
        project.insert(
            "raw.web__events",
            event(FIRST, "e1", "a"), event(THIRD, "e1", "a"),
            event(SECOND, "e2", "b"), event(SECOND, "e2", "b"),
            event(FOURTH, "e4", "c"),
        )  # fmt: skip
        project.dbt("run", "--select", "stg_web__events")
        yield project


@pytest.mark.parametrize(
    ("first", "last", "found"),
    [(FIRST, FIRST, 1), (THIRD, FOURTH, 1), (FIRST, SECOND, 2), (FIRST, THIRD, 2),
     (FOURTH, FOURTH, 0)],
)  # fmt: skip
def test_an_event_of_the_days_asked_for_that_came_before_or_twice_is_found(
    web: Project, first: str, last: str, found: int
) -> None:
    said = web.dbt("test", "--select", TEST, variables=days(first, last))
    assert said == (
        f"{TEST}: Got {found} result{'s' * (found > 1)}, configured to fail if != 0"
        if found
        else ""
    )


def test_without_days_all_are_looked_at(web: Project) -> None:
    assert "Got 2 results" in web.dbt("test", "--select", TEST)
