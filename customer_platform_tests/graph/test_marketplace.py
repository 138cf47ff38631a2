"""A small marketplace, built, changed and rebuilt by `marketplace_life`."""

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from customer_platform.identity import pairwise_accuracy
from customer_platform.publishing.catalogue import FILE_NAME
from customer_platform_tests.support.demos import BuiltDemo
from customer_platform_tests.support.leaks import leaks, values_in

TABLES = (
    "transactions", "events", "returns", "buyers", "sellers", "parties", "buyer_totals",
    "seller_totals", "marketplace_days",
)  # fmt: skip
HISTORIES = ("buyers_history", "sellers_history", "parties_history")


class Life:
    """The states of its warehouse, under their names."""

    def __init__(self, demo: BuiltDemo) -> None:
        self.demo = demo
        self.connection = duckdb.connect()
        for state in ("built", "changed", "rebuilt"):
            self.connection.execute(f"attach '{demo.home / state}.duckdb' as {state} (read_only)")

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(query).fetchall()


@pytest.fixture(scope="module")
def life(marketplace: BuiltDemo) -> Iterator[Life]:
    life = Life(marketplace)
    yield life
    life.connection.close()


def test_every_run_succeeds_and_every_check_passes_but_that_of_old_data(life: Life) -> None:
    told = life.demo.told
    assert [told["first"]["succeeded"], *told["succeeded"]] == [True, True, True]
    ended = told["first"]["checks"]
    assert {name.split(":")[1] for name in ended if ended[name] != "passed"} <= {"newest_record"}


def test_only_the_assets_of_a_marketplace_appear(life: Life) -> None:
    assets = set(life.demo.told["assets"])
    assert {f"master/{table}" for table in TABLES} < assets
    assert {f"identity/{entity}_id_map" for entity in ("buyer", "seller", "party")} < assets
    assert not {each for each in assets if "customer" in each or "crm__customers" in each}
    assert {each for each in assets if each.startswith("raw/")} == {
        "raw/app__accounts", "raw/app__order_lines", "raw/app__refunds", "raw/helpdesk__contacts",
        "raw/sales_crm__leads", "raw/seller_portal__sellers", "raw/web__events",
    }  # fmt: skip


def test_the_unit_tests_of_its_models_pass(life: Life) -> None:
    tests = life.demo.told["unit_tests"]
    assert len(tests) >= 18
    assert {name for name, status in tests.items() if status != "pass"} == set()


@pytest.mark.parametrize("entity", ["buyer", "seller", "party"])
def test_those_that_are_found_are_those_behind_the_records(life: Life, entity: str) -> None:
    accuracy = pairwise_accuracy(
        life.connection,
        f"select source, source_record_id, {entity}_id as customer_id "
        f"from built.identity.{entity}_id_map",
        f"select * from '{life.demo.home / 'truth.parquet'}' where entity = '{entity}'",
    )
    assert accuracy.records_without_map == accuracy.records_without_truth == 0
    assert accuracy.true_pairs > 0
    assert accuracy.precision >= 0.98
    assert accuracy.recall >= 0.9


def test_gmv_commission_payout_and_shipping_are_those_of_the_landed_files(life: Life) -> None:
    landing = life.demo.home / "landing" / "app"
    landed = life.rows(f"""
        with lines as (
            select currency, quantity * unit_price as amount, commission, shipping,
                kind = 'sale' as is_sale
            from read_parquet('{landing}/order_lines/*.parquet')
            union all
            select currency, -quantity * unit_price, -commission, -shipping, false
            from read_csv('{landing}/refunds/*.csv', types = {{'unit_price': 'decimal(18,2)',
                'commission': 'decimal(18,2)', 'shipping': 'decimal(18,2)'}})
        )
        select currency, coalesce(sum(amount) filter (where is_sale), 0), sum(amount),
            sum(commission), sum(amount) - sum(commission), sum(shipping)
        from lines group by currency order by currency
    """)
    assert len(landed) == 2
    assert landed == life.rows(
        "select currency, sum(gmv), sum(net_amount), sum(commission), sum(seller_payout), "
        "sum(shipping) from built.master.marketplace_days group by currency order by currency"
    )
    assert landed == life.rows(
        "select currency, sum(gmv), sum(net_amount), sum(commission), sum(seller_payout), "
        "sum(shipping) from built.master.seller_totals group by currency order by currency"
    )


def test_a_party_that_is_both_keeps_a_buyer_and_a_seller_id(life: Life) -> None:
    both = life.rows(
        "select buyer_id_count, seller_id_count from built.master.parties "
        "where is_buyer and is_seller"
    )
    assert both
    assert all(buyers >= 1 and sellers >= 1 for buyers, sellers in both)
    masters = life.rows(
        "select (select sum(buyer_id_count) from built.master.parties), "
        "(select count(*) from built.master.buyers), "
        "(select sum(seller_id_count) from built.master.parties), "
        "(select count(*) from built.master.sellers)"
    )[0]
    assert masters[0] == masters[1]
    assert masters[2] == masters[3]


def test_orders_of_ones_own_shop_are_flagged(life: Life) -> None:
    [(flagged, orders)] = life.rows(
        "select count(*) filter (where is_self_dealing), sum(self_dealing_order_count) "
        "from built.master.parties"
    )
    [(found,)] = life.rows(
        "select count(distinct order_id) from built.master.transactions "
        "inner join (select buyer_id, party_id from built.master.buyers) using (buyer_id) "
        "inner join (select seller_id, party_id as seller_party from built.master.sellers) "
        "using (seller_id) where transaction_type = 'sale' and party_id = seller_party"
    )
    assert flagged > 0
    assert orders == found


def test_events_before_a_log_in_have_the_buyer_or_the_seller(life: Life) -> None:
    known = dict(
        life.rows(
            "select role, count(*) from built.master.events where identified_by = 'visitor' "
            "and coalesce(buyer_id, seller_id) is not null group by role"
        )
    )
    assert set(known) == {"buyer", "seller"}
    [(of_both,)] = life.rows(
        "select count(*) from built.master.events where buyer_id is not null "
        "and seller_id is not null"
    )
    assert of_both == 0


@pytest.mark.parametrize(("role", "before", "after"), [("buyer", 2, 1), ("seller", 1, 2)])
def test_days_that_were_not_asked_for_have_the_new_ids(
    life: Life, role: str, before: int, after: int
) -> None:
    [(source, one, other)] = life.rows(
        f"select source, source_record_id, other_record_id "
        f"from changed.identity.{role}_link_overrides"
    )
    record = f"{role}_source = '{source}' and {role}_record_id in ('{one}', '{other}')"
    ids = f"select distinct {role}_id from {{}}.master.transactions where {record}"
    assert len(life.rows(ids.format("built"))) == before
    assert len(life.rows(ids.format("changed"))) == after
    days = (
        f"select distinct partition_date::varchar from changed.master.transactions where {record}"
    )
    assert {day for (day,) in life.rows(days)} - {life.demo.days[-1]}


_IDS = "{0}.buyer_id, {0}.seller_id"
_BOTH = (
    "built.master.transactions as before inner join changed.master.transactions as after "
    "using (transaction_id, transaction_type, currency, amount)"
)
_MOVED = f"({_IDS.format('before')}) is distinct from ({_IDS.format('after')})"


def test_the_ledger_says_what_moved_from_which_buyer_and_seller_to_which(life: Life) -> None:
    moved = life.rows(
        "select before.buyer_id, after.buyer_id, before.seller_id, after.seller_id, currency, "
        "count(*), coalesce(sum(amount) filter (transaction_type = 'sale'), 0), "
        "coalesce(-sum(amount) filter (transaction_type = 'return'), 0) "
        f"from {_BOTH} where {_MOVED} group by all order by all"
    )
    assert moved
    assert moved == life.rows(
        "select previous_buyer_id, buyer_id, previous_seller_id, seller_id, currency, row_count, "
        "gross_revenue, returned_revenue from rebuilt.master.restatements "
        "where relation = 'transactions' order by all"
    )


def test_of_other_days_exactly_the_rows_that_moved_are_written_again(life: Life) -> None:
    # What is written goes behind what stays.
    assert life.rows(
        f"select max(after.rowid) filter (not {_MOVED}) < min(after.rowid) filter ({_MOVED}) "
        f"from {_BOTH} where before.partition_date < '{life.demo.days[-1]}'"
    ) == [(True,)]


@pytest.mark.parametrize("table", [*TABLES, *HISTORIES])
def test_restating_one_day_leaves_what_a_rebuild_does_and_a_rebuild_changes_nothing(
    life: Life, table: str
) -> None:
    for one, other in (("changed", "rebuilt"), ("rebuilt", "changed")):
        differing = f"select * from {one}.master.{table} except all from {other}.master.{table}"
        assert life.rows(differing) == []
    [(rows,)] = life.rows(f"select count(*) from rebuilt.master.{table}")
    assert rows > 0


def test_a_buyer_that_is_merged_away_keeps_a_history_which_ends(life: Life) -> None:
    [(gone,)] = life.rows(
        "select buyer_id from built.master.buyers except select buyer_id from changed.master.buyers"
    )
    versions = "select is_current, valid_to is null from {}.master.buyers_history where buyer_id = "
    assert life.rows(versions.format("built") + f"'{gone}'") == [(True, True)]
    assert life.rows(versions.format("changed") + f"'{gone}'") == [(False, False)]


def test_a_seller_that_is_split_off_has_a_history_that_begins_then(life: Life) -> None:
    [(new,)] = life.rows(
        "select seller_id from changed.master.sellers except "
        "select seller_id from built.master.sellers"
    )
    first_of_all = "select min(valid_from) from changed.master.sellers_history"
    assert life.rows(
        f"select count(*), min(valid_from) > ({first_of_all}), bool_and(is_current) "
        f"from changed.master.sellers_history where seller_id = '{new}'"
    ) == [(1, True, True)]


@pytest.mark.parametrize("masters", ["buyers", "sellers", "parties"])
def test_a_past_moment_is_reproduced_by_the_history(life: Life, masters: str) -> None:
    columns = [name for name, *_ in life.rows(f"describe built.master.{masters}")]
    first_run = (
        f"select {', '.join(columns)} from rebuilt.master.{masters}_history "
        "qualify valid_from = min(valid_from) over ()"
    )
    as_built = f"select * from built.master.{masters}"
    assert life.rows(f"{first_run} except all {as_built}") == []
    assert life.rows(f"{as_built} except all {first_run}") == []


def test_readers_see_the_histories(life: Life) -> None:
    catalogue = life.demo.home / "published" / FILE_NAME
    with duckdb.connect(str(catalogue), read_only=True) as reader:
        for name in HISTORIES:
            count = f"select count(*), count(valid_to) from {{}}.{name}"
            assert (
                reader.execute(count.format("master")).fetchall()
                == life.rows(count.format("rebuilt.master"))
            )  # fmt: skip


def test_a_run_of_what_has_not_changed_gives_every_record_the_id_it_had(life: Life) -> None:
    for entity in ("buyer", "seller", "party"):
        ids = f"select source, source_record_id, {entity}_id from {{}}.identity.{entity}_id_map"
        assert life.rows(f"{ids.format('changed')} except {ids.format('rebuilt')}") == []


def test_no_personal_value_is_in_the_event_log_or_in_any_log(life: Life) -> None:
    values = values_in(life.demo.home / "warehouse.duckdb")
    assert len(values) > 400
    assert leaks(life.demo.home, values, *life.demo.printed) == {}
