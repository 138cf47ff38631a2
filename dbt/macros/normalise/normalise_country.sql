{#- ISO 3166 two-letter code from a code or an English name; null when it is neither. -#}
{% macro normalise_country(column) -%}
    case
        when length(trim({{ column }})) = 2 then upper(trim({{ column }}))
        else
            case lower(trim({{ column }}))
                {%- for name, code in country_codes().items() %}
                when '{{ name }}' then '{{ code }}'
                {%- endfor %}
            end
    end
{%- endmacro %}


{#- Country names in lower case, also as the UCI Online Retail file spells them. -#}
{% macro country_codes() -%}
    {{ return({
        'australia': 'AU', 'austria': 'AT', 'bahrain': 'BH', 'belgium': 'BE', 'brazil': 'BR',
        'bulgaria': 'BG', 'canada': 'CA', 'croatia': 'HR', 'cyprus': 'CY', 'czech republic': 'CZ',
        'czechia': 'CZ', 'denmark': 'DK', 'eire': 'IE', 'estonia': 'EE', 'finland': 'FI',
        'france': 'FR', 'germany': 'DE', 'greece': 'GR', 'hong kong': 'HK', 'hungary': 'HU',
        'iceland': 'IS', 'ireland': 'IE', 'israel': 'IL', 'italy': 'IT', 'japan': 'JP',
        'latvia': 'LV', 'lebanon': 'LB', 'lithuania': 'LT', 'luxembourg': 'LU', 'malta': 'MT',
        'netherlands': 'NL', 'norway': 'NO', 'poland': 'PL', 'portugal': 'PT', 'romania': 'RO',
        'rsa': 'ZA', 'saudi arabia': 'SA', 'singapore': 'SG', 'slovakia': 'SK', 'slovenia': 'SI',
        'south africa': 'ZA', 'spain': 'ES', 'sweden': 'SE', 'switzerland': 'CH',
        'united arab emirates': 'AE', 'united kingdom': 'GB', 'united states': 'US', 'usa': 'US'
    }) }}
{%- endmacro %}
