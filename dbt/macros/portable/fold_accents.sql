{#- Lower-case text without accents: é becomes e, ß ss, ø o. -#}
{% macro fold_accents(expression) -%}
    {{ return(adapter.dispatch('fold_accents', 'customer_platform')(expression)) }}
{%- endmacro %}

{% macro default__fold_accents(expression) -%}
    {{ replace_regex("normalize(" ~ replace_ligatures("lower(" ~ expression ~ ")") ~ ", NFD)", '\\pM', "''") }}
{%- endmacro %}

{#- The functions of customer_platform/warehouse/functions, which know the letters that DuckDB knows. -#}
{% macro spark__fold_accents(expression) -%}
    strip_accents({{ replace_ligatures("unicode_lower(" ~ expression ~ ")") }})
{%- endmacro %}

{% macro duckdb__fold_accents(expression) -%}
    strip_accents({{ replace_ligatures("lower(" ~ expression ~ ")") }})
{%- endmacro %}

{#- A word as it is compared with others: folded, with one underscore for whatever parts it. -#}
{% macro one_word(expression) -%}
    {{ replace_regex("trim(" ~ fold_accents(expression) ~ ")", '[^a-z0-9]+', "'_'") }}
{%- endmacro %}

{#- Letters that no decomposition turns into plain ones. -#}
{% macro replace_ligatures(expression) -%}
    {%- set ns = namespace(sql=expression) -%}
    {%- for letter, plain in [('ß', 'ss'), ('ø', 'o'), ('æ', 'ae'), ('œ', 'oe'), ('ł', 'l'), ('đ', 'd')] -%}
        {%- set ns.sql = "replace(" ~ ns.sql ~ ", '" ~ letter ~ "', '" ~ plain ~ "')" -%}
    {%- endfor -%}
    {{ ns.sql }}
{%- endmacro %}
