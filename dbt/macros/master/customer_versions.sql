{#- The columns of a golden record. -#}
{% macro golden_record_columns() -%}
    {%- set columns = ['customer_id'] -%}
    {%- for attribute in var('customer_attributes') -%}
        {%- do columns.extend([attribute.name, attribute.name ~ '_source']) -%}
    {%- endfor -%}
    {{ return(columns + [
        'record_count', 'source_count', 'sources', 'identity_confidence', 'first_seen_at', 'last_seen_at',
        'first_purchase_at', 'last_purchase_at', 'preferred_channel', 'order_count', 'item_count',
        'gross_revenue', 'returned_revenue', 'net_revenue', 'average_order_value', 'return_rate'
    ]) }}
{%- endmacro %}


{#-
    The columns of the history: those of a golden record, and behind them the attributes that have been
    removed since, of which only the versions from before say anything.
-#}
{% macro history_columns() -%}
    {%- set columns = golden_record_columns() -%}
    {%- set kept = kept_relation('customer_changes') -%}
    {%- for column in adapter.get_columns_in_relation(kept) if kept is not none -%}
        {%- if column.name not in columns + ['valid_from', 'is_deleted'] -%}
            {%- do columns.append(column.name) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(columns) }}
{%- endmacro %}


{#-
    SQL of the columns of a golden record as an older relation has them: null where it has none.

    kept: the older relation.
    golden: golden records with all columns, which tell their types.
-#}
{% macro kept_golden_record_columns(kept, golden) -%}
    {%- set known = adapter.get_columns_in_relation(kept) | map(attribute='name') | list if execute else [] -%}
    {%- set types = {} -%}
    {%- for column in adapter.get_columns_in_relation(golden) if execute -%}
        {%- do types.update({column.name: column.data_type}) -%}
    {%- endfor -%}
    {%- for name in golden_record_columns() -%}
        {{ name if name in known else 'cast(null as ' ~ types[name] ~ ') as ' ~ name }}{{ ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}


{#-
    SQL of the versions of customers: history_columns, valid_from, valid_to and is_current.

    condition: on the rows of customer_changes; of a customer all versions or none.
-#}
{% macro versions_of_customers(condition='true') -%}
    select
        {{ history_columns() | join(', ') }},
        valid_from,
        valid_to,
        valid_to is null as is_current
    from (
        select
            *,
            lead(valid_from) over (partition by customer_id order by valid_from) as valid_to
        from {{ ref('customer_changes') }}
        where {{ condition }}
    ) as versions
    where not is_deleted
{%- endmacro %}


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
