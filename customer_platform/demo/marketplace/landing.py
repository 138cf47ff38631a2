"""The files of the demo marketplace: which table goes where, in which format, which columns."""

from customer_platform.demo.writing import (
    CSV,
    JSON_LINES,
    JSON_LINES_GZIP,
    PARQUET,
    LandingTable,
)

TABLES = (
    LandingTable(
        "app",
        "accounts",
        "app/accounts/accounts_{partition}.csv",
        CSV,
        """
        select
            r.number as account_id, r.first_name, r.last_name, r.email, r.phone,
            case when r.person % 3 > 0 then r.birth_date end as birth_date,
            r.street, r.postcode, r.city, r.country, c.vat_id,
            r.consent as email_consent, r.created_at as registered_at, r.updated_at
        from webshop_records as r
        left join business_accounts as b on b.number = r.number
        left join companies as c on c.company = b.company
        where r.delivered_on = date '{day}'
        order by r.number
        """,
        optional=True,
    ),
    LandingTable(
        "app",
        "order_lines",
        "app/order_lines/order_lines_{partition}.parquet",
        PARQUET,
        "select * exclude (day) from order_lines where day = date '{day}'",
        optional=True,
    ),
    LandingTable(
        "app",
        "refunds",
        "app/refunds/refunds_{partition}.csv",
        CSV,
        "select * exclude (day) from refunds where day = date '{day}'",
        optional=True,
    ),
    LandingTable(
        "seller_portal",
        "sellers",
        "seller_portal/sellers/sellers_{partition}.csv",
        CSV,
        """
        select
            format('S-{{:05d}}', number) as seller_id, company_name, registration_number, vat_id,
            first_name as contact_first_name, last_name as contact_last_name, email, phone, street,
            postcode, city, country, created_at as registered_at, created_at as updated_at
        from seller_portal_sellers
        where delivered_on <= date '{day}'
        order by number
        """,
    ),
    LandingTable(
        "sales_crm",
        "leads",
        "sales_crm/leads/leads_{partition}.jsonl",
        JSON_LINES,
        """
        select
            format('L-{{:05d}}', number) as lead_id, company_name, registration_number, vat_id,
            first_name || ' ' || last_name as contact_name, email, phone, postcode, city,
            created_at, created_at as updated_at
        from sales_crm_sellers
        where delivered_on = date '{day}'
        order by number
        """,
        optional=True,
    ),
    LandingTable(
        "helpdesk",
        "contacts",
        "helpdesk/contacts/contacts_{partition}.csv",
        CSV,
        """
        select
            format('HD-{{:06d}}', number) as contact_id, role, first_name, last_name, company_name,
            vat_id, email, phone, postcode, created_at, updated_at
        from helpdesk_contacts
        where delivered_on = date '{day}'
        order by number
        """,
        optional=True,
    ),
    LandingTable(
        "web",
        "events",
        "web/events/events_{partition}.jsonl.gz",
        JSON_LINES_GZIP,
        "select * exclude (day) from site_events where day = date '{day}'",
        optional=True,
    ),
)
