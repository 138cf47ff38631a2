-- Fails if, on a day that was built, a staged line is missing from the transactions, is in them twice, or
-- differs in its amount, quantity, shipping or known commission.
{{ config(meta={'dagster': {'ref': {'name': 'transactions'}}}) }}

with

staged as (
    select
        transaction_id,
        count(*) as line_count,
        sum(amount) as amount,
        sum(quantity) as quantity,
        sum(shipping) as shipping,
        sum(commission) as commission
    from {{ ref('transaction_lines') }}
    where {{ days_to_follow() }}
    group by transaction_id
),

kept as (
    select
        transaction_id,
        count(*) as line_count,
        sum(amount) as amount,
        sum(quantity) as quantity,
        sum(shipping) as shipping,
        sum(commission) as commission
    from {{ ref('transactions') }}
    where {{ days_to_follow() }}
    group by transaction_id
)

select coalesce(staged.transaction_id, kept.transaction_id) as transaction_id
from staged
full join kept on staged.transaction_id = kept.transaction_id
where
    staged.line_count is distinct from kept.line_count
    or staged.amount is distinct from kept.amount
    or staged.quantity is distinct from kept.quantity
    or staged.shipping is distinct from kept.shipping
    or (staged.commission is not null and staged.commission is distinct from kept.commission)
