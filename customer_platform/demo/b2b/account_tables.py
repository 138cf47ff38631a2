"""Turns companies and their records from decisions into the values of their files."""

from dataclasses import replace

import duckdb
import numpy as np

from customer_platform.demo.b2b.companies import LEGAL_FORMS, RECORD_SOURCES, TRADES
from customer_platform.demo.contact_details import make_addresses
from customer_platform.demo.places import COUNTRIES
from customer_platform.demo.retail.people import People
from customer_platform.demo.writing import register, words

# A name is one of a founder's, or of two; a company that would share its domain gets a number.
_COMPANIES = """
create table companies as
with named as (
    select
        c.*,
        f.last_name || case when two_names then ' & ' || o.last_name else '' end || ' ' || c.trade
            as core_name
    from company_draws as c
    inner join people as f on f.person = c.company
    inner join people as o on o.person = c.company + 1
),
slugs as (
    select
        *,
        regexp_replace(lower(strip_accents(replace(core_name, 'ß', 'ss'))), '[^a-z]', '', 'g')
            as slug,
        row_number() over (partition by lower(strip_accents(core_name)) order by company) as taken
    from named
),
own_domains as (
    select
        *,
        slug || case when taken > 1 then taken::varchar else '' end || '.example' as own_domain
    from slugs
)
select
    c.*,
    case
        when c.no_domain then null
        when c.shares_domain
            then coalesce(case when p.shares_domain then g.own_domain end, p.own_domain)
        else c.own_domain
    end as domain,
    case c.country
        when 'BE' then format('0{:09d}', 400000000 + c.company * 7)
        when 'DE' then 'HRB ' || c.digits
        else c.digits::varchar
    end as registration,
    case c.country
        when 'NL' then format('NL{:09d}B01', 100000000 + c.company * 7)
        when 'BE' then format('BE0{:09d}', 400000000 + c.company * 7)
        else c.country || format('{:09d}', 200000000 + c.company * 7)
    end as vat,
    a.street, a.postcode, a.city
from own_domains as c
left join own_domains as p on p.company = c.parent
left join own_domains as g on g.company = p.parent
inner join company_addresses as a on a.address = 2 * case
    when c.same_address and c.country = p.country then c.parent else c.company
end
"""

_RECORDS = """
create table {source}_accounts as
with spelt as (
    select
        r.*,
        c.country, c.domain, c.slug, c.street, c.postcode, c.city, c.parent,
        c.registration as registration_number,
        c.vat as vat_number,
        case when r.typo
            then left(c.core_name, 2) || substr(c.core_name, 4)
            else c.core_name
        end || case when r.spelling >= 0 then ' ' || f.form else '' end as full_name
    from {source}_draws as r
    inner join companies as c on c.company = r.company
    left join legal_forms as f on f.country = c.country and f.spelling = r.spelling
),
firsts as (
    select company, min(number) as number, min(created_at) as created_at
    from {source}_draws group by company
)
select
    s.number,
    s.company,
    case when s.upper then upper(s.full_name) else s.full_name end as company_name,
    case when s.registration then case
        when s.style = 1 and s.country = 'BE' then
            left(s.registration_number, 4) || '.' || substr(s.registration_number, 5, 3) || '.'
            || right(s.registration_number, 3)
        when s.style = 2 and s.country = 'DE' then replace(s.registration_number, ' ', '')
        else s.registration_number
    end end as registration_number,
    case when s.vat then case s.style
        when 0 then s.vat_number
        when 1 then left(s.vat_number, 2) || ' ' || substr(s.vat_number, 3, 3) || '.'
            || substr(s.vat_number, 6)
        else substr(s.vat_number, 3)
    end end as vat_id,
    case when s.website then case s.style
        when 0 then 'https://www.' || s.domain || '/'
        when 1 then 'www.' || s.domain
        else 'http://' || s.domain || '/contact?from=crm'
    end end as website,
    coalesce('invoices@' || s.domain, s.slug || '@mail.example') as email,
    case when s.other_address then 'Postbus ' || 100 + s.company % 900 else s.street end as street,
    case when s.other_address then a.postcode else s.postcode end as postcode,
    case when s.other_address then a.city else s.city end as city,
    s.country,
    '+' || f.calling_code || ' ' || f.landline as phone,
    p.number as parent_number,
    case when s.head_office
        then case when s.wrong_parent and gp.number is not null then gp.number else p.number end
    end as head_office_number,
    s.created_at
from spelt as s
inner join company_addresses as a on a.address = 2 * s.company + 1
inner join people as f on f.person = s.company
left join firsts as p on p.company = s.parent
left join companies as parents on parents.company = s.parent
left join firsts as gp on gp.company = parents.parent
"""


def render_accounts(
    connection: duckdb.DuckDBPyConnection,
    seed: int,
    people: People,
    companies: dict[str, np.ndarray],
    records: dict[str, dict[str, np.ndarray]],
) -> None:
    """Make the tables `companies`, `crm_accounts` and `erp_accounts`; `people` must be there."""
    count = len(companies["company"])
    places = replace(people, household=np.arange(count), country=companies["country"])
    register(connection, "company_addresses", make_addresses(seed, places))
    columns = companies | {
        "country": words(companies["country"], np.array(COUNTRIES, dtype=object)),
        "trade": words(companies["trade"], np.array(TRADES, dtype=object)),
    }
    register(connection, "company_draws", columns)
    connection.execute(_COMPANIES)
    forms = [
        (country, spelling, form)
        for country, all_forms in LEGAL_FORMS.items()
        for spelling, form in enumerate(all_forms)
    ]
    connection.execute("create table legal_forms (country varchar, spelling integer, form varchar)")
    connection.executemany("insert into legal_forms values (?, ?, ?)", forms)
    for source in RECORD_SOURCES:
        register(connection, f"{source}_draws", records[source])
        connection.execute(_RECORDS.format(source=source))
