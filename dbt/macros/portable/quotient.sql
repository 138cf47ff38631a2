{#-
    A part of a whole, or so much for each, with 4 decimals; null where there is none of the whole. Divided as doubles:
    Spark would round a quotient of decimals to 6 digits first, and 0.01824972 up to 0.0183.
-#}
{% macro quotient(part, whole) -%}
    cast(cast({{ part }} as double) / nullif(cast({{ whole }} as double), 0) as decimal(18, 4))
{%- endmacro %}
