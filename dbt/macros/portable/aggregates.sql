{#- The value that comes first by a unique rank, among the rows where the condition holds. -#}
{% macro first_by_rank(value, rank, condition) -%}
    {{ return(adapter.dispatch('first_by_rank', 'customer_platform')(value, rank, condition)) }}
{%- endmacro %}

{% macro default__first_by_rank(value, rank, condition) -%}
    min_by({{ value }}, {{ rank }}) filter (where {{ condition }})
{%- endmacro %}

{% macro bigquery__first_by_rank(value, rank, condition) -%}
    min_by({{ value }}, if({{ condition }}, {{ rank }}, null))
{%- endmacro %}


{#- The distinct values in ascending order, as an array; nulls are left out. -#}
{% macro distinct_sorted_array(value) -%}
    {{ return(adapter.dispatch('distinct_sorted_array', 'customer_platform')(value)) }}
{%- endmacro %}

{% macro default__distinct_sorted_array(value) -%}
    ifnull(array_agg(distinct {{ value }} ignore nulls order by {{ value }}), [])
{%- endmacro %}

{% macro spark__distinct_sorted_array(value) -%}
    array_sort(collect_set({{ value }}))
{%- endmacro %}

{% macro duckdb__distinct_sorted_array(value) -%}
    coalesce(list_sort(list(distinct {{ value }}) filter (where {{ value }} is not null)), [])
{%- endmacro %}


{#- The value at a share (0 to 1) of the ordered values that is one of them; nulls are left out. -#}
{% macro discrete_quantile(value, share) -%}
    {{ return(adapter.dispatch('discrete_quantile', 'customer_platform')(value, share)) }}
{%- endmacro %}

{% macro default__discrete_quantile(value, share) -%}
    percentile_disc({{ share }}) within group (order by {{ value }})
{%- endmacro %}

{#- Spark's percentile_disc takes numbers alone, and returns an approximate one. -#}
{% macro spark__discrete_quantile(value, share) -%}
    element_at(
        array_sort(collect_list({{ value }})),
        cast(greatest(ceil(count({{ value }}) * cast({{ share }} as decimal(5, 4))), 1) as int)
    )
{%- endmacro %}
