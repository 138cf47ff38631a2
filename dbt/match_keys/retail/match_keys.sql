{#- The match keys of a retailer's customer. -#}
{% macro customer_match_keys() -%}
    {{ return({
        'email': 'email',
        'phone': 'phone',
        'loyalty_card': code_key('loyalty_card'),
        'first_name': name_key('first_name'),
        'last_name': name_key('last_name'),
        'birth_date': 'cast(birth_date as string)',
        'postcode': 'postcode',
        'street': street_key('street')
    }) }}
{%- endmacro %}
