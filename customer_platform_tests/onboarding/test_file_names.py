import pytest

from customer_platform.errors import OnboardingError
from customer_platform.onboarding import find_deliveries
from customer_platform.onboarding.file_names import dated_name
from customer_platform_tests.support.onboarding import DAY, MEMBERS, Deliver, proposed


@pytest.mark.parametrize(
    ("name", "template", "day", "stem"),
    [("members_2024-06-01.csv", "members_{partition}.csv", "2024-06-01", "members"),
     ("Members20240601.csv.gz", "Members{partition:%Y%m%d}.csv.gz", "2024-06-01", "members"),
     ("klanten 31-12-2023.csv", "klanten {partition:%d-%m-%Y}.csv", "2023-12-31", "klanten"),
     ("2024.06.01 orders.v2.parquet", "{partition:%Y.%m.%d} orders.v2.parquet", "2024-06-01",
      "orders"),
     ("m_20240601020000.csv", "m_{partition:%Y%m%d}*.csv", "2024-06-01", "m"),
     ("m_20240601T020100Z.csv", "m_{partition:%Y%m%d}*.csv", "2024-06-01", "m"),
     ("m_2024-06-01T02-01-00.csv", "m_{partition}*.csv", "2024-06-01", "m"),
     ("m_240601.csv", "m_{partition:%y%m%d}.csv", "2024-06-01", "m"),
     ("m_01062024.csv", "m_{partition:%d%m%Y}.csv", "2024-06-01", "m"),
     ("m_2024-05.csv", "m_{partition:%Y-%m}.csv", "2024-05-01", "m"),
     ("m_202405.csv", "m_{partition:%Y%m}.csv", "2024-05-01", "m"),
     ("m_2024-06-01_2.csv", "m_{partition}_*.csv", "2024-06-01", "m"),
     ("m_2024-06-01" + "_1-1" * 40 + "x.csv", "m_{partition}" + "_1-1" * 40 + "x.csv", "2024-06-01",
      "m" + "_1" * 79 + "_1x"),
     ("m_2024-06-01_part-02.csv", "m_{partition}_*.csv", "2024-06-01", "m"),
     ("orders.csv", "orders_{partition}.csv", None, "orders"),
     ("orders_20241301.csv", "orders_20241301_{partition}.csv", None, "orders_20241301"),
     ("order_1234567890.csv", "order_1234567890_{partition}.csv", None, "order_1234567890"),
     ("order_123456.csv", "order_123456_{partition}.csv", None, "order_123456")],
)  # fmt: skip
def test_the_day_is_taken_out_of_a_file_name(
    name: str, template: str, day: str | None, stem: str
) -> None:
    found = dated_name(name)
    assert (found.template, found.day, found.stem) == (template, day, stem)


@pytest.mark.parametrize(
    ("name", "folder", "template", "stem"),
    [("members.csv", "2024-06-01", "{partition}/members.csv", "members"),
     ("members_3.csv", "export 20240601", "export {partition:%Y%m%d}/members_*.csv", "members"),
     ("part-0.csv", "dt=2024-06-01", "dt={partition}/part-*.csv", "loyalty"),
     ("part-00000-7be1-c000.snappy.parquet", "day=2024-06-01",
      "day={partition}/part-*.snappy.parquet", "loyalty"),
     ("members.csv", "release 2024-06", "members_{partition}.csv", "members"),
     ("members_2024-06-02.csv", "2024-06-01", "members_{partition}.csv", "members")],
)  # fmt: skip
def test_the_day_may_be_in_the_name_of_the_folder(
    name: str, folder: str, template: str, stem: str
) -> None:
    found = dated_name(name, folder, "Loyalty")
    assert (found.template, found.stem) == (template, stem)


@pytest.mark.parametrize(
    "names",
    ["sales_1.csv sales_2.csv", "sales_2024_May.csv sales_2024_June.csv",
     "store1_2024-06-01.csv store2_2024-06-01.csv", "m_2024w22.csv m_2024w23.csv"],
)  # fmt: skip
def test_files_that_differ_in_a_number_that_is_no_day_are_not_made_a_table_each(
    deliver: Deliver, names: str
) -> None:
    paths = [deliver(MEMBERS, name) for name in names.split()]
    with pytest.raises(OnboardingError, match="it isn't clear whether they are of one table"):
        find_deliveries(paths, DAY)
    assert [each.table for each in find_deliveries(paths[:1], DAY)] == [
        dated_name(names.split()[0]).stem
    ]


def test_parts_of_a_day_are_read_together(deliver: Deliver) -> None:
    header, first, second, *_ = MEMBERS.splitlines()
    paths = [
        deliver(f"{header}\n{row}\n", f"members_2024-06-01_{number}.csv")
        for number, row in enumerate((first, second), start=1)
    ]
    proposal = proposed(*paths)
    assert (proposal.table, proposal.rows) == ("members", 2)
    assert proposal.load_mode.load_mode == "delta"
