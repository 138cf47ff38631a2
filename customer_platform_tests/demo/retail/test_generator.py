import hashlib
from datetime import date
from pathlib import Path

import duckdb
import pytest

from customer_platform.demo import DemoSummary
from customer_platform.demo.retail import generate, rates
from customer_platform.errors import DemoError
from customer_platform_tests.support.retail_demo import DAYS, END, value


def _digests(folder: Path) -> dict[str, str]:
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def test_the_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        generate(tmp_path / name, customers=200, days=5, seed=3, end=END)
    one, two = _digests(tmp_path / "one"), _digests(tmp_path / "two")
    assert one == two
    assert len(one) >= 6 * 5 + 1


@pytest.mark.slow
def test_the_bytes_do_not_depend_on_the_number_of_threads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # DuckDB hands a thread 122,880 rows at a time: fewer people who are everywhere make a table
    # that several threads work on.
    for share in ("CRM_SHARE", "WEBSHOP_SHARE", "NEWSLETTER_SHARE", "SUPPORT_SHARE"):
        monkeypatch.setattr(rates, share, 1.0)
    for volume in ("ORDER_LINES_PER_PERSON", "RECEIPT_LINES_PER_PERSON", "EVENTS_PER_PERSON"):
        monkeypatch.setattr(rates, volume, 21.0)
    connect = duckdb.connect
    for threads in (1, 4):

        def with_threads(config: dict, threads: int = threads) -> duckdb.DuckDBPyConnection:
            return connect(config={**config, "threads": threads})

        monkeypatch.setattr(duckdb, "connect", with_threads)
        summary = generate(tmp_path / str(threads), customers=125_000, days=3, seed=3, end=END)
        assert min(summary.rows.values()) > 122_880
    assert _digests(tmp_path / "1") == _digests(tmp_path / "4")


def test_another_seed_gives_another_population(tmp_path: Path) -> None:
    for seed in (3, 4):
        generate(tmp_path / str(seed), customers=50, days=1, seed=seed, end=END)
    one, two = _digests(tmp_path / "3"), _digests(tmp_path / "4")
    assert one["truth.parquet"] != two["truth.parquet"]
    crm = f"landing/crm/customers/customers_{END}.csv"
    assert one[crm] != two[crm]


def test_every_source_record_is_in_the_truth_exactly_once(
    landed: duckdb.DuckDBPyConnection,
) -> None:
    records = """
        select 'crm' as source, customer_id as source_record_id from crm__customers
        union select 'webshop', customer_id from webshop__customers
        union select 'newsletter', subscriber_id from newsletter__subscribers
        union select 'support', contact_id from support__contacts
        union select 'pos', loyalty_card from pos__receipt_lines where loyalty_card is not null
    """
    pairs = "select source, source_record_id from truth"
    assert value(landed, "select count(*) from truth") == value(
        landed, f"select count(*) from ({pairs} union {pairs})"
    )
    assert value(landed, f"select count(*) from (({records}) except ({pairs}))") == 0
    assert value(landed, f"select count(*) from (({pairs}) except ({records}))") == 0


def test_every_person_is_known_to_some_source(
    demo: DemoSummary, landed: duckdb.DuckDBPyConnection
) -> None:
    assert value(landed, "select count(distinct person_id) from truth") == demo.people == 1_500


def test_the_truth_is_not_in_the_landing_zone(demo: DemoSummary) -> None:
    assert demo.truth.parent == demo.landing.parent
    assert not [file for file in demo.landing.rglob("*") if "truth" in file.name]


def test_the_summary_counts_what_is_in_the_files(
    demo: DemoSummary, landed: duckdb.DuckDBPyConnection
) -> None:
    for table, rows in demo.rows.items():
        assert value(landed, f"select count(*) from {table}") == rows
        assert value(landed, f"select count(distinct filename) from {table}") <= demo.files[table]
    assert dict(
        landed.execute("select source, count(*) from truth group by source").fetchall()
    ) == (demo.records)
    assert (demo.last - demo.first).days == DAYS - 1
    assert demo.last == END


def test_files_of_an_earlier_demo_are_replaced_and_other_files_stay(tmp_path: Path) -> None:
    generate(tmp_path, customers=20, days=3, end=date(2026, 1, 3))
    other = tmp_path / "landing" / "crm" / "customers" / "notes.txt"
    other.write_text("mine")
    generate(tmp_path, customers=20, days=1, end=date(2026, 1, 9))
    left = {file.name for file in other.parent.iterdir()}
    assert left == {"notes.txt", "customers_2026-01-09.csv"}


@pytest.mark.parametrize(
    "end", [date(2025, 12, 25), date(2024, 2, 29)], ids=["Christmas", "leap day"]
)
@pytest.mark.parametrize(("customers", "days"), [(1, 1), (2, 3), (7, 2)])
def test_a_tiny_demo_has_a_line_in_every_json_lines_file(
    tmp_path: Path, customers: int, days: int, end: date
) -> None:
    summary = generate(tmp_path / "o'brien [1]", customers, days, seed=5, end=end)
    assert summary.files["crm__customers"] == days
    for table in ("newsletter__subscribers", "web__events"):
        assert summary.files[table] == days
    assert not [file for file in summary.landing.rglob("*.jsonl") if not file.stat().st_size]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"customers": 0}, "customers is 0: must be at least 1"),
        ({"days": -1}, "days is -1: must be at least 1"),
        ({"seed": -5}, "seed is -5: must be at least 0"),
    ],
)
def test_impossible_sizes_are_refused_by_name(
    tmp_path: Path, arguments: dict[str, int], message: str
) -> None:
    with pytest.raises(DemoError, match=message):
        generate(tmp_path, **arguments, end=END)
    assert not list(tmp_path.iterdir())
