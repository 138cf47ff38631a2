-- Fails if the accounts or the contacts together have another number of records than their source lookup:
-- one was lost or doubled on the way to the golden record.
{{ config(meta={'dagster': {'ref': {'name': 'accounts'}}}) }}

select
    'account' as entity,
    (select coalesce(sum(record_count), 0) from {{ ref('accounts') }}) as of_masters,
    (select count(*) from {{ ref('account_source_lookup') }}) as of_sources
where
    (select coalesce(sum(record_count), 0) from {{ ref('accounts') }})
    <> (select count(*) from {{ ref('account_source_lookup') }})

union all

select
    'contact' as entity,
    (select coalesce(sum(record_count), 0) from {{ ref('contacts') }}) as of_masters,
    (select count(*) from {{ ref('contact_source_lookup') }}) as of_sources
where
    (select coalesce(sum(record_count), 0) from {{ ref('contacts') }})
    <> (select count(*) from {{ ref('contact_source_lookup') }})
