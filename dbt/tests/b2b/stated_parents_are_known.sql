-- Warns of records that state a parent whom no record of their source is, or whose name several accounts
-- of the source have: the account has nobody above because of them.
{{ config(severity='warn', meta={'dagster': {'ref': {'name': 'account_parents'}}}) }}
-- depends_on: {{ ref('account_parents') }}

with

named as (
    select
        lookup.source,
        lookup.company_name_key,
        count(distinct ids.account_id) as accounts
    from {{ ref('account_source_lookup') }} as lookup
    inner join {{ source('identity', 'account_id_map') }} as ids
        on
            lookup.source = ids.source
            and lookup.source_record_id = ids.source_record_id
    where lookup.company_name_key is not null
    group by lookup.source, lookup.company_name_key
)

select
    records.source,
    records.source_record_id,
    records.parent_source_record_id,
    records.parent_name
from {{ ref('account_source_lookup') }} as records
left join {{ ref('account_source_lookup') }} as parents
    on
        records.source = parents.source
        and records.parent_source_record_id = parents.source_record_id
left join named
    on
        records.source = named.source
        and {{ company_name_key('records.parent_name') }} = named.company_name_key
        and named.accounts = 1
where
    coalesce(records.parent_source_record_id, records.parent_name) is not null
    and parents.source is null
    and (records.parent_source_record_id is not null or named.source is null)
