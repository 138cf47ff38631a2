"""Business models without the web site of their demo."""

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from customer_platform_tests.docs.guide import cloned_project, reader_variables


@pytest.mark.slow
@pytest.mark.parametrize("model", ["retail", "marketplace", "b2b"])
def test_a_run_builds_everything_without_a_source_of_events(tmp_path: Path, model: str) -> None:
    project = cloned_project(tmp_path)
    variables = os.environ | reader_variables(project) | {
        "CUSTOMER_PLATFORM_HOME": str(tmp_path / "home"),
        "CUSTOMER_PLATFORM_BUSINESS_MODEL": model,
        "CUSTOMER_PLATFORM_START_DATE": "2026-01-01",
    }  # fmt: skip
    for command in (
        "demo --customers 100 --days 2 --end 2026-01-02", "remove-source web --yes", "run",
    ):  # fmt: skip
        result = subprocess.run(
            [str(Path(sys.executable).with_name("customer-platform")), *command.split()],
            cwd=project, env=variables, capture_output=True, text=True,
        )  # fmt: skip
        assert result.returncode == 0, result.stdout + result.stderr
    assert ", 0 failed." in result.stdout
    with duckdb.connect(str(tmp_path / "home" / "warehouse.duckdb"), read_only=True) as warehouse:
        counted = warehouse.execute(
            "select (select count(*) from master.events), "
            "(select count(*) from master.transactions)"
        ).fetchall()
    [(events, transactions)] = counted
    assert events == 0
    assert transactions > 0
