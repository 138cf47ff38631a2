from pathlib import Path, PurePosixPath

import pytest

from customer_platform.onboarding import (
    OnboardingError,
    find_deliveries,
    land,
    landing_path,
    plan_landing,
)
from customer_platform_tests.onboarding.conftest import DAY, MEMBERS, Deliver


def test_files_are_copied_under_their_day_once(deliver: Deliver, tmp_path: Path) -> None:
    paths = [deliver(MEMBERS, f"Members_2024060{day}.csv") for day in (1, 2)]
    [delivery] = find_deliveries(paths, DAY)
    landing = tmp_path / "landing"
    path = landing_path("app", delivery, PurePosixPath(landing))
    assert path == "app/members/members_{partition}.csv"
    land(plan_landing(delivery, path, landing))
    copied = sorted(landing.rglob("*.csv"))
    assert [each.name for each in copied] == ["members_2024-06-01.csv", "members_2024-06-02.csv"]
    assert copied[0].read_text() == MEMBERS
    assert plan_landing(delivery, path, landing) == {}


def test_another_file_that_is_there_is_in_the_way(deliver: Deliver, tmp_path: Path) -> None:
    [delivery] = find_deliveries([deliver(MEMBERS)], DAY)
    there = tmp_path / "landing" / "m_2024-06-01.csv"
    there.parent.mkdir()
    there.write_text("something else")
    with pytest.raises(OnboardingError, match="another file is there already"):
        plan_landing(delivery, "m_{partition}.csv", there.parent)


def test_files_that_have_landed_already_stay_where_they_are(
    deliver: Deliver, tmp_path: Path
) -> None:
    [delivery] = find_deliveries([deliver(MEMBERS)], DAY)
    path = landing_path("app", delivery, PurePosixPath(tmp_path))
    assert path == "delivered/members_{partition}.csv"
    assert plan_landing(delivery, path, tmp_path) == {}
