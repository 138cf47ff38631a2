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
    {%- for score in ['rfm_recency', 'rfm_frequency', 'rfm_monetary'] %}
    {{ 'or' if not loop.first }} (order_count > 0) <> coalesce({{ score }} between 1 and 5, false)
    or (order_count = 0 and {{ score }} is not null)
    {%- endfor %}
