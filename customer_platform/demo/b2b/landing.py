"""The files of the demo: which table goes where, in which format, with which columns."""

from customer_platform.demo.writing import (
    CSV,
    JSON_LINES,
    JSON_LINES_GZIP,
    PARQUET,
    LandingTable,
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
