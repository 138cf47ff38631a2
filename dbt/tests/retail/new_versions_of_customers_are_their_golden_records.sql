-- Fails if a customer has two versions of one moment, or one that a run has added isn't the golden
-- record it has made: a past day would not reproduce.
{{ config(meta={'dagster': {'ref': {'name': 'customer_changes'}}}) }}

with

versions as (
    select
        customer_id,
        max(case when is_deleted then 1 else 0 end) as is_deleted,
        max(net_revenue) as net_revenue,
        max(record_count) as record_count,
        count(*) as versions
    from {{ ref('customer_changes') }}
    where valid_from = {{ run_moment() }}
    group by customer_id
)

select
    versions.*,
    golden.net_revenue as golden_net_revenue,
    golden.record_count as golden_record_count
from versions
left join {{ ref('golden_records') }} as golden on versions.customer_id = golden.customer_id
where
    versions.versions > 1
    or (versions.is_deleted = 1) <> (golden.customer_id is null)
    or (
        versions.is_deleted = 0
        and (
            versions.net_revenue <> golden.net_revenue
            or versions.record_count <> golden.record_count
        )
    )
