{#-
    A condition on the rows of a table: one of the columns has one of its keys. For a few rows of a long
    history of which many columns are read.

    relation: the table itself, the only one that the query reads.
    keys: by column, the keys as a subquery.

    On DuckDB by row number: its joins read every column of the rows that they look up, which took 3 s for
    50 million events, and 0.4 s with the columns read afterwards.
-#}
{% macro has_keys(relation, keys) -%}
    {{ return(adapter.dispatch('has_keys', 'customer_platform')(relation, keys)) }}
{%- endmacro %}

{% macro default__has_keys(relation, keys) -%}
    (
        {%- for column, values in keys.items() %}
        {{ column }} in {{ values }}{{ ' or' if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}

{% macro duckdb__has_keys(relation, keys) -%}
    rowid in (
        {%- for column, values in keys.items() %}
        select rowid from {{ relation }} where {{ column }} in {{ values }}{{ ' union distinct' if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}
