"""`customer-platform resolve`, as a person at a terminal uses it."""

import gzip
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from click.testing import CliRunner, Result

from customer_platform.cli import main

RULES = """
record_id: record_id
source: source
match_keys:
  email:      {column: email, normalise: email}
  loyalty_id: {column: loyalty_id, normalise: exact}
match_rules:
  - {name: loyalty_card, match: [loyalty_id]}
  - {name: email, match: [email], max_records_per_value: 3}
limits:
  loyalty_id: 1
ignored_values:
  email: ["noreply@*"]
"""
RECORDS = """source,record_id,email,loyalty_id
crm,1,Anna@Example.com,L1
shop,1,anna@example.com,
shop,007,bob@example.com,L2
pos,2,bob@example.com,L3
crm,3,noreply@shop.example,
crm,4,noreply@shop.example,
"""
MAP_COLUMNS = [
    "record_id",
    "source",
    "customer_id",
    "linked_by_rule",
    "linked_to_source",
    "linked_to_record",
    "issued_at",
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "rules.yaml").write_text(RULES)
    (tmp_path / "records.csv").write_text(RECORDS)
    return tmp_path


def resolve(folder: Path, *more: str, records: str = "records.csv") -> Result:
    return CliRunner().invoke(
        main,
        [
            "resolve",
            str(folder / records),
            "--rules",
            str(folder / "rules.yaml"),
            "--output",
            str(folder / "map.parquet"),
            *more,
        ],
    )


def customers(path: Path) -> dict[tuple[str, str], str]:
    rows = duckdb.execute(f"select source, record_id, customer_id from '{path}'").fetchall()
    return {(source, record_id): customer_id for source, record_id, customer_id in rows}


def test_a_csv_file_becomes_a_map_with_a_summary(folder: Path) -> None:
    result = resolve(folder)
    assert result.exit_code == 0, result.output
    assert "6 records are 5 customers; the largest has 2 records." in result.output
    assert "1 links by email" in result.output
    assert "1 links refused by limits, overrides and cohesion" in result.output
    found = customers(folder / "map.parquet")
    assert found["crm", "1"] == found["shop", "1"]
    assert len(set(found.values())) == 5
    described = duckdb.execute(f"describe from '{folder / 'map.parquet'}'").fetchall()
    assert [row[0] for row in described] == MAP_COLUMNS


def test_an_address_of_many_people_links_nobody_and_the_line_that_ignores_it_is_printed(
    folder: Path,
) -> None:
    (folder / "rules.yaml").write_text(
        "record_id: record_id\n"
        "match_keys:\n"
        "  email: {column: email, normalise: email}\n"
        "  first_name: {column: first_name, normalise: name}\n"
        "people: [first_name]\n"
        "match_rules:\n"
        "  - {name: email, match: [email], max_people_per_value: 5}\n"
    )
    shop = [f"{number},Info@Shop.nl,{name}" for number, name in enumerate("ABCDEF")]
    loyal = [f"l{number},jan@x.nl,{('Jan', 'J.', '')[number % 3]}" for number in range(60)]
    (folder / "records.csv").write_text("\n".join(["record_id,email,first_name", *shop, *loyal]))
    result = resolve(folder)
    assert "66 records are 7 customers; the largest has 60 records." in result.output
    assert "1 values shared by too many link no one" in result.output
    proposed = 'email: ["info@shop.nl"]  # 6 records of 6 different names share it'
    assert proposed in result.output
    ignoring = (folder / "rules.yaml").read_text() + f"ignored_values:\n  {proposed}\n"
    (folder / "rules.yaml").write_text(ignoring)
    again = resolve(folder)
    assert "66 records are 7 customers" in again.output
    assert "shared by too many" not in again.output


def test_a_map_of_records_without_source_has_no_column_for_it(folder: Path) -> None:
    (folder / "rules.yaml").write_text(RULES.replace("source: source\n", ""))
    (folder / "records.csv").write_text("record_id,email,loyalty_id\na,x@y.nl,\nb,X@y.nl,\n")
    assert resolve(folder).exit_code == 0
    columns = duckdb.execute(f"describe from '{folder / 'map.parquet'}'").fetchall()
    assert [row[0] for row in columns] == [name for name in MAP_COLUMNS if "source" not in name]


def test_customer_ids_carry_over_from_the_previous_map(folder: Path) -> None:
    resolve(folder)
    before = customers(folder / "map.parquet")
    (folder / "records.csv").write_text(RECORDS + "web,9,anna@example.com,\n")
    result = resolve(folder, "--previous", str(folder / "map.parquet"))
    assert "5 customers kept their ID, 0 are new, 0 IDs were retired." in result.output
    after = customers(folder / "map.parquet")
    assert {record: after[record] for record in before} == before
    assert after["web", "9"] == before["crm", "1"]


def test_a_retired_id_is_remembered_and_not_issued_again(folder: Path) -> None:
    apart = RECORDS.replace("Anna@Example.com", "other@example.com")
    (folder / "records.csv").write_text(apart)
    resolve(folder)
    first = customers(folder / "map.parquet")
    previous = ("--previous", str(folder / "map.parquet"))
    (folder / "records.csv").write_text(RECORDS)
    assert "1 IDs were retired" in resolve(folder, *previous).output
    survivor = customers(folder / "map.parquet")["crm", "1"]
    retired = first["crm", "1"] if survivor == first["shop", "1"] else first["shop", "1"]
    remembered = duckdb.execute(
        f"select customer_id, successor from '{folder / 'map.retired.parquet'}'"
    ).fetchall()
    assert remembered == [(retired, survivor)]
    (folder / "records.csv").write_text(apart)
    resolve(folder, *previous)
    again = customers(folder / "map.parquet")
    assert retired not in again.values()
    assert again["crm", "1"] != again["shop", "1"]


def test_overrides_come_before_the_rules(folder: Path) -> None:
    (folder / "overrides.csv").write_text(
        "kind,source,source_record_id,other_source,other_record_id,author,date,reason\n"
        "different,crm,1,shop,1,Eva,2026-01-01,father and son\n"
        "same,crm,3,crm,4,Eva,2026-01-01,she told us\n"
    )
    result = resolve(folder, "--overrides", str(folder / "overrides.csv"))
    assert result.exit_code == 0, result.output
    found = customers(folder / "map.parquet")
    assert found["crm", "1"] != found["shop", "1"]
    assert found["crm", "3"] == found["crm", "4"]
    assert "1 links by override" in result.output


def test_a_report_is_written_as_tables_and_a_page_that_loads_nothing(folder: Path) -> None:
    result = resolve(folder, "--report", str(folder / "report"))
    assert result.exit_code == 0, result.output
    page = (folder / "report" / "report.html").read_text()
    assert "data:image/png;base64," in page
    assert 'src="http' not in page
    sizes = duckdb.execute(f"from '{folder / 'report' / 'customer_sizes.csv'}'").fetchall()
    assert [tuple(row[:2]) for row in sizes] == [(1, 4), (2, 1)]


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("rules.yaml", RULES.replace("[email]", "[emall]"), "rules.yaml:9:27: match rule 'email'"),
        ("records.csv", RECORDS + "crm,1,,\n", "crm:1 (2 times)"),
        ("records.csv", "source,record_id,email\ncrm,1,\n", "the column 'loyalty_id'"),
        ("records.csv", "source,record_id,email,loyalty_id\ncrm,,,\n", "no value in the column"),
    ],
)
def test_bad_input_ends_in_one_message_and_leaves_no_map(
    folder: Path, file: str, content: str, message: str
) -> None:
    (folder / file).write_text(content)
    result = resolve(folder)
    assert result.exit_code == 1
    assert message in result.output
    assert "Traceback" not in result.output
    assert not list(folder.glob("map*"))


@pytest.mark.parametrize("late", ['"Hart, de"', '"two\nlines"', '"said ""no"""'])
def test_a_quote_is_a_quote_wherever_it_first_comes(folder: Path, late: str) -> None:
    rows = [f"crm,{n},a{n}@example.com,L{n}" for n in range(30_000)]
    rows[24_999] = "crm,24999,a24999@example.com,"
    rows[25_000] = f'crm,25000,"a24999@example.com",{late}'
    (folder / "records.csv").write_text("source,record_id,email,loyalty_id\n" + "\n".join(rows))
    result = resolve(folder)
    assert result.exit_code == 0, result.output
    assert "30,000 records are 29,999 customers" in result.output


@pytest.mark.parametrize(
    ("encoding", "delimiter", "above"),
    [("utf-8", ";", ""), ("utf-8-sig", "\t", "sep={}\n"), ("utf-16", "|", "Export of 2024\n\n"),
     ("cp1252", ",", "\n"), ("utf-8", ",", "sep={}\n"), ("utf-16", ";", "")],
)  # fmt: skip
def test_a_csv_file_is_read_as_it_is_written(
    folder: Path, encoding: str, delimiter: str, above: str
) -> None:
    text = RECORDS.replace("bob@", "zoë@").replace(",", delimiter)
    empty = delimiter * 3 + "\r\n"
    content = above.format(delimiter) + text.replace("\n", "\r\n") + empty * 2 + "Total: 6\r\n"
    (folder / "records.csv").write_bytes(content.encode(encoding))
    result = resolve(folder)
    assert result.exit_code == 0, result.output
    assert "6 records are 5 customers" in result.output
    assert "3 rows without any value or of totals were skipped" in result.output


@pytest.mark.parametrize(
    ("last", "records", "skipped"),
    [(",Total: 6,,", 6, 1), ("Total: 6,,,", 6, 1), (",(6 rows affected),,\n,,,", 6, 2),
     ("(6 rows affected)", 6, 1), ("crm,Total,,", 7, 0)],
)  # fmt: skip
def test_a_last_line_of_totals_is_no_record(
    folder: Path, last: str, records: int, skipped: int
) -> None:
    (folder / "records.csv").write_text(f"{RECORDS}{last}\n")
    result = resolve(folder)
    assert result.exit_code == 0, result.output
    assert f"{records} records are {records - 1} customers" in result.output
    said = f"{skipped} rows without any value or of totals were skipped"
    assert (said in result.output) == bool(skipped)


def test_compressed_records_are_read(folder: Path) -> None:
    (folder / "records.csv.gz").write_bytes(gzip.compress(RECORDS.encode()))
    assert "6 records are 5 customers" in resolve(folder, records="records.csv.gz").output


@pytest.mark.parametrize(
    ("line", "says"),
    [("crm,9,x", "line 8: 3 fields, and the header has 4"),
     ("crm,9,x,y,z", "line 8: 5 fields, and the header has 4"),
     ('crm,9,"x,y', "line 8: a quote is not closed"),
     ('crm,9,"x"y,z', "line 8: a quote is not closed, or not doubled")],
)  # fmt: skip
def test_a_line_that_cannot_be_read_is_named_and_leaves_no_map(
    folder: Path, line: str, says: str
) -> None:
    (folder / "records.csv").write_text(f"{RECORDS}{line}\ncrm,10,y@example.com,\n")
    result = resolve(folder)
    assert result.exit_code == 1
    assert f"{folder / 'records.csv'}: 1 lines can't be read as utf-8: {says}" in result.output
    assert not list(folder.glob("map*"))


def test_records_without_an_id_are_named_with_their_file_and_rows_without_a_value_are_none(
    folder: Path,
) -> None:
    frame = pd.DataFrame(
        {"source": ["crm", "crm", None], "record_id": ["1", "\u200b", None],
         "email": ["a@example.com"] * 2 + [None], "loyalty_id": [None] * 3}
    )  # fmt: skip
    frame.to_parquet(folder / "records.parquet")
    result = resolve(folder, records="records.parquet")
    assert f"{folder / 'records.parquet'}: 1 records have no value in the column" in result.output
    frame.drop(index=1).to_parquet(folder / "records.parquet")
    result = resolve(folder, records="records.parquet")
    assert "1 records are 1 customers" in result.output
    assert "1 rows without any value" in result.output


@pytest.mark.parametrize(
    ("options", "records", "message"),
    [
        ([], "nope.csv", "there is no file of the records at"),
        ([], "records.xlsx", "must be a .parquet or .csv file"),
        (["--previous", "nope.parquet"], "records.csv", "there is no file of the previous map"),
        (["--overrides", "nope.csv"], "records.csv", "there is no file of overrides"),
    ],
)
def test_a_missing_or_foreign_file_is_named(
    folder: Path, options: list[str], records: str, message: str
) -> None:
    (folder / "records.xlsx").write_text("no table")
    result = resolve(folder, *options, records=records)
    assert result.exit_code == 1
    assert message in result.output


def test_contradicting_overrides_are_refused_naming_file_and_records(folder: Path) -> None:
    line = "crm,1,shop,1,Eva,2026-01-01,why\n"
    (folder / "overrides.csv").write_text(
        "kind,source,source_record_id,other_source,other_record_id,author,date,reason\n"
        f"same,{line}different,{line}"
    )
    result = resolve(folder, "--overrides", str(folder / "overrides.csv"))
    assert result.exit_code == 1
    assert "overrides.csv: crm:1 and shop:1 are overridden both as same and as different" in (
        result.output
    )


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--spark", "host:15002"], "'host:15002' is no Spark Connect server: write sc://"),
        (["--spark", "sc://host", "--report", "report"], "--report don't go with --spark"),
        (["--largest-component", "9"], "--largest-component goes with --spark"),
    ],
)
def test_what_does_not_go_with_spark_is_named(options: list[str], said: str, folder: Path) -> None:
    found = resolve(folder, *options)
    assert found.exit_code
    assert said in found.output
    assert not (folder / "map.parquet").exists()
