"""Generates the demo: companies and their people, the truth, and which table lands where."""

from datetime import date
from pathlib import Path

import duckdb

from customer_platform.demo.b2b import rates
from customer_platform.demo.b2b.account_tables import render_accounts
from customer_platform.demo.b2b.companies import (
    RECORD_SOURCES,
    make_account_records,
    make_companies,
)
from customer_platform.demo.b2b.contacts import render_contacts
from customer_platform.demo.b2b.trade import render_trade, render_visits
from customer_platform.demo.places import COUNTRY_NAMES
from customer_platform.demo.randomness import Window
from customer_platform.demo.retail.orders import make_catalogue
from customer_platform.demo.retail.people import make_people
from customer_platform.demo.retail.person_tables import render_people
from customer_platform.demo.writing import (
    CSV,
    JSON_LINES,
    JSON_LINES_GZIP,
    PARQUET,
    DemoSummary,
    LandingTable,
    write_demo,
)

_KNOWN = "created_at < date '{day}' + interval 1 day"

TABLES = (
    LandingTable(
        "crm",
        "accounts",
        "crm/accounts/accounts_{partition}.csv",
        CSV,
        """
        select
            format('ACC-{{:06d}}', number) as account_id, company_name as name, website, phone,
            registration_number, vat_id, street, postcode, city, country,
            format('ACC-{{:06d}}', parent_number) as parent_account_id,
            created_at, created_at as updated_at
        from crm_accounts where """
        + _KNOWN
        + " order by number",
    ),
    LandingTable(
        "crm",
        "contacts",
        "crm/contacts/contacts_{partition}.csv",
        CSV,
        """
        select
            format('CON-{{:06d}}', number) as contact_id,
            format('ACC-{{:06d}}', account_number) as account_id,
            first_name, last_name, email, phone, created_at, updated_at
        from crm_contacts
        where
            updated_at < date '{day}' + interval 1 day
            and (replaced_at is null or replaced_at >= date '{day}' + interval 1 day)
        order by number
        """,
    ),
    LandingTable(
        "erp",
        "debtors",
        "erp/debtors/debtors_{partition}.csv",
        CSV,
        """
        select
            number as debtor_number, company_name, registration_number, vat_id, email, street,
            postcode, city, c.name as country, head_office_number as head_office,
            created_at, created_at as updated_at
        from erp_accounts
        inner join country_names as c using (country)
        where
            created_at >= case when date '{day}' = (select first_day from demo_window)
                then timestamp '1970-01-01' else timestamp '{day}' end
            and """
        + _KNOWN
        + " order by number",
        optional=True,
    ),
    LandingTable(
        "erp",
        "invoice_lines",
        "erp/invoice_lines/invoice_lines_{partition}.parquet",
        PARQUET,
        """
        select
            document_number, line_number::integer as line_number, document_type, debtor_number,
            format('CON-{{:06d}}', contact_number) as crm_contact_id, document_date, product_code,
            description, quantity, unit_price, currency, credited_invoice
        from invoice_lines where day = date '{day}'
        order by document_date, document_number, line_number
        """,
    ),
    LandingTable(
        "webinar",
        "registrations",
        "webinar/registrations/registrations_{partition}.jsonl",
        JSON_LINES,
        """
        select
            format('REG-{{:06d}}', number) as registration_id, first_name, last_name, email, phone,
            company_name, country, registered_at
        from webinar_registrations where registered_at::date = date '{day}'
        order by number
        """,
        optional=True,
    ),
    LandingTable(
        "web",
        "events",
        "web/events/events_{partition}.jsonl.gz",
        JSON_LINES_GZIP,
        "select * exclude (day, person) from events where day = date '{day}' order by event_id",
    ),
)


# Grain (entity, source, source_record_id): an account is a company, a contact is a person.
_TRUTH = """
create table truth as
with contacts as (
    select 'crm' as source, format('CON-{:06d}', number) as source_record_id, person
    from crm_contacts group by all
    union all
    select 'webinar', format('REG-{:06d}', number), person from webinar_registrations
    union all
    select 'web', email, person from events where email is not null group by all
),
accounts as (
    select 'crm' as source, format('ACC-{:06d}', number) as source_record_id, company
    from crm_accounts
    union all
    select 'erp', number::varchar, company from erp_accounts
)
select 'contact' as entity, source, source_record_id, format('P{:07d}', person + 1) as person_id
from contacts
union all
select 'account', source, source_record_id, format('C{:07d}', company + 1) from accounts
"""


def generate(
    out: Path, customers: int = 5000, days: int = 60, seed: int = 42, *, end: date
) -> DemoSummary:
    """Generate a supplier of companies: landing files of six tables and the truth.

    The same arguments give the same bytes. Files of the same six tables from an earlier demo
    in `out` are replaced as a whole, whatever days they were for.

    Args:
        out: Folder to write to: `landing/` for the sources, `truth.parquet` next to it.
        customers: How many companies there are behind the accounts.
        days: How many days of files, the last being `end`.
        seed: Seed of all draws.
        end: The newest day.

    Returns:
        What was written.

    Raises:
        DemoError: `customers` below 10, `days` below 1, or `seed` below 0.
    """
    persons = round(customers * rates.PEOPLE_PER_COMPANY)
    return write_demo(
        out,
        TABLES,
        lambda connection, window: _build_tables(connection, seed, customers, persons, window),
        customers=customers,
        fewest=10,
        days=days,
        seed=seed,
        end=end,
        people=persons,
    )


def _build_tables(
    connection: duckdb.DuckDBPyConnection, seed: int, count: int, persons: int, window: Window
) -> None:
    connection.execute(
        "create table demo_window as select (date '1970-01-01' + ?::int)::date as first_day",
        [window.first],
    )
    connection.execute("create table country_names (country varchar, name varchar)")
    connection.executemany("insert into country_names values (?, ?)", list(COUNTRY_NAMES.items()))
    people = make_people(seed, persons, window)
    companies = make_companies(seed, count, window)
    records = {
        source: make_account_records(seed, source, companies, window) for source in RECORD_SOURCES
    }
    render_people(connection, seed, people)
    render_accounts(connection, seed, people, companies, records)
    render_contacts(connection, seed, people, companies, window)
    render_trade(connection, seed, records["erp"], companies, make_catalogue(seed), window)
    render_visits(connection, seed, people, window)
    connection.execute(_TRUTH)
