{#-
    A moment, UTC, from a day and the time of that day as text, such as 14:05, 14:05:33+02:00 and 2:05 PM;
    where that is none, the beginning of the day.
-#}
{% macro day_and_time(day, time) -%}
    {%- set day_text = 'trim(cast(' ~ day ~ ' as string))' -%}
    {%- set clock = 'upper(trim(cast(' ~ time ~ ' as string)))' -%}
    {%- set hour = cast_or_null(replace_regex(clock, ':.*$', "''"), 'integer') -%}
    {%- set hour_of_day -%}
        case
            when {{ clock }} like '%P%M%' and {{ hour }} < 12 then {{ hour }} + 12
            when {{ clock }} like '%A%M%' and {{ hour }} = 12 then 0
            else {{ hour }}
        end
    {%- endset -%}
    {%- set behind = replace_regex(clock, '^[0-9]+|[ .]*[AP][. ]*M[.]?$', "''") -%}
    {%- set moment = day_text ~ " || ' ' || lpad(cast(" ~ hour_of_day ~ " as string), 2, '0') || " ~ behind -%}
    coalesce({{ text_to_utc('(' ~ moment ~ ')') }}, cast({{ cast_or_null(day_text, 'date') }} as timestamp))
{%- endmacro %}
