{#-
    SQL of the commission on a line: what its source says, else its amount times the take rate of the source
    (var take_rates), else null: unknown.
-#}
{% macro line_commission() -%}
    {%- set rates = var('take_rates') -%}
    {%- if rates -%}
        coalesce(
            commission,
            cast(
                round(
                    amount * case source
                        {%- for name, rate in rates.items() %}
                        when '{{ name }}' then cast({{ rate }} as decimal(5, 4))
                        {%- endfor %}
                    end,
                    2
                ) as decimal(18, 4)
            )
        )
    {%- else -%}
        commission
    {%- endif -%}
{%- endmacro %}


{#-
    The totals of transactions by one ID and currency, as columns: amounts are never summed over
    currencies.

    other: the ID of the other side of the trade, counted.
-#}
{% macro trade_totals(id, other) -%}
    select
        {{ id }},
        currency,
        cast(count(distinct case when transaction_type = 'sale' then source || ':' || order_id end) as bigint) as order_count,
        cast(sum(case when transaction_type = 'sale' then quantity else 0 end) as bigint) as item_count,
        cast(count(distinct case when transaction_type = 'sale' then {{ other }} end) as bigint) as {{ other | replace('_id', '') }}_count,
        cast(sum(case when transaction_type = 'sale' then amount else 0 end) as decimal(18, 4)) as gmv,
        cast(-sum(case when transaction_type = 'return' then amount else 0 end) as decimal(18, 4)) as returned,
        cast(sum(amount) as decimal(18, 4)) as net_amount,
        {{ commission_totals() }},
        cast(sum(shipping) as decimal(18, 4)) as shipping,
        min(occurred_at) as first_at,
        max(occurred_at) as last_at,
        min(case when transaction_type = 'sale' then occurred_at end) as first_sale_at,
        max(case when transaction_type = 'sale' then occurred_at end) as last_sale_at
    from {{ ref('transactions') }}
    where {{ id }} is not null
    group by {{ id }}, currency
{%- endmacro %}


{#-
    What the marketplace earns and pays out of the lines whose commission is known, null when none is, and the
    take rate: the share of their net amount that it keeps.
-#}
{% macro commission_totals() -%}
    cast(sum(commission) as decimal(18, 4)) as commission,
    cast(sum(seller_payout) as decimal(18, 4)) as seller_payout,
    {{ quotient('sum(commission)', 'sum(case when commission is not null then amount end)') }} as take_rate
{%- endmacro %}


{#-
    Of totals by ID and currency the row of the currency that most orders of the ID are in, ties by name,
    with the number of currencies.
-#}
{% macro main_currency(totals, id) -%}
    select
        *,
        count(*) over (partition by {{ id }}) as currency_count
    from {{ totals }}
    qualify row_number() over (partition by {{ id }} order by order_count desc, currency asc) = 1
{%- endmacro %}


{#- The party of every buyer or seller: subquery of <role>_id and party_id, one row per ID. -#}
{% macro parties_of(role) -%}
    (
        select
            ids.{{ role }}_id,
            min(party_ids.party_id) as party_id
        from {{ id_map_of(role) }} as ids
        inner join {{ id_map_of('party') }} as party_ids
            on
                '{{ role }}/' || ids.source = party_ids.source
                and ids.source_record_id = party_ids.source_record_id
        group by ids.{{ role }}_id
    )
{%- endmacro %}


{#- Currencies in which the totals of all buyers, or of all sellers (role), are not those of the transactions. -#}
{% macro totals_that_do_not_add_up(role) -%}
    with

    totals as (
        select
            currency,
            sum(gmv) as gmv,
            sum(returned) as returned,
            sum(commission) as commission,
            sum(seller_payout) as seller_payout
        from {{ ref(role ~ '_totals') }}
        group by currency
    ),

    lines as (
        select
            currency,
            sum(case when transaction_type = 'sale' then amount else 0 end) as gmv,
            -sum(case when transaction_type = 'return' then amount else 0 end) as returned,
            sum(commission) as commission,
            sum(seller_payout) as seller_payout
        from {{ ref('transactions') }}
        where {{ role }}_id is not null
        group by currency
    )

    select coalesce(totals.currency, lines.currency) as currency
    from totals
    full join lines on totals.currency = lines.currency
    where
        totals.gmv is distinct from lines.gmv
        or totals.returned is distinct from lines.returned
        or totals.commission is distinct from lines.commission
        or totals.seller_payout is distinct from lines.seller_payout
{%- endmacro %}
