"""The quirks of customers' records, each found in the files."""

import duckdb
import pytest

from customer_platform.demo.randomness import Window
from customer_platform.demo.retail.people import make_people
from customer_platform_tests.demo.retail.kinds import couples_of, person_ids
from customer_platform_tests.support.retail_demo import DAYS, END, value

FAMILY = person_ids(couples_of(make_people(42, 1_500, Window.ending(END, DAYS))))
NAMED = """(
    select customer_id, first_name, last_name, email, phone, postcode from crm__customers
    union select customer_id, first_name, last_name, email, phone, postcode from webshop__customers
)"""


@pytest.mark.parametrize(
    "quirk",
    {
        "test email": "email = 'test@test.com'",
        "no-reply email": "email = 'noreply@shop.example'",
        "phone of zeros": "phone = '0000000000'",
        "phone in sequence": "phone = '0612345678'",
        "email in capitals": "regexp_matches(email, '^[A-Z0-9._]+@')",
        "email in blanks": "email like ' % '",
        "name in capitals": "length(last_name) > 3 and last_name = upper(last_name)",
        "name in small letters": "length(first_name) > 3 and first_name = lower(first_name)",
        "name in blanks": "first_name like ' % '",
        "initial": "regexp_matches(first_name, '^[A-Z][.]$')",
        "accent": "first_name <> strip_accents(first_name)",
        "phone with dash": "regexp_matches(phone, '^06-[0-9]{8}$')",
        "phone with plus and blanks": "regexp_matches(phone, '^[+]31 6 [0-9]{8}$')",
        "phone with zeros and calling code": "regexp_matches(phone, '^00316[0-9]{8}$')",
        "postcode with blank": "regexp_matches(postcode, '^[0-9]{4} [A-Z]{2}$')",
        "postcode in small letters": "regexp_matches(postcode, '^[0-9]{4} [a-z]{2}$')",
        "postcode closed up": "regexp_matches(postcode, '^[0-9]{4}[A-Z]{2}$')",
        "no email": "email is null",
        "no phone": "phone is null",
        "no postcode": "postcode is null",
    }.items(),
    ids=lambda quirk: quirk[0],
)
def test_records_show_the_quirk(landed: duckdb.DuckDBPyConnection, quirk: tuple[str, str]) -> None:
    found = value(landed, f"select count(*) from {NAMED} where {quirk[1]}")
    everything = value(landed, f"select count(*) from {NAMED}")
    assert 0 < found < everything / 2


@pytest.fixture(scope="module")
def known(landed: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """`known`: the newest version of CRM and webshop records, with the person behind each."""
    landed.execute(
        """
        create or replace table known as
        with records as (
            select 'crm' as source, customer_id, first_name, last_name, email, phone, street,
                postcode, loyalty_card, updated_at, filename
            from crm__customers
            union all
            select 'webshop', customer_id, first_name, last_name, email, phone, street,
                postcode, null, updated_at, filename
            from webshop__customers
        )
        select r.*, t.person_id
        from records as r
        inner join truth as t on t.source = r.source and t.source_record_id = r.customer_id
        qualify row_number() over (partition by r.source, customer_id order by filename desc) = 1
        """
    )
    return landed


_TWO_RECORDS = "from known as a inner join known as b on a.customer_id < b.customer_id where "


@pytest.mark.parametrize(
    "quirk",
    {
        "misspelt name": "a.person_id = b.person_id and a.email = b.email"
        " and levenshtein(lower(a.last_name), lower(b.last_name)) = 1",
        "misspelt email": "a.person_id = b.person_id and levenshtein(a.email, b.email) = 1",
        "changed email": "a.person_id = b.person_id and levenshtein(a.email, b.email) > 4"
        " and split_part(a.email, '@', 1) = split_part(b.email, '@', 1)",
        "moved house": "a.person_id = b.person_id and a.source <> b.source"
        " and upper(replace(a.postcode, ' ', '')) <> upper(replace(b.postcode, ' ', ''))",
        "twice in the CRM": "a.person_id = b.person_id and a.source = 'crm' and b.source = 'crm'",
        "twice in the webshop": "a.person_id = b.person_id and a.source = b.source"
        " and a.source = 'webshop'",
        "family phone": "a.person_id <> b.person_id and a.phone like '%-%' and length(b.phone) > 7"
        " and right(a.phone, 7) = right(b.phone, 7)",
        "family address": "a.person_id <> b.person_id and a.street = b.street"
        " and a.last_name = b.last_name",
    }.items(),
    ids=lambda quirk: quirk[0],
)
def test_pairs_of_records_show_the_quirk(
    known: duckdb.DuckDBPyConnection, quirk: tuple[str, str]
) -> None:
    assert value(known, f"select count(*) {_TWO_RECORDS} {quirk[1]}") > 0


def people_of(known: duckdb.DuckDBPyConnection, query: str) -> set[frozenset[str]]:
    return {frozenset(pair) for pair in known.execute(query).fetchall()}


def test_nobody_shares_an_email_address_but_by_placeholder_or_in_a_family(
    known: duckdb.DuckDBPyConnection,
) -> None:
    shared = (
        "a.person_id <> b.person_id and lower(trim(a.email)) = lower(trim(b.email))"
        " and lower(trim(a.email)) not in ('test@test.com', 'noreply@shop.example')"
    )
    pairs = people_of(known, f"select a.person_id, b.person_id {_TWO_RECORDS} {shared}")
    assert 0 < len(pairs) < 10
    assert pairs <= FAMILY


def test_the_crm_record_of_a_card_holder_shows_the_holders_card_or_the_familys(
    known: duckdb.DuckDBPyConnection,
) -> None:
    on_record = """
        from known as k
        inner join truth as t on t.source = 'pos' and t.source_record_id = k.loyalty_card
    """
    assert value(known, f"select count(*) {on_record}") > 100
    others = "where t.person_id <> k.person_id"
    pairs = people_of(known, f"select t.person_id, k.person_id {on_record} {others}")
    assert 0 < len(pairs) < 10
    assert pairs <= FAMILY


def test_some_people_use_two_cards(landed: duckdb.DuckDBPyConnection) -> None:
    two = "select 1 from truth where source = 'pos' group by person_id having count(*) = 2"
    assert value(landed, f"select count(*) from ({two})") > 0


def test_subscribers_often_leave_out_names_and_postcode(
    landed: duckdb.DuckDBPyConnection,
) -> None:
    for column in ("first_name", "last_name", "postcode"):
        share = f"select 100 * count(*) filter (where {column} is null) / count(*)"
        assert 15 < value(landed, f"{share} from newsletter__subscribers") < 60
