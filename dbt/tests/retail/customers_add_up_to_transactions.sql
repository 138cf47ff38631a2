-- Fails if all customers together have another revenue or number of records than the transactions of
-- known customers and the source lookup: a row was lost or doubled on the way to the golden record.
{{ config(meta={'dagster': {'ref': {'name': 'golden_records'}}}) }}

with

customers as (
    select
        coalesce(sum(gross_revenue), 0) as gross_revenue,
        coalesce(sum(returned_revenue), 0) as returned_revenue,
        coalesce(sum(record_count), 0) as record_count
    from {{ ref('golden_records') }}
),

transactions as (
    select
        coalesce(sum(case when transaction_type = 'sale' then amount end), 0) as gross_revenue,
        coalesce(-sum(case when transaction_type = 'return' then amount end), 0) as returned_revenue
    from {{ ref('transactions') }}
    where customer_id is not null
),

records as (
    select count(*) as record_count
    from {{ ref('source_lookup') }}
)

select
    customers.*,
    transactions.gross_revenue as gross_of_transactions,
    transactions.returned_revenue as returned_of_transactions,
    records.record_count as records_in_source_lookup
from customers
cross join transactions
cross join records
where
    customers.gross_revenue <> transactions.gross_revenue
    or customers.returned_revenue <> transactions.returned_revenue
    or customers.record_count <> records.record_count
