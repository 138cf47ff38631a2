"""What the project's own data tests say: when they fail, and which rows made them fail."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd

from customer_platform.orchestration.metadata import preview_metadata
from customer_platform.privacy.declared import Declared
from customer_platform.privacy.personal import Kinds, mask_frame

ReadRows = Callable[[str, int], pd.DataFrame]
"""The first rows of a query, as many as that."""

_SHOWN_ROWS = 5


@dataclass(frozen=True)
class FailedTest:
    """A data test of the project that has failed or warned.

    Attributes:
        name: Name of the test, which is that of its asset check.
        path: Its file, relative to the dbt project.
        description: When it fails, and what is wrong then.
        rows: The first rows that it found, with personal data.
        kinds: What is declared of their columns.
        is_error: Whether what depends on the tested model is not built.
    """

    name: str
    path: str
    description: str
    rows: pd.DataFrame
    kinds: Kinds
    is_error: bool

    @property
    def message(self) -> str:
        """File, meaning and the first rows, masked, as one text."""
        rows = "; ".join(
            ", ".join(f"{column}={value!r}" for column, value in row.items())
            for row in mask_frame(self.rows, self.kinds).to_dict("records")
        )
        return f"{self.name} (dbt/{self.path}): {self.description} Found: {rows}"

    def explain(self, result: dg.AssetCheckResult) -> dg.AssetCheckResult:
        """The result of its asset check, with the meaning and a preview of the rows."""
        return dg.AssetCheckResult(
            check_name=result.check_name,
            asset_key=result.asset_key,
            passed=result.passed,
            severity=result.severity,
            description=self.description,
            metadata={**result.metadata, "failing_rows": preview_metadata(self.rows, self.kinds)},
        )


def describe_test(node: Mapping[str, Any]) -> str | None:
    """The comment that opens a data test, None where there is none.

    Args:
        node: The test in dbt's manifest.
    """
    text: list[str] = []
    for line in node["raw_code"].splitlines():
        if not line.startswith("--"):
            break
        text.append(line.removeprefix("--").strip())
    return " ".join(text) or None


def broken_nodes(target: Path, manifest: Mapping[str, Any]) -> list[str]:
    """What dbt says of each model, seed and generic test that failed in a run, with its file.

    Args:
        target: The target folder of the run.
        manifest: dbt's manifest.
    """
    results = target / "run_results.json"
    if not results.exists():
        return []
    said = []
    for result in json.loads(results.read_text())["results"]:
        node = manifest["nodes"].get(result["unique_id"], {})
        if node and result["status"] in ("error", "fail"):
            message = " ".join((result["message"] or "").split())
            said.append(f"{node['name']} (dbt/{node['original_file_path']}): {message}")
    return said


def failed_tests(
    read: ReadRows, target: Path, manifest: Mapping[str, Any], declared: Declared
) -> Iterator[FailedTest]:
    """The project's own data tests that did not pass in a run of dbt.

    Args:
        read: Reads the first rows of a query that dbt has compiled.
        target: The target folder of the run.
        manifest: dbt's manifest.
        declared: What is declared of personal data.
    """
    results = target / "run_results.json"
    if not results.exists():
        return
    for result in json.loads(results.read_text())["results"]:
        node = manifest["nodes"].get(result["unique_id"], {})
        # Rows of generic tests say no more than their messages: a value and a number.
        is_ours = node.get("resource_type") == "test" and "test_metadata" not in node
        if is_ours and result["status"] in ("fail", "warn"):
            rows = read(result["compiled_code"], _SHOWN_ROWS)
            yield FailedTest(
                name=node["name"],
                path=node["original_file_path"],
                description=describe_test(node) or "",
                rows=rows,
                kinds=declared.test(node, map(str, rows.columns)),
                is_error=result["status"] == "fail",
            )
