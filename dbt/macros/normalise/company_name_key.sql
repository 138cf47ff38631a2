{#-
    For matching names of companies: lower case, accents folded, letters and digits only, without the
    legal forms at its end and without a word for `and`. `Jansen & Zonen B.V.` and `JANSEN EN ZONEN BV`
    are jansenzonen. A name that is nothing but a legal form stays; null when nothing is left.
-#}
{% macro company_name_key(column) -%}
    {%- set written_together = replace_regex(fold_accents(column), "[.''’/]", "''") -%}
    {%- set spaced = "' ' || " ~ replace_regex(written_together, '[^\\p{L}0-9]+', "' '") ~ " || ' '" -%}
    {%- set without_and = replace_regex(spaced, ' (?:and|und|en|et) ', "' '") -%}
    {%- set trimmed = "trim(" ~ without_and ~ ")" -%}
    nullif(replace({{ replace_regex(trimmed, legal_form_pattern(), "''") }}, ' ', ''), '')
{%- endmacro %}


{#- One or more legal forms at the end of a name, behind another word. -#}
{% macro legal_form_pattern() -%}
    (?: (?:{{ legal_forms() | join('|') }}))+$
{%- endmacro %}


{#-
    Legal forms as they read without dots and slashes; a blank where people may write one. `co` is the
    `& Co.` of a partnership.
-#}
{% macro legal_forms() -%}
    {{ return([
        'b ?v', 'n ?v', 'c ?v', 'v ?o ?f', 'bvba', 'vzw', 'asbl', 'comm ?v',
        'gmbh', 'g ?m ?b ?h', 'ag', 'kg', 'kgaa', 'ohg', 'ug', 'ug haftungsbeschrankt', 'gbr', 'e ?k', 'e ?v', 'se',
        'inc', 'incorporated', 'corp', 'corporation', 'llc', 'l ?l ?c', 'llp', 'lp',
        'ltd', 'limited', 'plc', 'p ?l ?c', 'co', 'company', 'pty', 'pte', 'pvt',
        's ?a', 'sarl', 'sa ?rl', 's ?a ?r ?l', 'sas', 'sasu', 'snc', 'sci', 'eurl',
        's ?p ?a', 's ?r ?l', 'srls', 's ?l', 's ?l ?u', 's ?c', 'lda', 'ltda', 'eireli',
        'ab', 'a ?b', 'oy', 'oyj', 'aps', 'a ?s', 'asa', 'ans', 'k ?s', 'i ?s',
        'sp z ?o ?o', 'spolka z ?o ?o', 'sp k', 'sro', 's ?r ?o', 'doo', 'd ?o ?o', 'kft', 'zrt', 'bt', 'ood', 'eood'
    ]) }}
{%- endmacro %}
