-- Fails if a transaction or event of any day, also one that wasn't asked for, has another buyer or seller
-- than its record has now.
{{ config(meta={'dagster': {'ref': {'name': 'events'}}}) }}

select facts.transaction_id as row_id
from {{ ref('transactions') }} as facts
left join {{ id_map_of('buyer') }} as buyers
    on
        facts.buyer_source = buyers.source
        and facts.buyer_record_id = buyers.source_record_id
left join {{ id_map_of('seller') }} as sellers
    on
        facts.seller_source = sellers.source
        and facts.seller_record_id = sellers.source_record_id
where
    facts.buyer_id is distinct from buyers.buyer_id
    or facts.seller_id is distinct from sellers.seller_id

union all

select facts.event_id as row_id
from {{ ref('events') }} as facts
left join {{ id_map_of('buyer') }} as buyers
    on
        facts.role = 'buyer'
        and facts.record_source = buyers.source
        and facts.source_record_id = buyers.source_record_id
left join {{ id_map_of('seller') }} as sellers
    on
        facts.role = 'seller'
        and facts.record_source = sellers.source
        and facts.source_record_id = sellers.source_record_id
where
    facts.buyer_id is distinct from buyers.buyer_id
    or facts.seller_id is distinct from sellers.seller_id
