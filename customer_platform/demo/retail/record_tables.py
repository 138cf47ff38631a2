"""Turns decisions into the values customers' records show: typos, formats, blanks and case.

All rendering happens in DuckDB, on tables made from numpy arrays; every query that numbers rows
orders them by a unique key, so that the same seed gives the same bytes.
"""

import duckdb
import numpy as np

from customer_platform.demo.randomness import Window
from customer_platform.demo.writing import register

TOPICS = ("delivery", "return", "invoice", "loyalty card", "complaint", "product question")

_TYPO_MACRO = """
create or replace macro with_typo(word, kind, share, letter) as
    -- The first character stays: people rarely mistype it and never notice the rest.
    case
        when length(word) < 4 then word || right(word, 1)
        when kind = 0 then
            left(word, 1 + floor(share * (length(word) - 1))::int)
            || substr(word, 3 + floor(share * (length(word) - 1))::int)
        when kind = 1 then
            left(word, 1 + floor(share * (length(word) - 3))::int)
            || substr(word, 3 + floor(share * (length(word) - 3))::int, 1)
            || substr(word, 2 + floor(share * (length(word) - 3))::int, 1)
            || substr(word, 4 + floor(share * (length(word) - 3))::int)
        when kind = 2 then
            left(word, 1 + floor(share * (length(word) - 2))::int) || chr(letter)
            || substr(word, 3 + floor(share * (length(word) - 2))::int)
        else
            left(word, 2 + floor(share * (length(word) - 2))::int)
            || substr(word, 2 + floor(share * (length(word) - 2))::int)
    end
"""
# A typo in the digits at the end would turn one person's address into another's.
_EMAIL_TYPO_MACRO = """
create or replace macro email_with_typo(email, kind, share, letter) as
    with_typo(rtrim(split_part(email, '@', 1), '0123456789.'), kind, share, letter)
    || substr(email, length(rtrim(split_part(email, '@', 1), '0123456789.')) + 1)
"""

_VERSIONS = """
create or replace table versions as
with changes as (
    select number, created_at as changed_at from registrations
    union all
    select number, address_at from registrations where address_at is not null
    union all
    select number, email_at from registrations where email_at is not null
    union all
    select number, profile_at from registrations where profile_at is not null
),
days as (
    select
        number,
        max(changed_at) as updated_at,
        greatest(changed_at::date, $first) as delivered_on
    from changes
    group by all
)
select
    *,
    lead(delivered_on) over (partition by number order by delivered_on) as replaced_on
from days
"""

_RENDERED = """
create table {source}_records as
with state as (
    select
        r.*,
        v.updated_at,
        v.delivered_on,
        v.replaced_on,
        coalesce(v.updated_at >= r.address_at, false)::int as address_slot,
        coalesce(v.updated_at >= r.email_at, false)::int as email_slot,
        coalesce(v.updated_at >= r.profile_at, false) as profile_changed
    from registrations as r
    inner join versions as v on v.number = r.number
),
looked_up as (
    select
        s.*,
        p.country,
        p.birth_date,
        case
            when s.initial then left(p.first_name, 1) || '.'
            when s.nickname and p.nickname is not null then p.nickname::varchar
            else p.first_name::varchar
        end as first_name,
        p.last_name::varchar as last_name,
        case when s.email_state = 5 then mate.email else own.email end as email,
        a.street,
        a.postcode,
        a.city,
        p.calling_code,
        p.mobile,
        p.landline,
        p.mobile_area,
        p.landline_area
    from state as s
    inner join people as p on p.person = s.person
    inner join emails as own on own.person = s.person and own.slot = s.email_slot
    inner join emails as mate on mate.person = p.housemate and mate.slot = 0
    inner join addresses as a on a.address = 2 * p.household + s.address_slot
),
spelt as (
    select
        * replace (
            case
                when first_typo then with_typo(first_name, typo_kind, typo_share, typo_letter)
                when accents_dropped then strip_accents(first_name)
                else first_name
            end as first_name,
            case
                when last_typo then with_typo(last_name, typo_kind, typo_share, typo_letter)
                when accents_dropped then strip_accents(last_name)
                when umlaut_spelt then
                    replace(replace(replace(last_name, 'ü', 'ue'), 'ö', 'oe'), 'ä', 'ae')
                else last_name
            end as last_name,
            case email_state
                when 1 then email_with_typo(email, typo_kind, typo_share, typo_letter)
                when 2 then 'test@test.com'
                when 3 then 'noreply@shop.example'
                when 4 then null
                else email
            end as email
        ),
        case when phone_state = 1 then landline else mobile end::varchar as digits,
        case when phone_state = 1 then landline_area else mobile_area end as area
    from looked_up
)
select
    number,
    person,
    delivered_on,
    coalesce(replaced_on, date '9999-12-31') as replaced_on,
    case when not no_first_name then case
        when name_blanks then ' ' || first_name || ' '
        when name_case = 1 then upper(first_name)
        when name_case = 2 then lower(first_name)
        else first_name
    end end as first_name,
    case when not no_last_name then case
        when name_blanks then last_name || ' '
        when name_case = 1 then upper(last_name)
        when name_case = 2 then lower(last_name)
        else last_name
    end end as last_name,
    case when email_blanks then ' ' else '' end
    || case when email_case then upper(left(email, strpos(email, '@')))
        || upper(substr(email, strpos(email, '@') + 1, 1)) || substr(email, strpos(email, '@') + 2)
        else email end
    || case when email_blanks then ' ' else '' end as email,
    case
        when phone_state = 4 then null
        when phone_state = 2 then '0000000000'
        when phone_state = 3 then '0612345678'
        when phone_format = 0 then '0' || digits
        when phone_format = 1 then '0' || left(digits, area) || '-' || substr(digits, area + 1)
        when phone_format = 2
            then '+' || calling_code || ' ' || left(digits, area) || ' ' || substr(digits, area + 1)
        when phone_format = 3 then '00' || calling_code || digits
        else '+' || calling_code || digits
    end as phone,
    case when not no_birth_date then birth_date end as birth_date,
    case when not no_street then
        case when street_short then replace(replace(street, 'straat', 'str.'), 'straße', 'str.')
            else street end
    end as street,
    case when not no_postcode then case postcode_format
        when 0 then postcode
        when 1 then lower(postcode)
        else replace(postcode, ' ', '')
    end end as postcode,
    city,
    country::varchar as country,
    card,
    consent <> profile_changed as consent,
    profile_changed,
    case topic {topics} end as topic,
    created_at,
    updated_at
from spelt
order by number, delivered_on
"""


def render_records(
    connection: duckdb.DuckDBPyConnection, registrations: dict[str, dict], window: Window
) -> None:
    """Make a table `<source>_records` per source: every delivered version of every record.

    Grain: (number, delivered_on); a version is the record's state from the morning of
    `delivered_on` until `replaced_on`.
    """
    connection.execute(_TYPO_MACRO)
    connection.execute(_EMAIL_TYPO_MACRO)
    topics = " ".join(f"when {number} then '{topic}'" for number, topic in enumerate(TOPICS))
    for source, columns in registrations.items():
        register(connection, "registrations", columns)
        connection.execute(_VERSIONS, {"first": np.datetime64(window.first, "D").astype(object)})
        connection.execute(_RENDERED.format(source=source, topics=topics))
    connection.execute("drop table registrations")
    connection.execute("drop table versions")
