{%- set attributes = declared_entity('account').attributes | rejectattr('name', 'in', ['parent_source_record_id', 'parent_name']) | list %}

with

golden as (
    {{ golden_attributes('account') }}
),

hierarchy as (
    select * from {{ ref('account_hierarchy') }}
),

-- Amounts of several currencies don't add up to one. A subsidiary's currencies are not the account's own.
revenue as (
    select
        account_id,
        count(case when gross_revenue <> 0 or returned_revenue <> 0 then 1 end) as own_currencies,
        min(case when gross_revenue <> 0 or returned_revenue <> 0 then currency end) as own_currency,
        count(*) as rolled_up_currencies,
        min(currency) as rolled_up_currency,
        sum(gross_revenue) as gross_revenue,
        sum(returned_revenue) as returned_revenue,
        sum(net_revenue) as net_revenue,
        sum(rolled_up_gross_revenue) as rolled_up_gross_revenue,
        sum(rolled_up_returned_revenue) as rolled_up_returned_revenue,
        sum(rolled_up_net_revenue) as rolled_up_net_revenue
    from {{ ref('account_revenue') }}
    group by account_id
),

orders as (
    select
        account_id,
        count(distinct order_id) as order_count,
        min(occurred_at) as first_purchase_at,
        max(occurred_at) as last_purchase_at
    from {{ ref('transactions') }}
    where account_id is not null and transaction_type = 'sale'
    group by account_id
),

staff as (
    select
        current_account_id as account_id,
        count(*) as contact_count
    from {{ ref('contacts') }}
    where current_account_id is not null
    group by current_account_id
),

final as (
    select
        golden.account_id,
        {%- for attribute in attributes %}
        golden.{{ attribute.name }},
        golden.{{ attribute.name }}_source,
        {%- endfor %}
        hierarchy.parent_account_id,
        hierarchy.ultimate_parent_id,
        hierarchy.depth,
        hierarchy.subsidiary_count,
        golden.record_count,
        golden.source_count,
        golden.sources,
        golden.identity_confidence,
        golden.first_record_at,
        golden.last_record_at,
        coalesce(staff.contact_count, 0) as contact_count,
        orders.first_purchase_at,
        orders.last_purchase_at,
        coalesce(orders.order_count, 0) as order_count,
        case when revenue.own_currencies = 1 then revenue.own_currency end as currency,
        case when revenue.rolled_up_currencies = 1 then revenue.rolled_up_currency end as rolled_up_currency,
        {%- for amount in ['gross_revenue', 'returned_revenue', 'net_revenue'] %}
        cast(
            case when coalesce(revenue.own_currencies, 0) <= 1 then coalesce(revenue.{{ amount }}, 0) end as decimal(18, 4)
        ) as {{ amount }},
        cast(
            case
                when coalesce(revenue.rolled_up_currencies, 0) <= 1 then coalesce(revenue.rolled_up_{{ amount }}, 0)
            end as decimal(18, 4)
        ) as rolled_up_{{ amount }}{{ ',' if not loop.last }}
        {%- endfor %}
    from golden
    inner join hierarchy on golden.account_id = hierarchy.account_id
    left join revenue on golden.account_id = revenue.account_id
    left join orders on golden.account_id = orders.account_id
    left join staff on golden.account_id = staff.account_id
)

select * from final
