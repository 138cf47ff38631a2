from pathlib import Path, PurePosixPath

import pytest

from customer_platform.errors import OnboardingError
from customer_platform.ingestion import TableSpec, find_files
from customer_platform.onboarding import find_deliveries, land, landing_path, plan_landing
from customer_platform_tests.support.onboarding import DAY, MEMBERS, Deliver


def test_files_are_copied_under_their_names_once(deliver: Deliver, tmp_path: Path) -> None:
    paths = [deliver(MEMBERS, f"Members_2024060{day}.csv") for day in (1, 2)]
    [delivery] = find_deliveries(paths, DAY)
    landing = tmp_path / "landing"
    path = landing_path("app", delivery, PurePosixPath(landing))
    assert path == "app/members/Members_{partition:%Y%m%d}.csv"
    land(plan_landing(delivery, path, landing))
    copied = sorted(landing.rglob("*.csv"))
    assert [each.name for each in copied] == ["Members_20240601.csv", "Members_20240602.csv"]
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


def _landed(paths: list[Path], landing: Path) -> list[str]:
    """Where files are found again after they have landed, each behind its day."""
    [delivery] = find_deliveries(paths, DAY)
    path = landing_path("app", delivery, PurePosixPath(landing))
    land(plan_landing(delivery, path, landing))
    table = {"name": "t", "format": "csv", "load_mode": "append", "columns": {"a": "varchar"}}
    found = find_files(landing, TableSpec.model_validate(table | {"path": path}))
    assert found.misnamed == []
    return [f"{file.partition} {file.relative}" for file in found.files]


@pytest.mark.parametrize(
    ("names", "landed"),
    [("m_20240601020000.csv m_20240602T020100.csv", "m_20240601020000.csv m_20240602T020100.csv"),
     ("m_240601.csv m_240602.csv", "m_240601.csv m_240602.csv"),
     ("m_01062024.csv m_02062024.csv", "m_01062024.csv m_02062024.csv"),
     ("m_2024-06-01_1.csv m_2024-06-01_2.csv m_2024-06-02.csv",
      "m_2024-06-01_1.csv m_2024-06-01_2.csv m_2024-06-02.csv"),
     ("2024-06-01/m.csv 2024-06-02/m.csv", "2024-06-01/m.csv 2024-06-02/m.csv"),
     ("m/dt=2024-06-01/part-0.csv m/dt=2024-06-01/part-1.csv m/dt=2024-06-02/part-0.csv",
      "dt=2024-06-01/part-0.csv dt=2024-06-01/part-1.csv dt=2024-06-02/part-0.csv"),
     ("m/dt=2024-06-01/part.csv m/dt=2024-06-02/part-1.csv", "m_2024-06-01.csv m_2024-06-02.csv"),
     # Names that differ in more, or that the landing zone passes over, are made alike.
     ("m_2024-06-01.csv m_20240602.csv", "m_2024-06-01.csv m_2024-06-02.csv"),
     ("_m_2024-06-01.csv _m_2024-06-02.csv", "m_2024-06-01.csv m_2024-06-02.csv"),
     ("m_2024-06-01_1.csv m_2024-06-01_2.csv m_20240602.csv",
      "m_2024-06-01_1.csv m_2024-06-01_2.csv m_2024-06-02.csv")],
)  # fmt: skip
def test_every_usual_way_of_naming_days_lands_as_one_table_and_is_found_again(
    deliver: Deliver, tmp_path: Path, names: str, landed: str
) -> None:
    paths = [deliver(MEMBERS, name) for name in names.split()]
    files = _landed(paths, tmp_path / "landing")
    assert [each.partition(" ")[2] for each in files] == [f"app/m/{n}" for n in landed.split()]
    assert {each[:10] for each in files} == {"2024-06-01", "2024-06-02"}


def test_a_month_is_a_partition_of_its_first_day(deliver: Deliver, tmp_path: Path) -> None:
    paths = [deliver(MEMBERS, f"sales_2024-0{month}.csv") for month in (5, 6)]
    assert _landed(paths, tmp_path / "landing") == [
        "2024-05-01 app/sales/sales_2024-05.csv", "2024-06-01 app/sales/sales_2024-06.csv",
    ]  # fmt: skip
