-- Fails if a line of a record that has another customer now still has the one before: it was not
-- restated.
{{ config(meta={'dagster': {'ref': {'name': 'golden_records'}}}) }}
-- depends_on: {{ ref('golden_records') }}

select
    facts.transaction_id,
    facts.customer_id,
    moved.customer_id as belongs_to
from {{ ref('transactions') }} as facts
inner join {{ ref('restated_records') }} as moved
    on
        moved.is_moved
        and facts.source = moved.source
        and facts.source_record_id = moved.source_record_id
where facts.customer_id is distinct from moved.customer_id
