-- Fails if a transaction of any day has another account or contact than its records have now: a day was
-- not built again after IDs had changed.
{{ config(meta={'dagster': {'ref': {'name': 'transactions'}}}) }}

select
    facts.transaction_id,
    facts.partition_date,
    facts.account_id,
    account_ids.account_id as belongs_to,
    facts.contact_id,
    contact_ids.contact_id as ordered_by
from {{ ref('transactions') }} as facts
left join {{ source('identity', 'account_id_map') }} as account_ids
    on
        facts.source = account_ids.source
        and facts.source_record_id = account_ids.source_record_id
left join {{ source('identity', 'contact_id_map') }} as contact_ids
    on
        facts.contact_source = contact_ids.source
        and facts.contact_record_id = contact_ids.source_record_id
where
    facts.account_id is distinct from account_ids.account_id
    or facts.contact_id is distinct from contact_ids.contact_id
