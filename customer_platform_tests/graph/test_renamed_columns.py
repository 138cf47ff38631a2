"""Whole graphs of all demos, their sources' columns renamed at random: nothing personal is logged.

A list of names that are known to be personal would not know one of them.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from customer_platform.project import REPOSITORY
from customer_platform_tests.support.leaks import leaks, values_in


@pytest.mark.slow
@pytest.mark.parametrize(("model", "seed"), [("retail", 1), ("marketplace", 2), ("b2b", 3)])
def test_no_personal_value_is_logged_whatever_columns_are_called(
    model: str, seed: int, tmp_path: Path
) -> None:
    copy, home = tmp_path / "project", tmp_path / "home"
    copy.mkdir()
    for folder in ("customer_platform", "customer_platform_tests", "dbt"):
        shutil.copytree(
            REPOSITORY / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy(REPOSITORY / "pyproject.toml", copy)
    variables = {
        "CUSTOMER_PLATFORM_BUSINESS_MODEL": model,
        "CUSTOMER_PLATFORM_HOME": str(home),
        "CUSTOMER_PLATFORM_START_DATE": "2026-01-01",
        "PYTHONPATH": str(copy),
    }
    process = subprocess.run(
        [
            sys.executable,
            "-m",
            "customer_platform_tests.support.renamed_columns",
            model,
            str(seed),
        ],
        cwd=copy,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr[-5_000:]
    renamed = {
        (f"raw.{table}", now): before
        for table, names in json.loads(process.stdout.splitlines()[-1]).items()
        for now, before in names.items()
    }
    values = values_in(home / "warehouse.duckdb", renamed)
    assert len(values) > 300
    assert leaks(home, values, process.stderr) == {}
