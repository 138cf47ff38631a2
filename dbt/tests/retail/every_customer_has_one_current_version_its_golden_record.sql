-- Fails if a customer whose facts or records have changed has no current version, or several, or one
-- that differs from the golden record in any column, or if a version ends before it begins: a past day
-- would not reproduce.
{{ config(meta={'dagster': {'ref': {'name': 'customer_changes'}}}) }}
{%- set columns = golden_record_columns() %}

with

versions as (
    {{ versions_of_customers(keys_to_check('customer_id', 'customer')) }}
),

current_versions as (
    select
        *,
        count(*) over (partition by customer_id) as versions
    from versions
    where is_current
),

golden as (
    select *
    from {{ ref('golden_records') }}
    where {{ keys_to_check('customer_id', 'customer') }}
)

select
    coalesce(golden.customer_id, current_versions.customer_id) as customer_id,
    case
        when current_versions.customer_id is null then 'no current version'
        when golden.customer_id is null then 'a current version of a customer that is gone'
        when current_versions.versions > 1 then 'several current versions'
        else 'the current version is not the golden record'
    end as fault
from golden
full join current_versions on golden.customer_id = current_versions.customer_id
where
    current_versions.versions > 1
    {%- for column in columns %}
    or golden.{{ column }} is distinct from current_versions.{{ column }}
    {%- endfor %}

union all

select
    customer_id,
    'a version ends before it begins' as fault
from versions
where valid_to <= valid_from
