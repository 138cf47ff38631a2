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


{#- Country names in lower case, also as UCI's Online Retail and Maven's CRM files spell them. -#}
{% macro country_codes() -%}
    {{ return({
        'argentina': 'AR', 'australia': 'AU', 'austria': 'AT', 'bahrain': 'BH', 'belgium': 'BE',
        'brazil': 'BR', 'bulgaria': 'BG', 'canada': 'CA', 'chile': 'CL', 'china': 'CN',
        'colombia': 'CO', 'croatia': 'HR', 'cyprus': 'CY', 'czech republic': 'CZ', 'czechia': 'CZ',
        'denmark': 'DK', 'ecuador': 'EC', 'egypt': 'EG', 'eire': 'IE', 'estonia': 'EE',
        'finland': 'FI', 'france': 'FR', 'germany': 'DE', 'greece': 'GR', 'hong kong': 'HK',
        'hungary': 'HU', 'iceland': 'IS', 'india': 'IN', 'indonesia': 'ID', 'ireland': 'IE',
        'israel': 'IL', 'italy': 'IT', 'japan': 'JP', 'jordan': 'JO', 'kenya': 'KE', 'korea': 'KR',
        'kuwait': 'KW', 'latvia': 'LV', 'lebanon': 'LB', 'lithuania': 'LT', 'luxembourg': 'LU',
        'malaysia': 'MY', 'malta': 'MT', 'mexico': 'MX', 'morocco': 'MA', 'netherlands': 'NL',
        'new zealand': 'NZ', 'nigeria': 'NG', 'norway': 'NO', 'panama': 'PA', 'peru': 'PE',
        'philipines': 'PH', 'philippines': 'PH', 'poland': 'PL', 'portugal': 'PT', 'qatar': 'QA',
        'romania': 'RO', 'rsa': 'ZA', 'russia': 'RU', 'saudi arabia': 'SA', 'serbia': 'RS',
        'singapore': 'SG', 'slovakia': 'SK', 'slovenia': 'SI', 'south africa': 'ZA',
        'south korea': 'KR', 'spain': 'ES', 'sweden': 'SE', 'switzerland': 'CH', 'taiwan': 'TW',
        'thailand': 'TH', 'the netherlands': 'NL', 'tunisia': 'TN', 'turkey': 'TR', 'ukraine': 'UA',
        'united arab emirates': 'AE', 'united kingdom': 'GB', 'united states': 'US',
        'united states of america': 'US', 'uruguay': 'UY', 'usa': 'US', 'venezuela': 'VE',
        'vietnam': 'VN'
    }) }}
{%- endmacro %}
