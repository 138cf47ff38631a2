"""Turns decisions about companies into the values that sellers' records show."""

import duckdb
import numpy as np

from customer_platform.demo.marketplace.companies import LEGAL_FORMS, TRADES
from customer_platform.demo.places import COUNTRIES
from customer_platform.demo.retail.people import Window
from customer_platform.demo.tables import register, words

_COMPANIES = """
create table companies as
select
    c.* exclude (trade),
    p.last_name::varchar || ' ' || c.trade::varchar as name,
    forms.short as legal_form,
    forms.long as legal_form_spelt,
    p.country::varchar as country,
    p.calling_code::varchar as calling_code,
    p.first_name::varchar as first_name,
    p.last_name::varchar as last_name,
    case when c.own_phone then p.mobile else p.landline end::varchar as phone,
    case p.country::varchar
        when 'DE' then 'HRB ' || (c.digits // 100)
        when 'BE' then '0' || (c.digits * 10 + 7)
        else c.digits::varchar
    end as registration_number,
    case p.country::varchar
        when 'NL' then 'NL' || (c.digits * 10 + 3) || 'B01'
        when 'BE' then 'BE0' || (c.digits * 10 + 7)
        else p.country::varchar || (c.digits * 10 + 3)
    end as vat_id,
    case
        when c.own_email then e.email
        else 'info@' || regexp_replace(lower(strip_accents(p.last_name::varchar || c.trade::varchar)), '[^a-z]', '', 'g')
            || c.company || '.example'
    end as email,
    a.street,
    a.postcode,
    a.city
from company_choices as c
inner join people as p on p.person = c.owner
inner join emails as e on e.person = c.owner and e.slot = 0
inner join addresses as a on a.address = 2 * p.household
inner join legal_forms as forms on forms.country = p.country::varchar
"""

_RECORDS = """
create table {source}_sellers as
select
    r.number,
    r.company,
    c.owner as person,
    greatest(r.created_at::date, $first) as delivered_on,
    r.created_at,
    r.also_buyer,
    case when not r.no_name then case
        when r.name_typo then with_typo(c.name, 2, r.typo_share, 120) || ' ' || c.legal_form
        when r.name_style = 1 then c.name
        when r.name_style = 2 then upper(c.name || ' ' || c.legal_form)
        when r.name_style = 3 then c.name || ' ' || c.legal_form_spelt
        else c.name || ' ' || c.legal_form
    end end as company_name,
    c.first_name,
    c.last_name,
    case when not r.no_registration_number then c.registration_number end as registration_number,
    case when not r.no_vat_id then case r.phone_format
        when 0 then left(c.vat_id, 2) || ' ' || substr(c.vat_id, 3)
        else c.vat_id
    end end as vat_id,
    case when r.other_email then 'sales+' || r.number || '@office.example' else c.email end as email,
    case when not r.no_phone then case r.phone_format
        when 0 then '+' || c.calling_code || ' ' || c.phone
        when 1 then '00' || c.calling_code || c.phone
        else '+' || c.calling_code || c.phone
    end end as phone,
    c.street,
    c.postcode,
    c.city,
    c.country
from seller_choices as r
inner join companies as c on c.company = r.company
order by r.number
"""


def render_sellers(
    connection: duckdb.DuckDBPyConnection,
    companies: dict[str, np.ndarray],
    records: dict[str, dict[str, np.ndarray]],
    window: Window,
) -> None:
    """Make the table `companies` and a table `<source>_sellers` per source, one row per record.

    Args:
        connection: Has the tables of people, and the macro `with_typo`.
        companies: What `make_companies` returns.
        records: By source, what `make_seller_records` returns.
        window: The days of the demo.
    """
    trades = np.array(TRADES, dtype=object)
    register(
        connection, "company_choices", {**companies, "trade": words(companies["trade"], trades)}
    )
    register(
        connection,
        "legal_forms",
        {
            "country": np.array(COUNTRIES, dtype=object),
            "short": np.array([LEGAL_FORMS[code][0] for code in COUNTRIES], dtype=object),
            "long": np.array([LEGAL_FORMS[code][1] for code in COUNTRIES], dtype=object),
        },
    )
    connection.execute(_COMPANIES)
    first = np.datetime64(window.first, "D").astype(object)
    for source, columns in records.items():
        register(connection, "seller_choices", columns)
        connection.execute(_RECORDS.format(source=source), {"first": first})
