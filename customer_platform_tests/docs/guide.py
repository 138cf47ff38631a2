"""Takes a guide step by step: writes its files, runs its commands, and sees what they say.

A file is a fenced block under its path in bold; a block of `bash` is run; a block of `text` behind
one is what its output ends with.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from customer_platform.project import REPOSITORY

_BLOCK = re.compile(
    r"(?:^\*\*`(?P<path>[^`\n]+)`\*\*\n\n)?^```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.M | re.S
)


@dataclass(frozen=True)
class Block:
    """A fenced block.

    Attributes:
        kind: Its language.
        text: What is in it.
        path: Where it is to be written, None where it is no file.
        line: The line of the guide that it begins on.
    """

    kind: str
    text: str
    path: str | None
    line: int


def sections(guide: str) -> dict[str, list[Block]]:
    """The blocks of a guide under its headings of the second level."""
    parts = re.split(r"^## (.*)$", guide, flags=re.M)
    found, before = {}, parts[0].count("\n")
    for heading, body in zip(parts[1::2], parts[2::2], strict=True):
        found[heading] = list(_blocks(body, before))
        before += body.count("\n")
    return found


def _blocks(body: str, before: int) -> Iterator[Block]:
    for match in _BLOCK.finditer(body):
        line = before + body[: match.start("kind")].count("\n") + 1
        yield Block(match["kind"], match["text"], match["path"], line)


def follow(
    blocks: list[Block],
    project: Path,
    variables: Mapping[str, str],
) -> str:
    """Take the steps of a section in a project; returns all that its commands say.

    Args:
        blocks: The blocks of the section, in order.
        project: The folder in which the guide is read.
        variables: The environment variables of the reader's shell.

    Raises:
        AssertionError: A file is there already, a command fails, or says something else.
    """
    shell, output, said = dict(variables), "", ""
    for block in blocks:
        if block.path is not None:
            path = project / block.path
            assert not path.exists(), f"line {block.line}: {block.path} is there already"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text)
        elif block.kind == "bash":
            output, shell = _run(block, project, shell)
            said += output
        else:
            assert block.kind == "text", f"line {block.line}: a block of {block.kind} without path"
            assert output.endswith(block.text), f"line {block.line}: it said\n{output}"
    return said


def _run(block: Block, project: Path, shell: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """What a block of commands says, and the environment that it leaves behind."""
    left = project.parent / "environment"
    result = subprocess.run(
        ["bash", "-euc", f"{block.text}\nenv --null > '{left}'"],
        cwd=project, env=shell, capture_output=True, text=True,
    )  # fmt: skip
    assert result.returncode == 0, f"line {block.line}: {result.stdout}{result.stderr}"
    entries = left.read_text().split("\0")
    return result.stdout, dict(entry.split("=", 1) for entry in entries if entry)


def reader_variables(project: Path) -> dict[str, str]:
    """The environment of a reader who has cloned the project and set nothing."""
    ours = ("CUSTOMER_PLATFORM_", "DAGSTER_", "DBT_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return kept | {"PYTHONPATH": str(project)}


def cloned_project(folder: Path) -> Path:
    """A copy of the project in a folder, as somebody has it who has just installed it."""
    root = folder / "project"
    shutil.copytree(REPOSITORY / "dbt", root / "dbt")
    # The kernels beside which numba keeps what it has compiled, for seconds, are not copied.
    engine = REPOSITORY / "customer_platform" / "identity"
    shutil.copytree(
        REPOSITORY / "customer_platform",
        root / "customer_platform",
        ignore=lambda folder, names: ["identity"] if Path(folder) == engine.parent else [],
    )
    (root / "customer_platform" / "identity").symlink_to(engine)
    for file in ("pyproject.toml", "workspace.yaml"):
        shutil.copy(REPOSITORY / file, root)
    (root / ".venv").symlink_to(sys.prefix)
    return root
