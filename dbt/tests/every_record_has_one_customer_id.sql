-- Fails if a source record has no customer ID or several, or if the map holds a record that no source has.
{{ config(meta={'dagster': {'ref': {'name': 'golden_records'}}}) }}
-- Checked once the masters are built, when both sides are of the same run: depends_on: {{ ref('golden_records') }}

select
    coalesce(records.source, customer_ids.source) as source,
    coalesce(records.source_record_id, customer_ids.source_record_id) as source_record_id,
    count(records.source_record_id) as records,
    count(customer_ids.customer_id) as customer_ids
from {{ ref('source_lookup') }} as records
full join {{ source('identity', 'customer_id_map') }} as customer_ids
    on
        records.source = customer_ids.source
        and records.source_record_id = customer_ids.source_record_id
group by 1, 2
having count(records.source_record_id) <> 1 or count(customer_ids.customer_id) <> 1
