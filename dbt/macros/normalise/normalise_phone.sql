{#-
    E.164: '+', country code, national number; null when it is no number of that country.

    country: SQL of the ISO country whose numbers may come without a country code; where it is null, the
    var default_country. A number without a country code of a country without a phone rule is null: it
    would become that of a stranger.
    stated: the column that country was told from. Where that is filled and country is null, the country
    is one that nobody knows, and not the default one.
    One nested expression, so that no step is computed twice.
-#}
{% macro normalise_phone(column, country=none, stated=none) -%}
    {%- set digits = replace_regex(column, '[^0-9+]', "''") -%}
    {%- set international = replace_regex(digits, '^00', "'+'") -%}
    {%- set with_code = replace_regex(
        international, '^(0?)([1-9])', "'+' || " ~ country_calling_code(country, stated) ~ " || " ~ regex_group(2)
    ) -%}
    {%- set tidy = replace_regex(
        with_code, misread_phone_pattern(),
        "'+' || " ~ regex_group(1) ~ " || " ~ regex_group(2) ~ " || " ~ regex_group(3)
    ) -%}
    {{ extract_regex(tidy, valid_phone_pattern()) }}
{%- endmacro %}


{#-
    Per country: calling code, least and most digits of a national number, its first digit, and the
    trunk prefix: dialled before it inside the country, left out from abroad. Italy's zero stays.
-#}
{% macro phone_rules() -%}
    {{ return({
        'NL': {'code': '31', 'digits': (9, 9), 'first': '[1-9]', 'trunk': '0'},
        'BE': {'code': '32', 'digits': (8, 9), 'first': '[1-9]', 'trunk': '0'},
        'DE': {'code': '49', 'digits': (6, 12), 'first': '[1-9]', 'trunk': '0'},
        'GB': {'code': '44', 'digits': (9, 10), 'first': '[1-9]', 'trunk': '0'},
        'FR': {'code': '33', 'digits': (9, 9), 'first': '[1-9]', 'trunk': '0'},
        'LU': {'code': '352', 'digits': (5, 11), 'first': '[2-9]', 'trunk': ''},
        'IE': {'code': '353', 'digits': (7, 9), 'first': '[1-9]', 'trunk': '0'},
        'AT': {'code': '43', 'digits': (4, 13), 'first': '[1-9]', 'trunk': '0'},
        'CH': {'code': '41', 'digits': (9, 9), 'first': '[1-9]', 'trunk': '0'},
        'ES': {'code': '34', 'digits': (9, 9), 'first': '[5-9]', 'trunk': ''},
        'IT': {'code': '39', 'digits': (6, 11), 'first': '[0-9]', 'trunk': ''},
        'PT': {'code': '351', 'digits': (9, 9), 'first': '[2-9]', 'trunk': ''},
        'DK': {'code': '45', 'digits': (8, 8), 'first': '[2-9]', 'trunk': ''},
        'SE': {'code': '46', 'digits': (7, 9), 'first': '[1-9]', 'trunk': '0'},
        'NO': {'code': '47', 'digits': (8, 8), 'first': '[2-9]', 'trunk': ''},
        'PL': {'code': '48', 'digits': (9, 9), 'first': '[1-9]', 'trunk': ''},
        'US': {'code': '1', 'digits': (10, 10), 'first': '[2-9]', 'trunk': '1'},
        'CA': {'code': '1', 'digits': (10, 10), 'first': '[2-9]', 'trunk': '1'}
    }) }}
{%- endmacro %}


{#-
    The calling code of a country as SQL; group 1 is the zero that the number began with. 0, with which no
    calling code begins, where it isn't known, so that what comes out is no number.
-#}
{% macro country_calling_code(country=none, stated=none) -%}
    {%- set rules = phone_rules() -%}
    {%- if var('default_country') not in rules -%}
        {{ exceptions.raise_compiler_error(
            "default_country: no phone rule for '" ~ var('default_country') ~ "'; choose one of " ~ rules.keys() | join(', ')
            ~ ", or add a line to phone_rules in macros/normalise/normalise_phone.sql"
        ) }}
    {%- endif -%}
    {%- if country is not none -%}
        case {{ country }}
            {%- for name, rule in rules.items() %}
            when '{{ name }}' then '{{ rule.code }}'{{ ' || ' ~ regex_group(1) if name == 'IT' }}
            {%- endfor %}
            else
                case
                    when {{ country }} is null{% if stated is not none %} and nullif(trim({{ stated }}), '') is null{% endif %}
                        then {{ country_calling_code() }}
                    else '0'
                end
        end
    {%- else -%}
        '{{ rules[var("default_country")].code }}'{{ ' || ' ~ regex_group(1) if var('default_country') == 'IT' }}
    {%- endif -%}
{%- endmacro %}


{#-
    What the steps before read wrongly: a trunk prefix behind the country code, as in '+31 (0)6 ...'
    (group 1, or 2 for the 1 of America), and a number that had lost its '+' and got a second country
    code (group 3). The latter only among countries with numbers of one length, where it is certain.
-#}
{% macro misread_phone_pattern() -%}
    {%- set with_trunk = [] -%}
    {%- set fixed_codes = [] -%}
    {%- set fixed_numbers = [] -%}
    {%- for rule in phone_rules().values() -%}
        {%- if rule.trunk == '0' -%}{%- do with_trunk.append(rule.code) -%}{%- endif -%}
        {%- if rule.digits[0] == rule.digits[1] and rule.code != '1' -%}
            {%- do fixed_codes.append(rule.code) -%}
            {%- do fixed_numbers.append(rule.code ~ national_number_pattern(rule)) -%}
        {%- endif -%}
    {%- endfor -%}
    ^[+](?:({{ with_trunk | join('|') }})0|(1)1|(?:{{ fixed_codes | join('|') }})((?:{{ fixed_numbers | join('|') }})$))
{%- endmacro %}


{#- A valid number: of a known country by its rule, of any other by the 7 to 15 digits of E.164. -#}
{% macro valid_phone_pattern() -%}
    {%- set codes = phone_rules().values() | map(attribute='code') | unique | list -%}
    {%- set alternatives = [] -%}
    {%- for rule in phone_rules().values() -%}
        {%- do alternatives.append(rule.code ~ national_number_pattern(rule)) -%}
    {%- endfor -%}
    {%- for prefix in range(20, 100) | map('string') if prefix not in codes -%}
        {%- set free = [] -%}
        {%- for digit in range(10) if prefix ~ digit not in codes -%}
            {%- do free.append(digit) -%}
        {%- endfor -%}
        {%- do alternatives.append(prefix ~ '[' ~ free | join ~ '][0-9]{4,12}') -%}
    {%- endfor -%}
    ^[+](?:{{ alternatives | unique | join('|') }})$
{%- endmacro %}


{% macro national_number_pattern(rule) -%}
    {{ rule.first }}[0-9]{{ '{' }}{{ rule.digits[0] - 1 }},{{ rule.digits[1] - 1 }}{{ '}' }}
{%- endmacro %}
