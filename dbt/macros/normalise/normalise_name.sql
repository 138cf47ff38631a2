{#- As it is shown: without blanks around it, one blank between words; null when empty. -#}
{% macro normalise_name(column) -%}
    nullif(trim({{ replace_regex(column, '\\s+', "' '") }}), '')
{%- endmacro %}


{#- For matching: lower case, accents folded, letters of any script only; null when none is left. -#}
{% macro name_key(column) -%}
    nullif({{ replace_regex(fold_accents(column), '[^\\p{L}]+', "''") }}, '')
{%- endmacro %}


{#- For matching: as name_key, and the digits, which tell one house number from another. -#}
{% macro street_key(column) -%}
    nullif({{ replace_regex(fold_accents(column), '[^\\p{L}0-9]+', "''") }}, '')
{%- endmacro %}


{#- For matching codes such as card numbers: upper case without blanks and hyphens; null when empty. -#}
{% macro code_key(column) -%}
    nullif(upper(replace(replace({{ column }}, ' ', ''), '-', '')), '')
{%- endmacro %}
