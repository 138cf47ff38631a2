"""Bitbucket Pipelines: steps with lines of script; artifacts that follow by themselves."""

from collections.abc import Mapping
from typing import Any

from customer_platform_tests.ci.pipeline import (
    ALWAYS,
    PULL_REQUEST,
    Event,
    Job,
    Service,
    Step,
    UnknownSyntaxError,
    only_known,
    read,
)

_ADDRESS = "/2.0/repositories/shop/customers"


class Bitbucket(Service):
    """What it calls a step is a job here. People are UUIDs."""

    name = "bitbucket"
    schema = "vendor.bitbucket-pipelines"
    files = ("bitbucket-pipelines.yml",)

    def jobs(self, kind: str) -> list[Job]:
        stated = read("bitbucket-pipelines.yml")
        only_known(stated, "pipelines")
        only_known(stated["pipelines"], "pull-requests", "branches")
        if kind == PULL_REQUEST:
            steps = stated["pipelines"]["pull-requests"]["**"]
        else:
            steps = stated["pipelines"]["branches"]["main"]
        return [self._job(each["step"]) for each in steps]

    def _job(self, step: Mapping[str, Any]) -> Job:
        only_known(
            step, "name", "runs-on", "script", "after-script", "deployment", "trigger", "artifacts"
        )
        steps = [Step("checkout", checkout=True), Step("download", download=True)]
        steps += [Step(line, _line(line)) for line in step["script"]]
        steps += [Step(line, _line(line), {}, ALWAYS) for line in step.get("after-script", [])]
        if "artifacts" in step:
            steps.append(Step("upload", upload=tuple(step["artifacts"])))
        trigger = step.get("trigger", "automatic")
        if trigger not in ("automatic", "manual"):
            raise UnknownSyntaxError(trigger)
        return Job(step["name"], tuple(steps), trigger == "manual", step.get("deployment", ""))

    def person(self, name: str) -> str:
        return f"{{{name.encode().hex()}}}"

    def variables(self, event: Event, released_by: str | None) -> dict[str, str]:
        request = {"BITBUCKET_PR_ID": "12"} if event.kind == PULL_REQUEST else {}
        return {
            **request,
            "BITBUCKET_COMMIT": event.commit,
            "BITBUCKET_REPO_FULL_NAME": "shop/customers",
            "BITBUCKET_STEP_TRIGGERER_UUID": released_by or event.actor,
            "PLAN_TOKEN": "secret",
        }

    def answers(self, event: Event, released_by: str | None) -> dict[str, Any]:
        return {
            f"{_ADDRESS}/commit/{event.commit}/pullrequests": {
                "values": [{"id": 12, "author": {"uuid": event.author}}]
            },
            f"{_ADDRESS}/pullrequests/12/comments": {"id": 1},
        }


def _line(line: str) -> tuple[str, ...]:
    return ("bash", "-eu", "-c", line)
