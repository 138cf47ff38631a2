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
