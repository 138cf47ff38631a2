"""The files of the demo: which table goes where, in which format, with which columns."""

from customer_platform.demo.writing import CSV, JSON_LINES, JSON_LINES_GZIP, PARQUET, LandingTable

_ON_DAY = "day = date '{day}'"

TABLES = (
    LandingTable(
        "crm",
        "customers",
        "crm/customers/customers_{partition}.csv",
        CSV,
        """
        select
            format('CRM-{{:06d}}', number) as customer_id,
            first_name, last_name, email, phone, birth_date, street, postcode, city, country,
            case when card > 0 then card::varchar end as loyalty_card,
            consent as email_consent,
            created_at, updated_at
        from crm_records
        where delivered_on <= date '{day}' and replaced_on > date '{day}'
        """,
    ),
    LandingTable(
        "webshop",
        "customers",
        "webshop/customers/customers_{partition}.csv",
        CSV,
        """
        select
            number as customer_id,
            first_name, last_name, email, phone, street, postcode, city, country,
            created_at as registered_at, updated_at
        from webshop_records
        where delivered_on = date '{day}'
        """,
    ),
    LandingTable(
        "webshop",
        "order_lines",
        "webshop/order_lines/order_lines_{partition}.csv",
        CSV,
        """
        select InvoiceNo, StockCode, Description, Quantity, InvoiceDate, UnitPrice, CustomerID,
            Country
        from order_lines
        where """
        + _ON_DAY,
        optional=True,
    ),
    LandingTable(
        "pos",
        "receipt_lines",
        "pos/receipt_lines/receipt_lines_{partition}.parquet",
        PARQUET,
        "select * exclude (day, person) from receipt_lines where " + _ON_DAY,
    ),
    LandingTable(
        "newsletter",
        "subscribers",
        "newsletter/subscribers/subscribers_{partition}.jsonl",
        JSON_LINES,
        """
        select
            format('NL-{{:06d}}', number) as subscriber_id,
            email, first_name, last_name, postcode,
            case when profile_changed then 'unsubscribed' else 'subscribed' end as status,
            created_at as subscribed_at, updated_at
        from newsletter_records
        where
            delivered_on = date '{day}'
            -- A day without news sends the first subscriber again: no file is without a line.
            or (
                number = 1 and delivered_on <= date '{day}' and replaced_on > date '{day}'
                and not exists (
                    select 1 from newsletter_records where delivered_on = date '{day}'
                )
            )
        -- The subquery is a join, which keeps no order when several threads run it.
        order by number
        """,
    ),
    LandingTable(
        "support",
        "contacts",
        "support/contacts/contacts_{partition}.csv",
        CSV,
        """
        select
            format('SUP-{{:06d}}', number) as contact_id,
            first_name, last_name, email, phone, postcode, topic, created_at, updated_at
        from support_records
        where delivered_on = date '{day}'
        """,
    ),
    LandingTable(
        "web",
        "events",
        "web/events/events_{partition}.jsonl.gz",
        JSON_LINES_GZIP,
        "select * exclude (day) from events where " + _ON_DAY,
    ),
)
