"""Invoices, credit notes and bad debts, and what visitors of the web site do."""

import duckdb
import numpy as np

from customer_platform.demo.b2b import rates
from customer_platform.demo.b2b.contacts import make_visits
from customer_platform.demo.randomness import DAY, Window, moments, some, stream, weighted
from customer_platform.demo.retail.orders import Catalogue
from customer_platform.demo.retail.people import People
from customer_platform.demo.writing import register, words

# Credit notes follow the invoices in the numbering of a year; so do the notes on bad debts.
_INVOICE_LINES = """
create table invoice_lines as
with placed as (
    select l.*, d.number as debtor, d.company, d.country
    from line_draws as l
    inner join erp_accounts as d on d.number = l.debtor
),
orderers as (
    select company, number,
        row_number() over (partition by company order by number) as place,
        count(*) over (partition by company) as orderers
    from crm_contacts
    where number in (
        select number from crm_contacts group by number
        having count(*) = 1 and max(replaced_at) is null
    )
)
select
    l.happened_at::date as day,
    case l.kind when 0 then 'INV-' when 1 then 'CN-' else 'BD-' end || l.document
        as document_number,
    l.line_number,
    case l.kind when 0 then 'invoice' when 1 then 'credit_note' else 'bad_debt' end
        as document_type,
    l.debtor as debtor_number,
    case when l.with_contact then o.number end as contact_number,
    l.happened_at as document_date,
    l.product_code::varchar as product_code,
    l.description::varchar as description,
    case l.kind when 0 then 1 else -1 end * l.quantity as quantity,
    (l.cents / 100)::decimal(18, 4) as unit_price,
    case when l.country = 'GB' then 'GBP' else 'EUR' end as currency,
    case when l.credits >= 0 then 'INV-' || l.credits end as credited_invoice
from placed as l
left join orderers as o
    on o.company = l.company and o.place = 1 + l.document % o.orderers
"""

_EVENTS = """
create table events as
select
    v.occurred_at::date as day,
    format('EV-{:09d}', v.number) as event_id,
    'v-' || left(md5('visitor ' || v.visitor), 16) as anonymous_id,
    case when v.filled_in then w.email end as email,
    case when v.is_form then 'form_submit' when v.in_visit % 3 = 2 then 'download'
        else 'page_view' end as event_type,
    v.occurred_at,
    'https://supplier.example/' || case when v.is_form then 'contact'
        when v.in_visit % 3 = 2 then 'datasheets' else 'products' end as url,
    v.person
from visit_draws as v
inner join staff as s on s.person = v.person
inner join work_emails as w
    on w.person = v.person and w.slot = case when v.occurred_at >= s.changed_at then 1 else 0 end
"""


def render_trade(
    connection: duckdb.DuckDBPyConnection,
    seed: int,
    debtors: dict[str, np.ndarray],
    companies: dict[str, np.ndarray],
    catalogue: Catalogue,
    window: Window,
) -> None:
    """Make the table `invoice_lines`, plus `day`; the tables of contacts must be there."""
    rng = stream(seed, "invoices")
    count = len(companies["company"])
    invoices = max(5, round(count * window.days * rates.INVOICES_PER_COMPANY_AND_DAY))
    debtor = weighted(rng, companies["weight"][debtors["company"]], invoices)
    day = np.sort(rng.integers(window.first, window.last + 1, invoices))
    at = np.maximum(moments(rng, day), debtors["created_at"][debtor])
    size = rng.integers(1, 6, invoices)
    invoice = np.repeat(np.arange(invoices), size)
    sold = {
        "kind": np.zeros(len(invoice), dtype=np.int64),
        "document": 100_001 + invoice,
        "line_number": 1 + np.arange(len(invoice)) - np.repeat(np.cumsum(size) - size, size),
        "debtor": debtors["number"][debtor][invoice],
        "happened_at": at[invoice],
        "product": weighted(rng, catalogue.weights, len(invoice)),
        "quantity": 1 + np.minimum(rng.geometric(0.08, len(invoice)), 200),
        "with_contact": some(rng, invoices, rates.CONTACT_ON_INVOICE)[invoice],
        "credits": np.full(len(invoice), -1),
    }
    sold["cents"] = catalogue.cents[sold["product"]] * 10
    lines = [sold, _credited(rng, sold, catalogue, window), _written_off(rng, sold, window)]
    columns = {name: np.concatenate([part[name] for part in lines]) for name in sold}
    columns |= {
        "product_code": words(columns["product"], catalogue.codes),
        "description": words(columns["product"], catalogue.descriptions),
    }
    register(connection, "line_draws", columns)
    connection.execute(_INVOICE_LINES)


def _later(
    rng: np.random.Generator, sold: dict[str, np.ndarray], lines: np.ndarray, window: Window
) -> dict[str, np.ndarray]:
    """Copies of lines, up to a month later and inside the window, each on a document of its own."""
    copies = {name: values[lines] for name, values in sold.items()}
    latest = (window.last + 1) * DAY - 600
    later = copies["happened_at"] + rng.integers(DAY // 2, 30 * DAY, len(lines))
    copies["happened_at"] = np.minimum(later, latest)
    copies["document"] = 100_001 + np.arange(len(lines))
    copies["line_number"] = np.ones(len(lines), dtype=np.int64)
    return copies


def _credited(
    rng: np.random.Generator, sold: dict[str, np.ndarray], catalogue: Catalogue, window: Window
) -> dict[str, np.ndarray]:
    lines = np.flatnonzero(some(rng, len(sold["kind"]), rates.CREDITED))
    notes = _later(rng, sold, lines, window)
    notes["kind"] = np.ones(len(lines), dtype=np.int64)
    part = 0.2 + 0.8 * rng.random(len(lines))
    notes["quantity"] = np.maximum(1, (notes["quantity"] * part).astype(np.int64))
    named = some(rng, len(lines), rates.CREDIT_NAMES_INVOICE)
    notes["credits"] = np.where(named, sold["document"][lines], -1)
    nothing_sold = some(rng, len(lines), rates.CREDIT_OF_NOTHING_SOLD) & ~named
    other = weighted(rng, catalogue.weights, len(lines))
    notes["product"] = np.where(nothing_sold, other, notes["product"])
    return notes


def _written_off(
    rng: np.random.Generator, sold: dict[str, np.ndarray], window: Window
) -> dict[str, np.ndarray]:
    lines = np.flatnonzero(some(rng, len(sold["kind"]), rates.WRITTEN_OFF))
    notes = _later(rng, sold, lines, window)
    notes["kind"] = np.full(len(lines), 2)
    return notes


def render_visits(
    connection: duckdb.DuckDBPyConnection, seed: int, people: People, window: Window
) -> None:
    """Make the table `events`, plus `day` and `person`, in the order in which they happened."""
    register(connection, "visit_draws", make_visits(seed, people, window))
    connection.execute(_EVENTS)
