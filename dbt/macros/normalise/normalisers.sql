{#-
    How values become comparable. Each calls a function of the same name of the engine, which is created when
    dbt starts: customer_platform/warehouse/functions has them, for DuckDB.
-#}

{#- An address in lower case; null when the text is none. -#}
{% macro normalise_email(column) -%}
    normalise_email({{ as_text(column) }})
{%- endmacro %}


{#- As it is shown: without blanks around it, one blank between words; null when nothing is left. -#}
{% macro normalise_name(column) -%}
    normalise_name({{ as_text(column) }})
{%- endmacro %}


{#- For matching: the letters of a name, without case and accents; null when none is left. -#}
{% macro name_key(column) -%}
    name_key({{ as_text(column) }})
{%- endmacro %}


{#- For matching: as name_key, and the digits, which tell one house number from another. -#}
{% macro street_key(column) -%}
    street_key({{ as_text(column) }})
{%- endmacro %}


{#- Upper case without blanks: '1234 ab' becomes 1234AB; null when nothing is left. -#}
{% macro normalise_postcode(column) -%}
    normalise_postcode({{ as_text(column) }})
{%- endmacro %}


{#- For matching codes such as card numbers and currencies: upper case without blanks and hyphens. -#}
{% macro code_key(column) -%}
    code_key({{ as_text(column) }})
{%- endmacro %}


{#- A code that is shown, such as a currency, receipt or product: upper case without blanks. -#}
{% macro normalise_code(column) -%}
    normalise_code({{ as_text(column) }})
{%- endmacro %}


{#- ISO 3166 two-letter code from a code or a name; null when it is neither. -#}
{% macro normalise_country(column) -%}
    normalise_country({{ as_text(column) }})
{%- endmacro %}


{#- The domain of a web address; null when it is none. -#}
{% macro normalise_domain(column) -%}
    normalise_domain({{ as_text(column) }})
{%- endmacro %}


{#- The domain of an email address that is normalised. -#}
{% macro email_domain(email) -%}
    email_domain({{ as_text(email) }})
{%- endmacro %}


{#- For matching names of companies, without their legal forms. -#}
{% macro company_name_key(column) -%}
    company_name_key({{ as_text(column) }})
{%- endmacro %}


{#- For matching numbers in trade registers, with the country in front. -#}
{% macro registration_key(number, country) -%}
    registration_key({{ as_text(number) }}, {{ country }})
{%- endmacro %}


{#- For matching VAT identification numbers, with the prefix of the country. -#}
{% macro vat_key(number, country) -%}
    vat_key({{ as_text(number) }}, {{ country }})
{%- endmacro %}


{#- A value as text: a phone number or postcode may have been read as a number. -#}
{% macro as_text(column) -%}
    cast({{ column }} as {{ dbt.type_string() }})
{%- endmacro %}
