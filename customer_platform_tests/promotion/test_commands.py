"""What the commands that promote a change ask for."""

import pytest
from click.testing import CliRunner

from customer_platform.cli import main


@pytest.mark.parametrize("command", [("plan",), ("approve", "plan.json"), ("apply", "plan.json")])
@pytest.mark.parametrize("name", ["", " "])
def test_a_variable_that_is_not_set_does_not_pass_for_a_name(
    command: tuple[str, ...], name: str
) -> None:
    told = CliRunner().invoke(main, [*command, "--by", name])
    assert told.exit_code == 2
    assert "the name is empty" in told.output
