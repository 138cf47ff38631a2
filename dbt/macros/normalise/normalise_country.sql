{#-
    ISO 3166 two-letter code from a code or a name in one of the languages of country_names(); null when
    it is neither. Two letters are taken as the code, except for those that people use for another.
-#}
{% macro normalise_country(column) -%}
    {%- set names = country_names() -%}
    case
        when length(trim({{ column }})) = 2
            then
                case lower(trim({{ column }}))
                    {%- for code, spellings in names.items() %}
                    {%- for name in spellings if name | length == 2 %}
                    when '{{ name }}' then '{{ code }}'
                    {%- endfor %}
                    {%- endfor %}
                    else upper(trim({{ column }}))
                end
        else
            case {{ country_key(column) }}
                {%- for code, spellings in names.items() %}
                {%- for name in spellings %}
                when '{{ name | replace("'", "''") }}' then '{{ code }}'
                {%- endfor %}
                {%- endfor %}
            end
    end
{%- endmacro %}


{#- A country's name as country_names() has it: 'U.S.A.' is usa, 'Rhône-Alpes' rhone alpes. -#}
{% macro country_key(column) -%}
    trim(replace(replace({{ fold_accents(column) }}, '-', ' '), '.', ''))
{%- endmacro %}
