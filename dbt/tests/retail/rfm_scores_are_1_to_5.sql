-- Fails if a customer who has bought something has no RFM score from 1 to 5, or if one who hasn't has one.
{{ config(meta={'dagster': {'ref': {'name': 'customers'}}}) }}

select
    customer_id,
    order_count,
    rfm_recency,
    rfm_frequency,
    rfm_monetary
from {{ ref('customers') }}
where
    (order_count > 0) <> coalesce(rfm_recency between 1 and 5, false)
    or (order_count > 0) <> coalesce(rfm_frequency between 1 and 5, false)
    or (order_count > 0) <> coalesce(rfm_monetary between 1 and 5, false)
    or (order_count = 0 and coalesce(rfm_recency, rfm_frequency, rfm_monetary) is not null)
