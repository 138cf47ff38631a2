{#-
    Days of master.transactions that have to be built again though nobody asks for them:
    rows whose customer is no longer the one in the map, returns of customers that were merged or
    split (their sale may be another one now), and returns after the days asked for whose sale may be
    in them.
-#}
{% macro stale_transaction_days() -%}
    {%- if not var('partition_from', none) is none -%}
    with

    changed as (
        select
            facts.partition_date,
            facts.customer_id as old_customer_id,
            customer_ids.customer_id as new_customer_id
        from {{ this }} as facts
        left join {{ source('identity', 'customer_id_map') }} as customer_ids
            on
                facts.source = customer_ids.source
                and facts.source_record_id = customer_ids.source_record_id
        where
            facts.source_record_id is not null
            and facts.customer_id is distinct from customer_ids.customer_id
    ),

    sold as (
        select source, order_id, customer_id, product_code
        from {{ this }}
        where transaction_type = 'sale' and {{ partition_range() }}

        union

        select lines.source, lines.order_id, customer_ids.customer_id, lines.product_code
        from {{ ref('transaction_lines') }} as lines
        left join {{ source('identity', 'customer_id_map') }} as customer_ids
            on
                lines.source = customer_ids.source
                and lines.source_record_id = customer_ids.source_record_id
        where transaction_type = 'sale' and {{ partition_range() }}
    ),

    later_returns as (
        select *
        from {{ this }}
        where
            transaction_type = 'return'
            and partition_date > cast('{{ var("partition_from") }}' as date)
            and not ({{ partition_range() }})
    )

    select partition_date from changed

    union

    select facts.partition_date
    from {{ this }} as facts
    inner join changed
        on facts.customer_id = changed.old_customer_id or facts.customer_id = changed.new_customer_id
    where facts.transaction_type = 'return'

    union

    select later_returns.partition_date
    from later_returns
    inner join sold
        on later_returns.customer_id = sold.customer_id and later_returns.product_code = sold.product_code

    union

    select later_returns.partition_date
    from later_returns
    inner join sold
        on later_returns.source = sold.source and later_returns.original_order_id = sold.order_id
    {%- endif -%}
{%- endmacro %}


{#-
    Days of master.events that have to be built again though nobody asks for them: rows whose visitor
    has become known, or whose account or customer is another one by now.
-#}
{% macro stale_event_days() -%}
    select facts.partition_date
    from {{ this }} as facts
    {{ join_event_accounts('facts', "case when facts.identified_by = 'account' then facts.source_record_id end") }}
    where
        facts.source_record_id is distinct from {{ event_account("case when facts.identified_by = 'account' then facts.source_record_id end") }}
        or facts.customer_id is distinct from customer_ids.customer_id
{%- endmacro %}
