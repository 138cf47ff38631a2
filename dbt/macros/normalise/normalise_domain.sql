{#-
    The domain of a web address, in lower case: without scheme, `www`, port and path. Null when it is no
    domain. A subdomain stays: which part of a name is for sale differs by country.
-#}
{% macro normalise_domain(column) -%}
    {%- set host = replace_regex("lower(trim(" ~ column ~ "))", '^[a-z]+://|[/:?#].*$', "''") -%}
    {%- set host = replace_regex(host, '^www[0-9]*[.]|[.]$', "''") -%}
    {{ extract_regex(host, '^[\\p{L}0-9_-]+(?:[.][\\p{L}0-9_-]+)*[.][\\p{L}]{2,}$') }}
{%- endmacro %}


{#- The domain of an email address that is normalised. -#}
{% macro email_domain(email) -%}
    {{ normalise_domain(replace_regex(email, '^.*@', "''")) }}
{%- endmacro %}
