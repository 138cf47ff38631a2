"""Google Cloud Build: a file per trigger; steps are containers, substitutions are text."""

import re
from collections.abc import Mapping
from typing import Any

from customer_platform_tests.ci.pipeline import (
    PULL_REQUEST,
    Event,
    Job,
    Service,
    Step,
    UnknownSyntaxError,
    only_known,
    read,
)

_REFERENCE = re.compile(r"\$(?:(\$)|(\w+)|\{(\w+)\})")


class CloudBuild(Service):
    """A trigger that requires approval starts its build when somebody has given it."""

    name = "cloudbuild"
    schema = "vendor.cloudbuild"
    files = (
        "cloudbuild/pull_request.yaml",
        "cloudbuild/merge.yaml",
        "cloudbuild/production.yaml",
    )

    def jobs(self, kind: str) -> list[Job]:
        pull_request, merge, production = self.files
        if kind == PULL_REQUEST:
            return [self._build(pull_request)]
        return [self._build(merge), self._build(production, waits=True)]

    def _build(self, file: str, waits: bool = False) -> Job:
        stated = read(file)
        only_known(stated, "steps", "options", "substitutions", "timeout")
        only_known(stated["options"], "env", "logging")
        env = dict(each.split("=", 1) for each in stated["options"]["env"])
        known = stated["substitutions"]
        steps = tuple(self._step(step, env, known) for step in stated["steps"])
        name = file.partition("/")[2].removesuffix(".yaml")
        return Job(name, (Step("source", checkout=True), *steps), waits)

    def _step(
        self, step: Mapping[str, Any], env: Mapping[str, str], known: Mapping[str, str]
    ) -> Step:
        only_known(step, "id", "name", "entrypoint", "args")
        # The file's own substitutions are filled in here, those of the build when it runs.
        fill = {name: _substituted(value, known) for name, value in env.items()}
        args = tuple(_substituted(arg, known) for arg in step["args"])
        return Step(step["id"], (step["entrypoint"], *args), fill)

    def person(self, name: str) -> str:
        return f"{name}@example.com"

    def variables(self, event: Event, released_by: str | None) -> dict[str, str]:
        # Steps are told by substitutions alone.
        return {}

    def expanded(self, text: str, event: Event) -> str:
        known = {"BUILD_ID": "77", "COMMIT_SHA": event.commit, "LOCATION": "global"}

        def value(match: re.Match[str]) -> str:
            if match[1]:
                return "$"
            name = match[2] or match[3]
            if name not in known:
                raise UnknownSyntaxError(match[0])
            return known[name]

        return _REFERENCE.sub(value, text)

    def answers(self, event: Event, released_by: str | None) -> dict[str, Any]:
        result = {"result": {"approverAccount": released_by}} if released_by else {}
        return {"builds/77": {"approval": result}}


def _substituted(text: str, known: Mapping[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        return known.get(match[2] or match[3] or "", match[0])

    return _REFERENCE.sub(value, text)
