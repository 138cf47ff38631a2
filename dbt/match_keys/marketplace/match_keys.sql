{#- The match keys of a marketplace's buyer. The number of an account is unique in its source alone. -#}
{% macro buyer_match_keys() -%}
    {{ return({
        'account_number': "source || ':' || " ~ code_key('account_number'),
        'email': 'email',
        'phone': 'phone',
        'first_name': name_key('first_name'),
        'last_name': name_key('last_name'),
        'birth_date': 'cast(birth_date as string)',
        'postcode': 'postcode',
        'street': street_key('street'),
        'vat_id': code_key('vat_id')
    }) }}
{%- endmacro %}


{#- The match keys of a marketplace's seller. -#}
{% macro seller_match_keys() -%}
    {{ return({
        'account_number': "source || ':' || " ~ code_key('account_number'),
        'registration_number': code_key('registration_number'),
        'vat_id': code_key('vat_id'),
        'company_name': company_name_key('company_name'),
        'email': 'email',
        'phone': 'phone',
        'first_name': name_key('first_name'),
        'last_name': name_key('last_name'),
        'postcode': 'postcode'
    }) }}
{%- endmacro %}


{#-
    The match keys of a party, as the lookups of buyers and sellers deliver them, and the IDs of both: the
    records of one buyer or seller are one party.
-#}
{% macro party_match_keys() -%}
    {%- set keys = {'buyer_id': 'buyer_id', 'seller_id': 'seller_id'} -%}
    {%- for key in ['registration_number', 'vat_id', 'email', 'phone', 'first_name', 'last_name', 'postcode'] -%}
        {%- do keys.update({key: key ~ '_key'}) -%}
    {%- endfor -%}
    {{ return(keys) }}
{%- endmacro %}
