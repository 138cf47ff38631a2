"""Where the real data sets are, and how a test says that it needs one."""

import os
from pathlib import Path

import pytest

DATA = Path(
    os.environ.get(
        "CUSTOMER_PLATFORM_REAL_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"
    )
)


def needs(*files: str) -> list[pytest.MarkDecorator]:
    """The marks of a test on real data: skipped, with the reason, where a file is absent.

    Args:
        files: Names of the files in the folder of real data.
    """
    absent = [file for file in files if not (DATA / file).exists()]
    return [
        pytest.mark.real,
        pytest.mark.skipif(
            bool(absent),
            reason=f"{' and '.join(absent)} not in {DATA}; set CUSTOMER_PLATFORM_REAL_DATA to "
            "the folder that holds them",
        ),
    ]
