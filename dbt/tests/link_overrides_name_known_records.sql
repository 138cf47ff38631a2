-- Warns if an override names a record that no source has: it decides nothing until the record comes.
{{ config(severity='warn', meta={'dagster': {'ref': {'name': 'link_overrides'}}}) }}

with

named as (
    select
        kind,
        source,
        source_record_id,
        author,
        reason
    from {{ ref('link_overrides') }}

    union all

    select
        kind,
        other_source as source,
        other_record_id as source_record_id,
        author,
        reason
    from {{ ref('link_overrides') }}
)

select named.*
from named
left join {{ ref('source_lookup') }} as records
    on
        named.source = records.source
        and named.source_record_id = records.source_record_id
where records.source is null
