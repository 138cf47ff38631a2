"""The quality report as plots and as files."""

import csv
import re
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from customer_platform.identity.store import IdentityStore
from customer_platform.presentation.identity_report import report_plots, report_writer
from customer_platform.stewardship import quality
from customer_platform_tests.identity.helpers import OUTPUT, different, make_rules, run

RULES = make_rules(("email", ["email"]))
ROWS = [("s", "1", "<script>alert(1)</script>"), ("s", "2", "<script>alert(1)</script>")]


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


def _report(connection: duckdb.DuckDBPyConnection) -> dict[str, pd.DataFrame]:
    return quality.quality_report(IdentityStore(connection, "records", RULES, OUTPUT))


def test_every_part_that_has_numbers_has_a_plot(connection: duckdb.DuckDBPyConnection) -> None:
    run(connection, ROWS, RULES, overrides=[different("1", "2")])
    plots = report_plots(_report(connection))
    assert set(plots) == {
        "fill_rate_per_match_key",
        "match_share_per_rule",
        "links_per_rule",
        "records_per_customer",
        "source_overlap",
        "refused_links_by_reason",
        "records_changed_by_reason",
    }
    assert all("data:image/png;base64," in plot for plot in plots.values())


def test_without_refused_links_and_changes_there_is_no_plot_of_them(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    run(connection, ROWS, RULES)
    run(connection, ROWS, RULES)
    assert not {"refused_links_by_reason", "records_changed_by_reason"} & set(
        report_plots(_report(connection))
    )


def test_the_report_of_no_records_can_be_written(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    run(connection, [], RULES)
    report_writer(tmp_path)(IdentityStore(connection, "records", RULES, OUTPUT))
    assert "None." in (tmp_path / "report.html").read_text()


def test_every_table_is_written_and_shown_on_a_page_that_needs_nothing_else(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    run(connection, ROWS, RULES)
    folder = tmp_path / "new" / "report"
    report_writer(folder)(IdentityStore(connection, "records", RULES, OUTPUT))
    assert {path.stem for path in folder.glob("*.csv")} == set(_report(connection))
    with (folder / "shared_values.csv").open() as file:
        assert list(csv.DictReader(file)) == [
            {"match_key": "email", "value": ROWS[0][2], "records": "2"}
        ]
    page = (folder / "report.html").read_text()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "NA" not in re.sub(r'src="[^"]*"', "", page)
    sources = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert len(sources) == 6
    assert all(source.startswith("data:image/png;base64,") for source in sources)


def test_a_report_replaces_the_one_before(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    run(connection, ROWS, RULES)
    write = report_writer(tmp_path)
    write(IdentityStore(connection, "records", RULES, OUTPUT))
    run(connection, ROWS[:1], RULES)
    write(IdentityStore(connection, "records", RULES, OUTPUT))
    assert list(pd.read_csv(tmp_path / "customer_sizes.csv")["records_per_customer"]) == [1]
