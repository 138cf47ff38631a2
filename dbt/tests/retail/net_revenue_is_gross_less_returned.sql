-- Fails if a customer's net revenue isn't gross less returned, or if one of these two is negative: both
-- are positive amounts, of sales and of returns.
{{ config(meta={'dagster': {'ref': {'name': 'golden_records'}}}) }}

select
    customer_id,
    gross_revenue,
    returned_revenue,
    net_revenue
from {{ ref('golden_records') }}
where
    net_revenue <> gross_revenue - returned_revenue
    or gross_revenue < 0
    or returned_revenue < 0
