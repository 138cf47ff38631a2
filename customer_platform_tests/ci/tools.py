"""Stands in for the programs by which steps talk to their service: records, and answers.

Run as a script, in steps: it knows the options that the examples use, and refuses others.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

FOLDER = "CI_TOOLS"


def _folder() -> Path:
    return Path(os.environ[FOLDER])


def _record(program: str, arguments: list[str], **more: Any) -> None:
    call = {"program": program, "arguments": arguments, **more}
    with (_folder() / "calls.jsonl").open("a") as file:
        file.write(json.dumps(call) + "\n")


def _answer(address: str) -> Any:
    """What the service answers at an address."""
    known = json.loads((_folder() / "answers.json").read_text())
    for end, answer in known.items():
        if address.endswith(end):
            return answer
    sys.exit(f"404 {address}")


def _gh(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser("gh", allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", required=True)
    api = commands.add_parser("api", allow_abbrev=False)
    api.add_argument("address")
    api.add_argument("--jq", required=True)
    comment = commands.add_parser("pr", allow_abbrev=False)
    comment.add_argument("comment", choices=["comment"])
    comment.add_argument("number")
    comment.add_argument("--edit-last", action="store_true")
    comment.add_argument("--create-if-none", action="store_true")
    comment.add_argument("--body-file", required=True, type=Path)
    given = parser.parse_args(arguments)
    if os.environ.get("GH_TOKEN") != "secret":
        sys.exit("gh: set GH_TOKEN")
    if given.command == "pr":
        _record("gh", arguments, body=given.body_file.read_text())
        return 0
    answer = json.dumps(_answer(given.address))
    return subprocess.run(["jq", "-r", given.jq], input=answer, text=True).returncode


def _curl(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser("curl", allow_abbrev=False)
    parser.add_argument("address")
    for option in ("--fail", "--silent", "--show-error"):
        parser.add_argument(option, action="store_true")
    parser.add_argument("--header", action="append", default=[])
    parser.add_argument("--output", type=Path)
    parser.add_argument("--data-urlencode")
    parser.add_argument("--data")
    given = parser.parse_args(arguments)
    if not any(header.endswith("secret") for header in given.header):
        sys.exit("curl: (22) The requested URL returned error: 401")
    body = None
    if given.data_urlencode:
        field, _, file = given.data_urlencode.partition("@")
        assert field == "body"
        body = Path(file).read_text()
    elif given.data:
        assert given.data.startswith("@")
        body = json.loads(Path(given.data[1:]).read_text())["content"]["raw"]
    answer = json.dumps(_answer(given.address))
    if body is not None:
        _record("curl", arguments, body=body)
    if given.output:
        given.output.write_text(answer)
    else:
        print(answer)
    return 0


def _gcloud(arguments: list[str]) -> int:
    machine = _folder() / "machine"
    match arguments:
        case ["compute", "ssh", "customer-platform", "--tunnel-through-iap", command]:
            assert command.startswith("--command=")
            command = command.removeprefix("--command=")
            return subprocess.run(["bash", "-c", command], cwd=machine).returncode
        case ["compute", "scp", "--recurse", "--tunnel-through-iap", ".", target]:
            name, _, path = target.partition(":")
            assert name == "customer-platform"
            assert (machine / path).parent.is_dir()
            shutil.copytree(".", machine / path, symlinks=True, dirs_exist_ok=True)
        case ["builds", "describe", build, "--region=global", form]:
            found = _answer(f"builds/{build}")
            for key in form.removeprefix("--format=value(").removesuffix(")").split("."):
                found = found.get(key, {})
            print(found or "")
        case _:
            sys.exit(f"gcloud: unknown: {arguments}")
    return 0


def _customer_platform(arguments: list[str]) -> int:
    """The platform, where a test only looks at what it is asked to do."""
    environment = os.environ.get("CUSTOMER_PLATFORM_ENVIRONMENT", "development")
    _record("customer-platform", arguments, environment=environment)
    if arguments[0] in ("approve", "apply") and not Path(arguments[1]).is_file():
        sys.exit(f"there is no plan {arguments[1]}")
    written = {"--markdown": f"# Plan\n\n{arguments}\n", "--json": json.dumps(arguments)}
    for option, text in written.items():
        if option in arguments:
            Path(arguments[arguments.index(option) + 1]).write_text(text)
    codes: dict[str, int] = _answer("exit codes")
    return codes.get(arguments[0], 0)


PROGRAMS: dict[str, Callable[[list[str]], int]] = {
    "gh": _gh,
    "curl": _curl,
    "gcloud": _gcloud,
    "customer-platform": _customer_platform,
}

if __name__ == "__main__":
    sys.exit(PROGRAMS[sys.argv[1]](sys.argv[2:]))
