{#-
    ISO 3166 two-letter code from a code or a name in one of the languages of country_names(); null when
    it is neither. Two letters are taken as the code, except for those that people use for another.
-#}
{% macro normalise_country(column) -%}
    {%- set codes, other_codes = {}, {} -%}
    {%- for code, spellings in country_names().items() -%}
        {%- for name in spellings -%}
            {%- do codes.update({name: code}) -%}
            {%- if name | length == 2 -%}{%- do other_codes.update({name: code}) -%}{%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    case
        when length(trim({{ column }})) = 2
            then coalesce({{ look_up('lower(trim(' ~ column ~ '))', other_codes) }}, upper(trim({{ column }})))
        else {{ look_up(country_key(column), codes) }}
    end
{%- endmacro %}


{#- A country's name as country_names() has it: 'U.S.A.' is usa, 'Bosnia-Herzegovina' bosnia herzegovina. -#}
{% macro country_key(column) -%}
    trim(replace(replace({{ fold_accents(column) }}, '-', ' '), '.', ''))
{%- endmacro %}
