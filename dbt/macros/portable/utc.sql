{#- The day it is now, UTC, whatever time zone the session has. -#}
{% macro utc_today() -%}
    {{ return(adapter.dispatch('utc_today', 'customer_platform')()) }}
{%- endmacro %}

{% macro default__utc_today() -%}
    to_date(to_utc_timestamp(current_timestamp(), current_timezone()))
{%- endmacro %}

{% macro bigquery__utc_today() -%}
    current_date('UTC')
{%- endmacro %}

{#- Not `at time zone 'UTC'`, which needs an extension that not every reader of what is published has. -#}
{% macro duckdb__utc_today() -%}
    cast(make_timestamp(epoch_us(now())) as date)
{%- endmacro %}


{#-
    A timestamp of a clock on the wall as UTC: of a source that writes local time without an offset. Of the
    hour that comes twice when summer time ends, DuckDB takes the second.

    zone: name of the time zone, such as Europe/Amsterdam.
-#}
{% macro local_to_utc(column, zone) -%}
    {{ return(adapter.dispatch('local_to_utc', 'customer_platform')(column, zone)) }}
{%- endmacro %}

{% macro default__local_to_utc(column, zone) -%}
    to_utc_timestamp({{ column }}, '{{ zone }}')
{%- endmacro %}

{% macro bigquery__local_to_utc(column, zone) -%}
    datetime(timestamp({{ column }}, '{{ zone }}'))
{%- endmacro %}

{% macro duckdb__local_to_utc(column, zone) -%}
    cast({{ column }} as timestamp) at time zone '{{ zone }}' at time zone 'UTC'
{%- endmacro %}
