{#-
    A day from text such as '17/5/1980'; null where it is none, as '0/0/00'.

    order: dmy, or mdy where the month comes first; between the parts stands a slash, hyphen or point.
-#}
{% macro parse_day(column, order) -%}
    {%- set parts = ['3', '1', '2'] if order == 'mdy' else ['3', '2', '1'] -%}
    {%- set iso = regex_group(parts[0]) ~ " || '-' || " ~ regex_group(parts[1]) ~ " || '-' || " ~ regex_group(parts[2]) -%}
    {%- set day = '^([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4})$' -%}
    {{ cast_or_null(replace_regex('trim(' ~ column ~ ')', day, iso), 'date') }}
{%- endmacro %}
