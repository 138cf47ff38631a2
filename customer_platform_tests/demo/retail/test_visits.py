import duckdb

from customer_platform.demo.retail.visits import EVENT_TYPES
from customer_platform_tests.support.retail_demo import value


def test_events_are_of_every_type_and_no_other(landed: duckdb.DuckDBPyConnection) -> None:
    types = landed.execute("select distinct event_type from web__events").fetchall()
    assert {name for (name,) in types} == set(EVENT_TYPES)


def test_visitors_browse_before_they_log_in(landed: duckdb.DuckDBPyConnection) -> None:
    known_later = """
        select 1 from web__events as e where e.account_id is null and exists (
            select 1 from web__events as k
            where k.anonymous_id = e.anonymous_id and k.account_id is not null
                and k.occurred_at > e.occurred_at
        )
    """
    assert value(landed, f"select count(*) from ({known_later})") > 500


def test_some_visitors_are_never_known(landed: duckdb.DuckDBPyConnection) -> None:
    never = "select 1 from web__events group by anonymous_id having count(account_id) = 0"
    assert value(landed, f"select count(*) from ({never})") > 100


def test_an_account_has_several_devices_and_a_device_several_accounts(
    landed: duckdb.DuckDBPyConnection,
) -> None:
    for one, other in (("account_id", "anonymous_id"), ("anonymous_id", "account_id")):
        several = f"select 1 from web__events group by {one} having count(distinct {other}) > 1"
        assert value(landed, f"select count(*) from ({several} and {one} is not null)") > 3


def test_log_ins_sign_ups_and_purchases_carry_the_account(
    landed: duckdb.DuckDBPyConnection,
) -> None:
    nameless = "event_type in ('login', 'signup', 'purchase') and account_id is null"
    assert value(landed, f"select count(*) from web__events where {nameless}") == 0


def test_no_event_carries_an_account_before_it_is_registered(
    landed: duckdb.DuckDBPyConnection,
) -> None:
    early = """
        from web__events as e
        inner join (
            select customer_id::bigint as customer_id, min(registered_at::timestamp) as since
            from webshop__customers group by all
        ) as c on c.customer_id = e.account_id
    """
    assert value(landed, f"select count(*) {early}") > 0
    assert value(landed, f"select count(*) {early} where e.occurred_at < c.since") == 0


def test_every_purchase_is_an_order_of_the_same_account(
    landed: duckdb.DuckDBPyConnection,
) -> None:
    purchases = "from web__events as e where e.event_type = 'purchase'"
    ordered = """
        and exists (
            select 1 from webshop__order_lines as o
            where o.InvoiceNo = e.properties.invoice_no and o.CustomerID = e.account_id
        )
    """
    assert value(landed, f"select count(*) {purchases}") > 50
    assert value(landed, f"select count(*) {purchases} {ordered}") == value(
        landed, f"select count(*) {purchases}"
    )


def test_campaigns_are_on_the_first_event_of_a_visit_only(
    landed: duckdb.DuckDBPyConnection,
) -> None:
    campaigns = "from web__events where utm_source is not null"
    assert value(landed, f"select count(*) {campaigns}") > 100
    assert value(landed, f"select count(*) {campaigns} and event_type not in ('page_view')") == 0
    assert value(landed, f"select count(*) {campaigns} and utm_campaign is null") == 0
