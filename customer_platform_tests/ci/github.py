"""GitHub Actions: jobs with conditions, actions of its own, and `${{ expressions }}`."""

import re
from collections.abc import Mapping
from typing import Any

from customer_platform_tests.ci.pipeline import (
    PULL_REQUEST,
    PUSH,
    Event,
    Job,
    Service,
    Step,
    UnknownSyntaxError,
    only_known,
    read,
)

_ACTION = re.compile(r"actions/(checkout|upload-artifact|download-artifact)@v\d+")
_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")


class GitHub(Service):
    """Jobs run when what they need has succeeded; an environment's reviewers are asked first."""

    name = "github"
    schema = "vendor.github-workflows"
    files = ("github.yaml",)

    def jobs(self, kind: str) -> list[Job]:
        stated = read("github.yaml")
        only_known(stated, "name", "on", "permissions", "jobs")
        assert stated["on"] == {PULL_REQUEST: "", PUSH: {"branches": ["main"]}}
        found: dict[str, Job] = {}
        for name, job in stated["jobs"].items():
            only_known(
                job, "if", "runs-on", "permissions", "steps", "environment", "concurrency", "needs",
                "env",
            )  # fmt: skip
            needs = job.get("needs")
            if needs in found or (needs is None and self._starts(job["if"], kind)):
                found[name] = self._job(name, job)
        return list(found.values())

    def _starts(self, condition: str, kind: str) -> bool:
        def holds(term: str) -> bool:
            if match := re.fullmatch(r"github\.event_name == '(\w+)'", term):
                return match[1] == kind
            if term == "!github.event.pull_request.head.repo.fork":
                return True
            raise UnknownSyntaxError(term)

        return all([holds(term) for term in condition.split(" && ")])

    def _job(self, name: str, job: Mapping[str, Any]) -> Job:
        steps = tuple(self._step(step, job.get("env", {})) for step in job["steps"])
        # Acceptance has no reviewers.
        waits = job.get("environment") == "production"
        return Job(name, steps, waits, job.get("concurrency", ""))

    def _step(self, step: Mapping[str, Any], env: Mapping[str, str]) -> Step:
        only_known(step, "name", "id", "run", "uses", "with", "if", "env")
        name = step.get("name") or step["uses"]
        if "uses" not in step:
            return Step(
                name,
                ("bash", "-eu", "-c", step["run"]),
                {**env, **step.get("env", {})},
                step.get("if", ""),
                step.get("id", ""),
            )
        action = _ACTION.fullmatch(step["uses"])
        if action is None:
            raise UnknownSyntaxError(step["uses"])
        if action[1] == "upload-artifact":
            return Step(name, upload=(step["with"]["path"],))
        checkout = action[1] == "checkout"
        return Step(name, checkout=checkout, download=not checkout)

    def person(self, name: str) -> str:
        return name

    def variables(self, event: Event, released_by: str | None) -> dict[str, str]:
        return {
            "GITHUB_ACTOR": event.actor,
            "GITHUB_REPOSITORY": "shop/customers",
            "GITHUB_RUN_ID": "77",
            "GITHUB_SHA": event.commit,
            "GITHUB_STEP_SUMMARY": "summary.md",
        }

    def expanded(self, text: str, event: Event) -> str:
        known = {"github.token": "secret"}
        if event.kind == PULL_REQUEST:
            known["github.event.pull_request.number"] = "12"
            known["github.event.pull_request.user.login"] = event.author

        def value(match: re.Match[str]) -> str:
            if match[1] not in known:
                raise UnknownSyntaxError(match[0])
            return known[match[1]]

        return _EXPRESSION.sub(value, text)

    def runs(self, condition: str, outcomes: Mapping[str, str]) -> bool:
        if not condition:
            return "failure" not in outcomes.values()
        whole = _EXPRESSION.fullmatch(condition)
        if whole is None:
            raise UnknownSyntaxError(condition)

        def holds(term: str) -> bool:
            if term == "!cancelled()":
                return True
            if match := re.fullmatch(r"steps\.(\w+)\.outcome != '(\w+)'", term):
                return outcomes[match[1]] != match[2]
            raise UnknownSyntaxError(term)

        # With the first of them a step runs after a failure, too.
        terms = whole[1].split(" && ")
        if terms[0] != "!cancelled()":
            raise UnknownSyntaxError(condition)
        return all([holds(term) for term in terms])

    def answers(self, event: Event, released_by: str | None) -> dict[str, Any]:
        # Somebody else has let it into acceptance, later.
        reviews = [
            {"state": "approved", "user": {"login": login}, "environments": [{"name": name}]}
            for login, name in ((released_by, "production"), ("zoe", "acceptance"))
            if released_by
        ]
        return {
            f"repos/shop/customers/commits/{event.commit}/pulls": [
                {"number": 12, "user": {"login": event.author}}
            ],
            "repos/shop/customers/actions/runs/77/approvals": reviews,
        }
