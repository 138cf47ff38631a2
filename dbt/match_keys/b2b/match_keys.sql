{#- The match keys of an account, which is a company. -#}
{% macro account_match_keys() -%}
    {{ return({
        'registration': registration_key('registration_number', 'country'),
        'vat': vat_key('vat_id', 'country'),
        'domain': 'coalesce(domain, ' ~ email_domain('email') ~ ')',
        'company_name': company_name_key('company_name'),
        'postcode': 'postcode',
        'city': "country || ':' || " ~ name_key('city'),
        'country': 'country'
    }) }}
{%- endmacro %}


{#- The match keys of a contact, who is a person at a company. -#}
{% macro contact_match_keys() -%}
    {{ return({
        'email': 'email',
        'phone': 'phone',
        'first_name': name_key('first_name'),
        'last_name': name_key('last_name'),
        'company': company_name_key('company_name'),
        'domain': email_domain('email')
    }) }}
{%- endmacro %}
