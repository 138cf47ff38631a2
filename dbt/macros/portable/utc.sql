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

{#- Spark takes the first of the hour that comes twice: the second reads the same on the wall. -#}
{% macro default__local_to_utc(column, zone) -%}
    {%- set wall = 'cast(' ~ column ~ ' as timestamp_ntz)' -%}
    {%- set first = "to_utc_timestamp(" ~ wall ~ ", '" ~ zone ~ "')" -%}
    cast(
        case
            when cast(from_utc_timestamp({{ first }} + interval '1' hour, '{{ zone }}') as timestamp_ntz) = {{ wall }}
                then {{ first }} + interval '1' hour
            else {{ first }}
        end as timestamp_ntz
    )
{%- endmacro %}

{% macro bigquery__local_to_utc(column, zone) -%}
    timestamp(datetime({{ column }}), '{{ zone }}')
{%- endmacro %}

{% macro duckdb__local_to_utc(column, zone) -%}
    cast({{ column }} as timestamp) at time zone '{{ zone }}' at time zone 'UTC'
{%- endmacro %}


{#- A moment written as text, with an offset or in UTC, as UTC; null where it is none. -#}
{% macro text_to_utc(column) -%}
    {{ return(adapter.dispatch('text_to_utc', 'customer_platform')(column)) }}
{%- endmacro %}

{#-
    As DuckDB reads it: no year or month alone, midnight as 24:00, and no zone but UTC and offsets with minutes.
-#}
{% macro default__text_to_utc(column) -%}
    {%- set text = 'trim(' ~ column ~ ')' -%}
    case
        when {{ text }} rlike '^[0-9]{1,6}-[0-9]{1,2}-[0-9]{1,2}[ T]24:00(:00([.]0*)?)?$'
            then try_cast(regexp_extract({{ text }}, '^[0-9-]+', 0) as timestamp_ntz) + interval '1' day
        when not {{ text }} rlike '^[0-9]{1,6}-[0-9]{1,2}-[0-9]{1,2}([ T][0-9]{1,2}:[0-9]{1,2}(:[0-9]{1,2}([.][0-9]*)?)?( ?([+-][0-9]{2}(:?[0-9]{2})?|[A-Za-z]+(/[A-Za-z_]+)*))?)?$'
            then null
        when {{ text }} rlike '([+-][0-9]{2}:?[0-9]{2}|Z|UTC)$'
            then cast(try_cast({{ text }} as timestamp_ltz) as timestamp_ntz)
        else try_cast(regexp_extract({{ text }}, '^[0-9-]+([ T][0-9:.]+)?', 0) as timestamp_ntz)
    end
{%- endmacro %}

{#- DuckDB reads no blank before an offset, and would take text without one for the session's time. -#}
{% macro duckdb__text_to_utc(column) -%}
    case
        when regexp_matches(trim({{ column }}), '([+-][0-9]{2}:?[0-9]{2}|Z|UTC)$')
            then try_cast(replace(replace(replace(trim({{ column }}), ' +', '+'), ' -', '-'), ' UTC', 'Z') as timestamptz) at time zone 'UTC'
        else try_cast(trim({{ column }}) as timestamp)
    end
{%- endmacro %}


{#- A moment, moved by whole seconds. dbt's dateadd misreads timestamps without time zone on Spark. -#}
{% macro add_seconds(moment, seconds) -%}
    {{ return(adapter.dispatch('add_seconds', 'customer_platform')(moment, seconds)) }}
{%- endmacro %}

{% macro default__add_seconds(moment, seconds) -%}
    {{ moment }} + interval '{{ seconds }}' second
{%- endmacro %}

{% macro bigquery__add_seconds(moment, seconds) -%}
    timestamp_add({{ moment }}, interval {{ seconds }} second)
{%- endmacro %}

{% macro duckdb__add_seconds(moment, seconds) -%}
    {{ dbt.dateadd('second', seconds, moment) }}
{%- endmacro %}
