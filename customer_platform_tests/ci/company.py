"""A company that keeps its project in a bare repository, and changes it by pull requests."""

from collections.abc import Callable
from pathlib import Path

from customer_platform.new_project import create_project
from customer_platform_tests.ci.pipeline import PULL_REQUEST, PUSH, Event, Service
from customer_platform_tests.ci.runner import git

AUTHOR, APPROVER, MERGER = "eva", "anna", "ben"


class Company:
    """Eva changes the rules, Ben merges, Anna approves: as does Eva, if she is let.

    Args:
        folder: A folder of its own.
        service: The CI service.
    """

    def __init__(self, folder: Path, service: Service) -> None:
        self.service = service
        self.production, self.acceptance = folder / "production", folder / "acceptance"
        self.remote, self.clone = folder / "customers.git", folder / "customers"
        create_project(self.clone, "retail")
        approvers = [service.person(name) for name in (AUTHOR, APPROVER, MERGER)]
        (self.clone / "environments.yaml").write_text(
            f"production:\n  home: {self.production}\n  approvers: {approvers}\n"
            f"acceptance:\n  home: {self.acceptance}\n  reads: production\n"
        )
        git(self.clone, "init", "--quiet", "--initial-branch", "main")
        self._commit("Begin")
        git(folder, "clone", "--quiet", "--bare", str(self.clone), str(self.remote))
        git(self.clone, "remote", "add", "origin", str(self.remote))

    def _commit(self, subject: str) -> None:
        git(self.clone, "add", "--all")
        who = ("-c", f"user.name={AUTHOR}", "-c", f"user.email={AUTHOR}@example.com")
        git(self.clone, *who, "commit", "--quiet", "--message", subject)

    def propose(self, branch: str, change: Callable[[Path], None]) -> Event:
        """Eva pushes a branch with a change, and opens a pull request."""
        git(self.clone, "switch", "--quiet", "--create", branch, "main")
        change(self.clone)
        self._commit(branch)
        git(self.clone, "push", "--quiet", "origin", branch)
        author = self.service.person(AUTHOR)
        return Event(PULL_REQUEST, git(self.clone, "rev-parse", "HEAD"), author, author)

    def merge(self, branch: str) -> Event:
        """Ben merges it, by squashing: the commit on main is Eva's still."""
        git(self.clone, "switch", "--quiet", "main")
        git(self.clone, "merge", "--quiet", "--squash", branch)
        self._commit(f"{branch} (#12)")
        git(self.clone, "push", "--quiet", "origin", "main")
        commit = git(self.clone, "rev-parse", "HEAD")
        return Event(PUSH, commit, self.service.person(AUTHOR), self.service.person(MERGER))
