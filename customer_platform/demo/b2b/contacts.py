"""The people who work for the companies, and their records in CRM, webinars and web forms."""

import duckdb
import numpy as np

from customer_platform.demo.b2b import rates
from customer_platform.demo.randomness import Window, moments, some, stream
from customer_platform.demo.retail.people import People, change_moments
from customer_platform.demo.writing import register

# A person's address at work, at the first and at the second employer; where the company has no
# domain, the private one.
_WORK_EMAILS = """
create table work_emails as
with employers as (
    select person, 0 as slot, employer as company from staff
    union all
    select person, 1 as slot, next_employer as company from staff where changed_at is not null
),
written as (
    select
        e.*,
        c.domain,
        regexp_replace(lower(strip_accents(p.first_name)), '[^a-z]', '', 'g') || '.'
        || regexp_replace(lower(strip_accents(p.last_name)), '[^a-z]', '', 'g') as local_part
    from employers as e
    inner join companies as c on c.company = e.company
    inner join people as p on p.person = e.person
),
numbered as (
    select
        *,
        row_number() over (partition by local_part, domain order by slot, person) as taken
    from written
)
select
    n.person,
    n.slot,
    n.company,
    coalesce(
        n.local_part || case when n.taken > 1 then n.taken::varchar else '' end || '@' || n.domain,
        e.email
    ) as email
from numbered as n
inner join emails as e on e.person = n.person and e.slot = 0
"""

# One row per record and version. A record that was kept when its person went elsewhere has two.
_CRM_CONTACTS = """
create table crm_contacts as
with versions as (
    select
        number, person, 0 as slot, created_at, created_at as updated_at,
        case when in_place then changed_at end as replaced_at
    from contact_draws
    union all
    select number, person, 1, created_at, changed_at, null
    from contact_draws where in_place and changed_at is not null
    union all
    select (select max(number) from contact_draws) + row_number() over (order by number), person, 1,
        changed_at, changed_at, null
    from contact_draws where not in_place and changed_at is not null
),
accounts as (
    select company, min(number) as number, min(created_at) as created_at
    from crm_accounts group by company
)
select
    v.number,
    v.person,
    p.first_name,
    p.last_name,
    w.email,
    case when d.with_phone
        then '+' || p.calling_code || ' ' || p.mobile
    end as phone,
    w.company,
    case when not d.without_account then a.number end as account_number,
    v.created_at,
    v.updated_at,
    v.replaced_at
from versions as v
inner join contact_draws as d on d.person = v.person
inner join people as p on p.person = v.person
inner join work_emails as w on w.person = v.person and w.slot = v.slot
-- An account that the CRM has later than the contact is on its contacts from then on.
left join accounts as a on a.company = w.company
"""

_WEBINAR = """
create table webinar_registrations as
select
    d.number,
    d.person,
    coalesce(case when d.nickname then p.nickname end, p.first_name) as first_name,
    p.last_name,
    case when d.free_mail then e.email else w.email end as email,
    case when d.with_phone then '+' || p.calling_code || p.mobile end as phone,
    case when d.number % 5 = 0 then upper(c.core_name) else c.core_name end as company_name,
    c.country,
    d.registered_at
from webinar_draws as d
inner join people as p on p.person = d.person
inner join staff as s on s.person = d.person
inner join work_emails as w
    on w.person = d.person and w.slot = case when d.registered_at >= s.changed_at then 1 else 0 end
inner join companies as c on c.company = w.company
inner join emails as e on e.person = d.person and e.slot = 0
"""


def render_contacts(
    connection: duckdb.DuckDBPyConnection,
    seed: int,
    people: People,
    companies: dict[str, np.ndarray],
    window: Window,
) -> None:
    """Make the tables `staff`, `work_emails`, `crm_contacts` and `webinar_registrations`."""
    rng = stream(seed, "staff")
    count, firms = people.count, len(companies["company"])
    employer = rng.permutation(count) % firms
    next_employer = (employer + rng.integers(1, firms, count)) % firms
    changed = some(rng, count, rates.CHANGED_EMPLOYER)
    earliest = np.full(count, window.first - 400)
    changed_at = change_moments(rng, window, earliest, changed)
    staff = {
        "person": np.arange(count),
        "employer": employer,
        "next_employer": next_employer,
        "changed_at": changed_at,
    }
    register(connection, "staff", staff)
    connection.execute(_WORK_EMAILS)

    known = np.flatnonzero(some(rng, count, rates.CONTACT_IN_CRM))
    # Whoever changes employer was known before.
    day = np.where(
        changed[known] | some(rng, len(known), rates.KNOWN_BEFORE_WINDOW),
        window.first - 401 - rng.integers(0, 500, len(known)),
        rng.integers(window.first, window.last + 1, len(known)),
    )
    in_place = some(rng, len(known), rates.MOVED_IN_PLACE)
    register(
        connection,
        "contact_draws",
        {
            "number": 1 + np.arange(len(known)),
            "person": known,
            "created_at": moments(rng, day),
            "changed_at": changed_at[known],
            "in_place": in_place,
            "without_account": some(rng, len(known), rates.WITHOUT_ACCOUNT_IN_CRM),
            # Of a person with two records nothing but the phone shows that they are one.
            "with_phone": (changed[known] & ~in_place) | some(rng, len(known), rates.PHONE_IN_CRM),
        },
    )
    connection.execute(_CRM_CONTACTS)

    going = np.flatnonzero(some(rng, count, rates.AT_WEBINAR))
    registered = moments(rng, rng.integers(window.first, window.last + 1, len(going)))
    free_mail = some(rng, len(going), rates.FREE_MAIL_AT_WEBINAR)
    register(
        connection,
        "webinar_draws",
        {
            "number": 1 + np.arange(len(going)),
            "person": going,
            "registered_at": registered,
            "free_mail": free_mail,
            "with_phone": free_mail | some(rng, len(going), rates.PHONE_AT_WEBINAR),
            "nickname": ~free_mail & some(rng, len(going), 0.08),
        },
    )
    connection.execute(_WEBINAR)


def make_visits(seed: int, people: People, window: Window) -> dict[str, np.ndarray]:
    """Draw the events of the web site, one entry per event in every column.

    Returns:
        `number`, `visitor` (a browser), `person`, `in_visit` (position in the visit), `filled_in`
        (whether the visitor has given an email address by then) and `occurred_at`.
    """
    rng = stream(seed, "visits")
    visits = max(5, round(people.count * window.days * rates.VISITS_PER_PERSON_AND_DAY))
    person = rng.integers(0, people.count, visits)
    device = rng.integers(0, 2, visits)
    start = moments(rng, rng.integers(window.first, window.last + 1, visits))
    form_at = np.where(some(rng, visits, rates.FILLS_IN_FORM), rng.integers(1, 4, visits), 99)
    size = rng.integers(2, 7, visits)
    at = np.repeat(np.arange(visits), size)
    in_visit = np.arange(len(at)) - np.repeat(np.cumsum(size) - size, size)
    order = np.argsort(start[at] + in_visit * 40, kind="stable")
    at, in_visit = at[order], in_visit[order]
    return {
        "number": 1 + np.arange(len(at)),
        "visitor": person[at] * 2 + device[at],
        "person": person[at],
        "in_visit": in_visit,
        "is_form": in_visit == form_at[at],
        "filled_in": in_visit >= form_at[at],
        "occurred_at": start[at] + in_visit * 40,
    }
