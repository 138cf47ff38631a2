-- Fails if a net amount isn't gross less returned, or if one of these two is negative: both are positive
-- amounts, of sales and of returns.
{{ config(meta={'dagster': {'ref': {'name': 'account_revenue'}}}) }}

select *
from {{ ref('account_revenue') }}
where
    net_revenue <> gross_revenue - returned_revenue
    or rolled_up_net_revenue <> rolled_up_gross_revenue - rolled_up_returned_revenue
    or gross_revenue < 0
    or returned_revenue < 0
    or rolled_up_gross_revenue < gross_revenue
    or rolled_up_returned_revenue < returned_revenue
