{#- Of golden_records the rows to be replaced. -#}
{% macro golden_records_changed(built) -%}
    customer_id in {{ pending_keys('customer') }}
{%- endmacro %}


{#-
    SQL of customers as they are on a day: golden records, and what depends on the day and on the other
    customers.

    golden: relation of golden records.
    today: SQL of the day, UTC.

    Days are whole days of UTC. RFM scores are 1 to 5, 5 is best: recency, frequency and monetary value
    by the quintiles of all customers who have bought something; equal values have equal scores.
-#}
{% macro customers_on(golden, today) -%}
    select
        golden.*,
        {{ dbt.datediff('golden.last_purchase_at', today, 'day') }} as days_since_last_order,
        {{ quintile_score('golden.last_purchase_at', 'recency') }} as rfm_recency,
        {{ quintile_score('case when golden.order_count > 0 then golden.order_count end', 'frequency') }} as rfm_frequency,
        {{ quintile_score('case when golden.order_count > 0 then golden.net_revenue end', 'monetary') }} as rfm_monetary
    from {{ golden }} as golden
    cross join (
        select
            {%- for share in [0.2, 0.4, 0.6, 0.8] %}
            {{ discrete_quantile('last_purchase_at', share) }} as recency_{{ loop.index }},
            {{ discrete_quantile('order_count', share) }} as frequency_{{ loop.index }},
            {{ discrete_quantile('net_revenue', share) }} as monetary_{{ loop.index }}{{ ',' if not loop.last }}
            {%- endfor %}
        from {{ golden }} as buyers
        where order_count > 0
    ) as quintiles
{%- endmacro %}


{#- SQL of the score of a value among its quintiles, null where it has none. -#}
{% macro quintile_score(value, name) -%}
    1
    {%- for number in [1, 2, 3, 4] %}
    + case
        when {{ value }} > quintiles.{{ name }}_{{ number }} then 1
        when {{ value }} <= quintiles.{{ name }}_{{ number }} then 0
    end
    {%- endfor %}
{%- endmacro %}
