"""A project and a production that runs it: what a change goes through, by the commands."""

import hashlib
import os
import signal
import subprocess
import sys
from pathlib import Path

from customer_platform.new_project import create_project

_RULES = "defs/retail/identity/defs.yaml"
PUBLISHED = "defs/retail/published/defs.yaml"

# The rule that `tighten` takes away, and what comes after it.
_FROM, _TO = "    - name: similar_person", "  # A lost card"


class Street:
    """A project, and a production that runs it.

    Attributes:
        project: The folder of the project.
        home: The home of production.
    """

    def __init__(self, folder: Path, home: Path) -> None:
        """Makes the project.

        Args:
            folder: Where it is put; another may be there already.
            home: The home of production, which needn't be there yet.
        """
        self.project = folder / "shop"
        self.home = home
        folder.mkdir(parents=True, exist_ok=True)
        create_project(self.project, "retail")
        (self.project / "environments.yaml").write_text(
            f"production:\n  home: {home}\n  approvers: [anna@example.com, ben@example.com]\n"
        )

    def run(self, *arguments: str, code: int = 0, production: bool = True) -> str:
        """Runs a command in the project; returns what it has printed.

        Args:
            arguments: Of `customer-platform`.
            code: The exit code that it has.
            production: Whether it is about production; development otherwise.

        Raises:
            AssertionError: It ends with another code.
        """
        process = self.start(*arguments, production=production)
        printed, errors = process.communicate()
        assert process.returncode == code, printed + errors
        return printed or errors

    def start(self, *arguments: str, production: bool = True) -> subprocess.Popen[str]:
        """Starts a command in the project, in a process group of its own; see `run`."""
        variables = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("CUSTOMER_PLATFORM_", "DAGSTER", "DBT_"))
        }
        variables |= {
            "CUSTOMER_PLATFORM_START_DATE": "2024-01-01",
            "CUSTOMER_PLATFORM_ENVIRONMENT": "production" if production else "development",
        }
        program = str(Path(sys.executable).with_name("customer-platform"))
        return subprocess.Popen(
            [program, *arguments], cwd=self.project, env=variables, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip

    def kill(self, seconds: float, *arguments: str) -> bool:
        """Starts a command and kills its process group; whether it hadn't ended by then."""
        process = self.start(*arguments)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        assert process.returncode in (0, -signal.SIGKILL)
        return process.returncode != 0

    def plan(self, *arguments: str, code: int) -> tuple[str, str]:
        """A plan's ID and its text."""
        path = self.project / "plan.json"
        told = self.run("plan", "--by", "eva@example.com", "--json", str(path), *arguments,
                        code=code, production=False)  # fmt: skip
        return told.partition("# Plan ")[2].split()[0], told

    def query(self, sql: str) -> str:
        """What analysts get from a query of what production has published."""
        return self.run("query", sql)

    def state(self) -> str:
        """What tells whether anything of production's tables has changed."""
        warehouse = (self.home / "versions/current/warehouse.duckdb").resolve()
        return hashlib.sha256(warehouse.read_bytes()).hexdigest()


def tighten(project: Path) -> None:
    """Takes the rule of similar people away, so that customers split."""
    rules = project / _RULES
    text = rules.read_text()
    rules.write_text(text[: text.index(_FROM)] + text[text.index(_TO) :])


def break_contract(project: Path) -> None:
    """Publishes a table no longer that analysts read."""
    _replace(project / PUBLISHED, "    - {name: returns}\n", "")


def declare_otherwise(project: Path) -> None:
    """Has the web shop's order lines land by another declaration: more rows may be rejected."""
    known = "      partition_column: InvoiceDate\n"
    source = project / "defs/retail/sources/webshop/defs.yaml"
    _replace(source, known, f"{known}      max_reject_rate: 0.3\n")


def add_attribute(project: Path) -> None:
    """Adds an attribute of customers: the day on which the CRM got to know them."""
    known = "    email_consent:"
    new = "    customer_since: {survivorship: first_non_null, type: date, personal: false}\n"
    _replace(project / _RULES, known, new + known)
    view = project / "dbt/models/retail/staging/crm/stg_crm__customers"
    last = "        email_consent\n"
    new = "        cast(created_at as date) as customer_since,\n"
    _replace(view.with_suffix(".sql"), last, new + last)
    column = "      - name: email_consent\n"
    new = (
        "      - name: customer_since\n        data_type: date\n"
        "        description: The day on which the CRM got to know them.\n"
    )
    _replace(view.with_suffix(".yml"), column, new + column)


def _replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text, f"{path} has no {old!r}"
    path.write_text(text.replace(old, new, 1))
