"""What the commands that promote a change ask for."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from customer_platform.cli import main
from customer_platform.new_project import create_project


@pytest.mark.parametrize(
    ("command", "code"),
    [(("plan",), 3), (("approve", "plan.json"), 2), (("apply", "plan.json"), 2)],
)
@pytest.mark.parametrize("name", ["", " "])
def test_a_variable_that_is_not_set_does_not_pass_for_a_name(
    command: tuple[str, ...], code: int, name: str
) -> None:
    told = CliRunner().invoke(main, [*command, "--by", name])
    assert told.exit_code == code
    assert "the name is empty" in told.output


def test_what_is_no_plan_does_not_look_like_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """1 says that something changes, and 2 that it breaks."""
    create_project(tmp_path / "shop", "retail")
    monkeypatch.chdir(tmp_path / "shop")
    for arguments in (["--against", "nowhere"], ["--against", str(tmp_path)], ["--days", "0"]):
        assert CliRunner().invoke(main, ["plan", *arguments]).exit_code == 3
