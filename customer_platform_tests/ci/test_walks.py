"""From a pull request to production by the files of examples/ci, with the platform itself."""

import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from customer_platform.publishing.catalogue import relocate
from customer_platform_tests.ci.bitbucket import Bitbucket
from customer_platform_tests.ci.cloudbuild import CloudBuild
from customer_platform_tests.ci.company import APPROVER, AUTHOR, Company
from customer_platform_tests.ci.github import GitHub
from customer_platform_tests.ci.gitlab import GitLab
from customer_platform_tests.ci.pipeline import Event, Service
from customer_platform_tests.ci.runner import FAILURE, SUCCESS, WAITING, Machine, Run
from customer_platform_tests.support.demos import BuiltDemo
from customer_platform_tests.support.street import break_contract, tighten

SERVICES = [GitHub(), GitLab(), Bitbucket(), CloudBuild()]
PLATFORM = Path(sys.executable).with_name("customer-platform")


class Life:
    """A company with data, in production as its version 1."""

    def __init__(self, folder: Path, service: Service, demo: BuiltDemo) -> None:
        self.service = service
        self.company = Company(folder, service)
        self.machine = Machine(folder / "machine", PLATFORM)
        home = self.company.production
        shutil.copytree(demo.home, home, symlinks=True)
        for edition in ("published", "published_masked"):
            relocate(demo.home / edition, home / edition)
        self.production("apply", "--by", "anna")

    def production(self, *arguments: str) -> str:
        """What a command says in production."""
        ended = subprocess.run(
            [PLATFORM, *arguments, "--environment", "production"],
            cwd=self.company.clone, env=self.machine.variables(), capture_output=True, text=True,
        )  # fmt: skip
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    def run(self, event: Event) -> Run:
        """A run of the pipeline that an event starts."""
        return Run(self.service, event, self.company.remote, self.machine)

    def comments(self) -> list[str]:
        """The comments on pull requests, in order."""
        calls = self.machine.calls("gh") + self.machine.calls("curl")
        return [str(call["body"]) for call in calls]


def _registry(warehouse: Path) -> set[tuple[str, ...]]:
    """The customer IDs that were ever issued, with their founding records."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return set(
            connection.execute(
                "select customer_id, founding_source, founding_record_id "
                "from identity.customer_id_registry"
            ).fetchall()
        )


def _walk(life: Life) -> None:
    """A change that splits customers goes all the way, but not by its author alone."""
    service, company = life.service, life.company
    proposed = life.run(company.propose("tighten", tighten))
    assert proposed.start() == SUCCESS, proposed.output
    [plan] = life.comments() or [proposed.output]
    assert "entity customer: changed: match_rules" in plan
    assert "It can be applied." in plan

    merged = life.run(company.merge("tighten"))
    assert merged.start() == WAITING, merged.output
    assert "version 2" not in life.production("versions")
    # Acceptance has split customers of production's data, with production's IDs.
    theirs = _registry(company.production / "versions/1/warehouse.duckdb")
    assert _registry(company.acceptance / "warehouse.duckdb") > theirs

    assert merged.release(service.person(AUTHOR)) == FAILURE
    assert "somebody else has to approve it" in merged.output
    assert merged.release(service.person(APPROVER)) == SUCCESS, merged.output
    assert "Version 2 is in force in production" in merged.output
    [version] = [each for each in life.production("versions").splitlines() if each[:1] == "*"]
    assert f"approved by {service.person(APPROVER)}" in version
    assert f"planned by {service.person(AUTHOR)}" in version
    # Whole: nothing that a step has left in the checkout counts as a change of it.
    assert f"commit {merged.event.commit[:12]}, " in version


# Three minutes each: `make test` runs the same files with a platform that only records.
@pytest.mark.slow
@pytest.mark.parametrize("service", SERVICES, ids=lambda each: each.name)
def test_a_change_goes_to_production_but_not_by_its_author_alone(
    service: Service, retail: BuiltDemo, tmp_path: Path
) -> None:
    _walk(Life(tmp_path, service, retail))


@pytest.mark.slow
def test_a_broken_contract_is_commented_and_fails(retail: BuiltDemo, tmp_path: Path) -> None:
    life = Life(tmp_path, GitHub(), retail)
    proposed = life.run(life.company.propose("break", break_contract))
    assert proposed.start() == FAILURE
    [plan] = life.comments()
    assert "master.returns is no longer published" in plan
    assert "It can't be applied" in plan
