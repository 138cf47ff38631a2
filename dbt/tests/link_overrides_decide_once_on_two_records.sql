-- Fails if an override names one record twice, or if two lines decide on the same two records: they
-- would contradict each other, or one of them would be forgotten when the other is taken out.
{{ config(meta={'dagster': {'ref': {'name': 'link_overrides'}}}) }}

with

sides as (
    select
        kind,
        source || ':' || source_record_id as one_record,
        other_source || ':' || other_record_id as other_record
    from {{ ref('link_overrides') }}
),

-- A line that doesn't name both records fails another test.
pairs as (
    select
        kind,
        case when one_record <= other_record then one_record else other_record end as first_record,
        case when one_record <= other_record then other_record else one_record end as last_record
    from sides
    where one_record is not null and other_record is not null
)

select
    first_record,
    last_record,
    count(*) as decisions,
    count(distinct kind) as kinds
from pairs
group by first_record, last_record
having count(*) > 1 or first_record = last_record
