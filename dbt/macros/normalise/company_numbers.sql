{#-
    For matching numbers in trade registers, which are comparable inside a country only: the country, a
    colon, and the number in upper case, letters and digits only, without leading zeros. Null without a
    country or a digit.
-#}
{% macro registration_key(number, country) -%}
    {%- set code = code_of(number) -%}
    case
        when {{ extract_regex(code, '[0-9]') }} is not null
            then {{ country }} || ':' || {{ replace_regex(code, '^0+', "''") }}
    end
{%- endmacro %}


{#-
    For matching VAT identification numbers: the prefix of the country, letters and digits only. A number
    without the prefix gets that of the country, a Belgian one of nine digits its zero. Null without a
    digit, and for a number without a prefix that has no country. Check digits aren't looked at.
-#}
{% macro vat_key(number, country) -%}
    {%- set code = code_of(number) -%}
    {%- set prefix = "case " ~ country ~ " when 'GR' then 'EL' else " ~ country ~ " end" -%}
    {%- set prefixed -%}
        case when {{ extract_regex(code, '^[A-Z][A-Z]') }} is null then {{ prefix }} || {{ code }} else {{ code }} end
    {%- endset -%}
    case
        when {{ extract_regex(code, '[0-9]') }} is not null
            then {{ replace_regex(prefixed, '^BE([0-9]{9})$', "'BE0' || " ~ regex_group(1)) }}
    end
{%- endmacro %}


{#- Upper case, letters and digits only. -#}
{% macro code_of(column) -%}
    {{ replace_regex("upper(" ~ column ~ ")", '[^A-Z0-9]+', "''") }}
{%- endmacro %}
