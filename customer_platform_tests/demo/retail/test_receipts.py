import duckdb
import pytest

from customer_platform_tests.support.retail_demo import value


@pytest.mark.parametrize(
    "kind",
    [
        "loyalty_card is null and email is null",
        "loyalty_card is not null and email is null",
        "loyalty_card is not null and email is not null",
        "loyalty_card is null and email is not null",
        "quantity < 0 and original_receipt_id is null",
        "quantity < 0 and original_receipt_id is not null",
        "email = 'noreply@shop.example'",
    ],
)
def test_receipt_lines_are_of_every_kind(landed: duckdb.DuckDBPyConnection, kind: str) -> None:
    assert value(landed, f"select count(*) from pos__receipt_lines where {kind}") > 0


def test_only_returns_name_an_original_receipt_and_it_holds_what_is_returned(
    landed: duckdb.DuckDBPyConnection,
) -> None:
    named = "from pos__receipt_lines as r where original_receipt_id is not null"
    held = """
        and exists (
            select 1 from pos__receipt_lines as s
            where s.receipt_id = r.original_receipt_id and s.product_code = r.product_code
                and s.quantity >= -r.quantity and s.sold_at < r.sold_at
        )
    """
    assert value(landed, f"select count(*) {named} and quantity >= 0") == 0
    assert value(landed, f"select count(*) {named} {held}") == value(
        landed, f"select count(*) {named}"
    )


def test_returns_without_an_earlier_sale_exist_but_are_the_minority(
    landed: duckdb.DuckDBPyConnection,
) -> None:
    returns = """
        from pos__receipt_lines as r where quantity < 0 and loyalty_card is not null
    """
    explained = """
        and exists (
            select 1 from pos__receipt_lines as s
            where s.loyalty_card = r.loyalty_card and s.product_code = r.product_code
                and s.quantity >= -r.quantity and s.sold_at < r.sold_at
        )
    """
    all_returns = value(landed, f"select count(*) {returns}")
    matched = value(landed, f"select count(*) {returns} {explained}")
    assert 0.8 * all_returns < matched < all_returns


def test_a_receipt_is_of_one_store_one_moment_and_one_card_with_numbered_lines(
    landed: duckdb.DuckDBPyConnection,
) -> None:
    odd = """
        select 1 from pos__receipt_lines group by receipt_id
        having count(distinct store) > 1 or count(distinct sold_at) > 1
            or count(distinct coalesce(loyalty_card, '')) > 1
            or min(line_number) <> 1 or max(line_number) <> count(*)
    """
    assert value(landed, f"select count(*) from ({odd})") == 0


def test_loyalty_cards_carry_a_valid_check_digit(landed: duckdb.DuckDBPyConnection) -> None:
    cards = landed.execute(
        "select distinct loyalty_card from pos__receipt_lines where loyalty_card is not null"
    ).fetchall()
    for (card,) in cards:
        digits = [int(digit) for digit in card]
        assert len(digits) == 13
        assert (sum(digits[0::2]) + 3 * sum(digits[1::2])) % 10 == 0
