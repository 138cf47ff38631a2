"""GitLab CI: jobs in stages, with rules; artifacts follow by themselves."""

import re
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

_TOP = ("stages", "workflow", "default")


class GitLab(Service):
    """Artifacts of a job are there in all jobs of later stages."""

    name = "gitlab"
    schema = "vendor.gitlab-ci"
    files = ("gitlab-ci.yml",)

    def jobs(self, kind: str) -> list[Job]:
        stated = read("gitlab-ci.yml")
        default = stated["default"]
        only_known(default, "tags", "before_script")
        assert self._rule(stated["workflow"]["rules"], kind) is not None
        jobs = {name: job for name, job in stated.items() if name not in _TOP}
        found = []
        for name, job in sorted(
            jobs.items(), key=lambda each: stated["stages"].index(each[1]["stage"])
        ):
            only_known(
                job, "stage", "rules", "script", "after_script", "environment", "resource_group",
                "variables", "artifacts",
            )  # fmt: skip
            rule = self._rule(job["rules"], kind)
            if rule is not None:
                found.append(self._job(name, job, default["before_script"], rule))
        return found

    def _rule(self, rules: list[Mapping[str, str]], kind: str) -> Mapping[str, str] | None:
        """The first rule that holds."""
        source = "merge_request_event" if kind == PULL_REQUEST else "push"
        known = {"$CI_PIPELINE_SOURCE": source, "$CI_DEFAULT_BRANCH": "main"}
        # Pipelines of merge requests have no branch.
        known["$CI_COMMIT_BRANCH"] = "" if kind == PULL_REQUEST else "main"
        for rule in rules:
            only_known(rule, "if", "when")
            sides = re.fullmatch(r"(\$\w+) == (\$\w+|\"\w+\")", rule["if"])
            if sides is None or sides[1] not in known:
                raise UnknownSyntaxError(rule["if"])
            if known[sides[1]] == known.get(sides[2], sides[2].strip('"')):
                return rule
        return None

    def _job(
        self, name: str, job: Mapping[str, Any], before: list[str], rule: Mapping[str, str]
    ) -> Job:
        env = job.get("variables", {})
        lines = [*before, *job["script"]]
        steps = [Step("checkout", checkout=True), Step("download", download=True)]
        steps += [Step(line, _line(line), env) for line in lines]
        steps += [Step(line, _line(line), env, ALWAYS) for line in job.get("after_script", [])]
        if "artifacts" in job:
            only_known(job["artifacts"], "paths")
            steps.append(Step("upload", upload=tuple(job["artifacts"]["paths"])))
        waits = rule.get("when", "on_success")
        if waits not in ("on_success", "manual"):
            raise UnknownSyntaxError(waits)
        return Job(name, tuple(steps), waits == "manual", job.get("resource_group", ""))

    def person(self, name: str) -> str:
        return name

    def variables(self, event: Event, released_by: str | None) -> dict[str, str]:
        request = {"CI_MERGE_REQUEST_IID": "12"} if event.kind == PULL_REQUEST else {}
        return {
            **request,
            "CI_API_V4_URL": "https://gitlab.example.com/api/v4",
            "CI_COMMIT_SHA": event.commit,
            "CI_PROJECT_ID": "5",
            # Of a manual job, who started it; of others, who started the pipeline.
            "GITLAB_USER_LOGIN": released_by or event.actor,
            "PLAN_TOKEN": "secret",
        }

    def answers(self, event: Event, released_by: str | None) -> dict[str, Any]:
        return {
            f"/api/v4/projects/5/repository/commits/{event.commit}/merge_requests": [
                {"iid": 12, "author": {"username": event.author}}
            ],
            "/api/v4/projects/5/merge_requests/12/notes": {"id": 1},
        }


def _line(line: str) -> tuple[str, ...]:
    return ("bash", "-euo", "pipefail", "-c", line)
