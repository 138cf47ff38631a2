{#-
    A moment, UTC, from a number of seconds, milliseconds or microseconds since 1970.

    unit: seconds, milliseconds or microseconds.
-#}
{% macro from_epoch(column, unit) -%}
    {{ return(adapter.dispatch('from_epoch', 'customer_platform')(column, unit)) }}
{%- endmacro %}

{% macro default__from_epoch(column, unit) -%}
    cast(timestamp_micros(cast({{ column }} as bigint) * {{ {'seconds': 1000000, 'milliseconds': 1000, 'microseconds': 1}[unit] }}) as timestamp_ntz)
{%- endmacro %}

{% macro bigquery__from_epoch(column, unit) -%}
    datetime(timestamp_{{ unit | replace('seconds', 's') if unit != 'seconds' else unit }}({{ column }}))
{%- endmacro %}

{% macro duckdb__from_epoch(column, unit) -%}
    make_timestamp(cast({{ column }} as bigint) * {{ {'seconds': 1000000, 'milliseconds': 1000, 'microseconds': 1}[unit] }})
{%- endmacro %}
