"""Short ways to deliver files, and a small project to write into."""

import shutil
from pathlib import Path

import pytest

from customer_platform.project import REPOSITORY
from customer_platform_tests.support.onboarding import Deliver


@pytest.fixture
def deliver(tmp_path: Path) -> Deliver:
    """Writes a file of the user."""

    def write(content: str | bytes, name: str = "members_2024-06-01.csv") -> Path:
        path = tmp_path / "delivered" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The files of the project that a source is written into."""
    root = tmp_path / "project"
    for name in (
        "customer_platform/defs/retail/identity/defs.yaml",
        "customer_platform/defs/retail/facts/defs.yaml",
        "customer_platform/defs/marketplace/identity/seller/defs.yaml",
        "dbt/dbt_project.yml", "dbt/seeds/retail/source_precedence.csv",
        "dbt/models/shared/columns.md", "dbt/models/retail/staging/transaction_lines.yml",
        "dbt/models/retail/staging/visitor_events.yml",
    ):  # fmt: skip
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPOSITORY / name, root / name)
    shutil.copytree(REPOSITORY / "dbt/macros/normalise", root / "dbt/macros/normalise")
    return root
