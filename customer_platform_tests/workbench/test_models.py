"""The pages of every entity of every business model, on the demos."""

import os

import pytest

from customer_platform_tests.support.demos import BuiltDemo
from customer_platform_tests.support.looked_at import AS_WANTED, look_at_workbench


@pytest.mark.parametrize(
    ("model", "paths"),
    [
        ("retail", {"customers"}),
        ("marketplace", {"buyers", "sellers", "parties"}),
        ("b2b", {"accounts", "contacts"}),
    ],
)
def test_every_entity_is_found_shown_and_matched(
    model: str, paths: set[str], request: pytest.FixtureRequest
) -> None:
    demo: BuiltDemo = request.getfixturevalue(model)
    assert look_at_workbench(os.environ | demo.variables) == dict.fromkeys(paths, AS_WANTED)
