{#-
    E.164: '+', country code, national number; null when it is no number of that country.

    country: SQL of the ISO country whose numbers may come without a country code; where it is null, the
    var default_country. A number without a country code of a country that isn't known is null: it would
    become that of a stranger.
    stated: the column that country was told from. Where that is filled and country is null, the country
    is one that nobody knows, and not the default one.
-#}
{% macro normalise_phone(column, country=none, stated=none) -%}
    normalise_phone({{ as_text(column) }}, {{ country_of_phone(country, stated) }})
{%- endmacro %}


{#- The country of a phone number as SQL: '??' where nobody knows it. -#}
{% macro country_of_phone(country=none, stated=none) -%}
    {%- set default_country = "'" ~ var('default_country') ~ "'" -%}
    {%- if var('default_country') not in phone_countries() -%}
        {{ exceptions.raise_compiler_error(
            "default_country: no phone numbers of '" ~ var('default_country') ~ "'; choose one of " ~ phone_countries() | join(', ')
        ) }}
    {%- endif -%}
    {%- if country is none -%}
        {{ default_country }}
    {%- elif stated is none -%}
        coalesce({{ country }}, {{ default_country }})
    {%- else -%}
        coalesce({{ country }}, case when normalise_exact({{ as_text(stated) }}) is null then {{ default_country }} else '??' end)
    {%- endif -%}
{%- endmacro %}
