"""What the benchmark of the masters starts from and says; measuring itself takes minutes."""

from pathlib import Path

import masters
import pytest
from masters_data import Scale, create_raw_tables, exact_rules, insert_days, resolve
from masters_runs import Build

SCALE = Scale(records=100, lines=200, events=400, days=2)


def test_records_are_resolved_by_the_exact_rules_which_need_no_comparison_first(
    tmp_path: Path,
) -> None:
    import duckdb

    warehouse = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(warehouse)) as connection:
        create_raw_tables(connection, SCALE)
        insert_days(connection, SCALE, 0, 1)
        connection.execute(
            "create table identity.source_lookup as select 'webshop' as source, "
            "customer_id::varchar as source_record_id, updated_at, null as loyalty_card_key, "
            "email as email_key, null as phone_key, first_name as first_name_key, "
            "last_name as last_name_key, null::date as birth_date_key, postcode as postcode_key, "
            "street as street_key from raw.webshop__customers"
        )
    resolve(warehouse)
    with duckdb.connect(str(warehouse)) as connection:
        records, customers = connection.execute(
            "select count(*), count(distinct customer_id) from identity.customer_id_map"
        ).fetchall()[0]
    assert records == SCALE.accounts
    assert customers < records


def test_the_exact_rules_are_the_retail_rules_without_the_similar_ones() -> None:
    rules = exact_rules().match_rules
    assert [rule.name for rule in rules][:2] == ["loyalty_card", "email"]
    assert all(rule.match and not rule.similar for rule in rules)


def test_a_folder_that_is_not_there_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "on" / "the" / "large" / "disk"
    measured: list[Path] = []
    monkeypatch.setattr("sys.argv", ["masters.py", "--scale", "small", "--folder", str(folder)])
    monkeypatch.setattr(masters, "measure_all", lambda where, _: measured.append(where))
    monkeypatch.setattr(masters, "report", lambda _: "")
    masters.main()
    assert measured[0].parent == folder


def test_ratios_leave_the_start_up_out_of_a_day_and_of_a_restatement() -> None:
    def build(seconds: float) -> Build:
        return Build(seconds, peak_bytes=0, cpu_seconds=0, slowest={})

    assert masters.ratios(build(80), build(100), build(11), build(13), build(8)) == {
        "full_to_floor": 1.25,
        "day_to_full": 0.03,
        "restate_to_full": 0.05,
    }
