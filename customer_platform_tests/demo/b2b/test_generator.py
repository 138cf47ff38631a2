"""The demo company that sells to companies, by the files that it lands."""

import hashlib
from datetime import date
from pathlib import Path

import duckdb
import pytest

from customer_platform.demo import DemoSummary
from customer_platform.demo.b2b import generate
from customer_platform.errors import DemoError

END = date(2026, 1, 10)
DAYS = 10


def _digests(folder: Path) -> dict[str, str]:
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoSummary:
    return generate(tmp_path_factory.mktemp("b2b"), customers=400, days=DAYS, seed=42, end=END)


@pytest.fixture(scope="module")
def landed(demo: DemoSummary) -> duckdb.DuckDBPyConnection:
    """The landing files as tables named `<source>__<table>`, all days together, and the truth."""
    connection = duckdb.connect()
    for name, reader in {
        "crm__accounts": "read_csv('{}/crm/accounts/*.csv', filename = true, all_varchar = true)",
        "crm__contacts": "read_csv('{}/crm/contacts/*.csv', filename = true, all_varchar = true)",
        "erp__debtors": "read_csv('{}/erp/debtors/*.csv', filename = true, all_varchar = true)",
        "erp__invoice_lines": "read_parquet('{}/erp/invoice_lines/*.parquet', filename = true)",
        "webinar__registrations": "read_json('{}/webinar/registrations/*', filename = true)",
        "web__events": "read_json('{}/web/events/*.jsonl.gz', filename = true)",
    }.items():
        connection.execute(f"create table {name} as from {reader.format(demo.landing)}")
    connection.execute(f"create table truth as select * from '{demo.truth}'")
    return connection


def _value(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    return int(connection.execute(query).fetchall()[0][0])


def test_the_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        generate(tmp_path / name, customers=40, days=3, seed=3, end=END)
    one, two = _digests(tmp_path / "one"), _digests(tmp_path / "two")
    assert one == two
    assert len(one) >= 4 * 3 + 1


def test_another_seed_gives_other_companies(tmp_path: Path) -> None:
    for seed in (3, 4):
        generate(tmp_path / str(seed), customers=40, days=1, seed=seed, end=END)
    one, two = _digests(tmp_path / "3"), _digests(tmp_path / "4")
    assert one["truth.parquet"] != two["truth.parquet"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"customers": 9}, "customers is 9: must be at least 10"),
        ({"days": 0}, "days is 0: must be at least 1"),
        ({"seed": -1}, "seed is -1: must be at least 0"),
    ],
)
def test_what_makes_no_demo_is_refused(
    tmp_path: Path, arguments: dict[str, int], message: str
) -> None:
    with pytest.raises(DemoError, match=message):
        generate(tmp_path, **arguments, end=END)


def test_every_record_is_in_the_truth_exactly_once(landed: duckdb.DuckDBPyConnection) -> None:
    records = """
        select 'account' as entity, 'crm' as source, account_id as record from crm__accounts
        union select 'account', 'erp', debtor_number from erp__debtors
        union select 'contact', 'crm', contact_id from crm__contacts
        union select 'contact', 'webinar', registration_id from webinar__registrations
        union select 'contact', 'web', email from web__events where email is not null
    """
    wrong = f"""
        select count(*) from ({records}) as landed
        full join truth on landed.entity = truth.entity and landed.source = truth.source
            and landed.record = truth.source_record_id
        where landed.record is null or truth.source_record_id is null
    """
    assert _value(landed, wrong) == 0
    assert _value(landed, "select count(*) from truth") == _value(
        landed, "select count(distinct (entity, source, source_record_id)) from truth"
    )


def test_companies_stand_in_groups_and_two_own_each_other(
    landed: duckdb.DuckDBPyConnection,
) -> None:
    parents = dict(
        landed.execute(
            "select distinct account_id, parent_account_id from crm__accounts "
            "where parent_account_id is not null"
        ).fetchall()
    )

    def above(account: str) -> list[str]:
        chain: list[str] = []
        while account in parents and account not in chain:
            chain.append(account)
            account = parents[account]
        return chain

    assert max(len(above(each)) for each in parents) == 3
    circles = [each for each in parents if parents.get(parents[each]) == each]
    assert len(circles) == 2


def test_subsidiaries_share_their_parents_domain_and_not_its_number(
    landed: duckdb.DuckDBPyConnection,
) -> None:
    sharing = (
        "from erp__debtors as a inner join erp__debtors as b on a.head_office = b.debtor_number "
        "and split_part(a.email, '@', 2) = split_part(b.email, '@', 2)"
    )
    assert _value(landed, f"select count(*) {sharing}") > 5
    assert (
        _value(
            landed, f"select count(*) {sharing} where a.registration_number = b.registration_number"
        )
        == 0
    )


def test_some_contacts_change_employer_in_place_between_the_days(
    landed: duckdb.DuckDBPyConnection,
) -> None:
    moved = (
        "select count(*) from (select contact_id from crm__contacts "
        "where account_id is not null group by 1 having count(distinct account_id) > 1 "
        "and count(distinct email) > 1)"
    )
    assert _value(landed, moved) > 5


def test_credit_notes_name_their_invoice_or_not(landed: duckdb.DuckDBPyConnection) -> None:
    notes = "select count(*) from erp__invoice_lines where document_type = 'credit_note' and "
    assert _value(landed, notes + "credited_invoice is not null") > 0
    assert _value(landed, notes + "credited_invoice is null") > 0
    assert _value(landed, notes + "quantity >= 0") == 0
    named = (
        "select count(*) from erp__invoice_lines as n left join erp__invoice_lines as i "
        "on n.credited_invoice = i.document_number and n.product_code = i.product_code "
        "and n.debtor_number = i.debtor_number "
        "where n.credited_invoice is not null and i.document_number is null"
    )
    assert _value(landed, named) == 0
