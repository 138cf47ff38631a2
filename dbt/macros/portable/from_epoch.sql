{#-
    A moment, UTC, from a number of seconds or milliseconds since 1970.

    unit: seconds or milliseconds.
-#}
{% macro from_epoch(column, unit) -%}
    {{ return(adapter.dispatch('from_epoch', 'customer_platform')(column, unit)) }}
{%- endmacro %}

{% macro default__from_epoch(column, unit) -%}
    to_utc_timestamp(timestamp_{{ 'millis' if unit == 'milliseconds' else unit }}({{ column }}), current_timezone())
{%- endmacro %}

{% macro bigquery__from_epoch(column, unit) -%}
    datetime(timestamp_{{ 'millis' if unit == 'milliseconds' else unit }}({{ column }}))
{%- endmacro %}

{% macro duckdb__from_epoch(column, unit) -%}
    make_timestamp_ms(cast({{ column }} as bigint){{ '' if unit == 'milliseconds' else ' * 1000' }})
{%- endmacro %}
