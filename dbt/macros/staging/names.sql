{#- The first name out of a full one: 'Anna de Vries', 'Mr. Jan Bakker', 'Visser, Anna'. -#}
{% macro first_of_full_name(column) -%}
    {{ normalise_name(replace_regex(ordered_full_name(column), '[ \\t\\n\\f\\r].*$', "''")) }}
{%- endmacro %}


{#- The last name out of a full one: all behind the first word; null when there is none. -#}
{% macro last_of_full_name(column) -%}
    {{ normalise_name(replace_regex(ordered_full_name(column), '^[^ \\t\\n\\f\\r]+', "''")) }}
{%- endmacro %}


{#- A full name, the first name first: without titles before it, and what comes behind it, as Jr. does. -#}
{% macro ordered_full_name(column) -%}
    {%- set without_suffix = replace_regex('trim(' ~ column ~ ')', '(?i),? +(jr|sr|ii|iii|iv|phd|md|esq)[.]?$', "''") -%}
    {%- set turned = replace_regex(
        without_suffix, '^([^,]+), *([^,]+)$', regex_group(2) ~ " || ' ' || " ~ regex_group(1)
    ) -%}
    {{ return(replace_regex(turned, '(?i)^((' ~ titles() | join('|') ~ ')[.]? +)+', "''")) }}
{%- endmacro %}


{#- What stands before a name and is no part of it. -#}
{% macro titles() -%}
    {{ return([
        'dhr', 'dott', 'dottssa', 'dr', 'drs', 'doctor', 'frau', 'heer', 'herr', 'ing', 'ir', 'madame',
        'miss', 'mej', 'mevr', 'mevrouw', 'mlle', 'mme', 'monsieur', 'mr', 'mrs', 'ms', 'mw', 'mx', 'prof',
        'professor', 'sig', 'signor', 'signora', 'sir', 'sra', 'srta', 'señor', 'señora'
    ]) }}
{%- endmacro %}


{#- A last name with what stands before it in a column of its own, as 'van der' does, unless it has it already. -#}
{% macro with_prefix(prefix, last_name) -%}
    case
        when lower(trim({{ last_name }})) like lower(trim({{ prefix }})) || ' %' then {{ last_name }}
        else coalesce(nullif(trim({{ prefix }}), '') || ' ', '') || {{ last_name }}
    end
{%- endmacro %}
