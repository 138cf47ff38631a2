{#-
    For matching: a company's name in lower case, accents folded, without the legal form at its end and
    without anything but letters and digits: 'De Vries & Zn. B.V.' becomes devrieszn; null when none is left.
-#}
{% macro company_name_key(column) -%}
    {%- set undotted = "replace(" ~ fold_accents(column) ~ ", '.', '')" -%}
    {%- set words = "trim(" ~ replace_regex(undotted, '[^\\p{L}0-9]+', "' '") ~ ")" -%}
    {%- set stripped = replace_regex(words, '( (' ~ legal_forms() | join('|') ~ '))+$', "''") -%}
    nullif(replace({{ stripped }}, ' ', ''), '')
{%- endmacro %}


{#- Legal forms as they end a name, in lower case without dots. -#}
{% macro legal_forms() -%}
    {{ return([
        'bv', 'nv', 'vof', 'cv', 'bvba', 'gmbh', 'mbh', 'ag', 'kg', 'ug', 'ek', 'ltd', 'limited', 'plc', 'llp',
        'llc', 'inc', 'incorporated', 'corp', 'corporation', 'co', 'sa', 'sas', 'sarl', 'srl', 'spa', 'sl', 'lda',
        'ltda', 'ab', 'aps', 'oy', 'se'
    ]) }}
{%- endmacro %}
