with

golden as (
    {{ golden_attributes('contact') }}
),

employers as (
    select
        contact_id,
        account_id,
        evidence,
        valid_from
    from {{ ref('employments') }}
    where is_current
),

orders as (
    select
        contact_id,
        count(distinct case when transaction_type = 'sale' then order_id end) as order_count,
        max(case when transaction_type = 'sale' then occurred_at end) as last_order_at
    from {{ ref('transactions') }}
    where contact_id is not null
    group by contact_id
),

visits as (
    select
        contact_id,
        count(*) as event_count,
        max(occurred_at) as last_event_at
    from {{ ref('events') }}
    where contact_id is not null
    group by contact_id
),

final as (
    select
        golden.*,
        employers.account_id as current_account_id,
        employers.evidence as current_account_evidence,
        employers.valid_from as current_account_since,
        coalesce(orders.order_count, 0) as order_count,
        orders.last_order_at,
        coalesce(visits.event_count, 0) as event_count,
        visits.last_event_at
    from golden
    left join employers on golden.contact_id = employers.contact_id
    left join orders on golden.contact_id = orders.contact_id
    left join visits on golden.contact_id = visits.contact_id
)

select * from final
