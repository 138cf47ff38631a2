{%- set roles = ['buyer', 'seller'] %}
with

{% for role in roles -%}
{{ role }}_records as (
    select
        '{{ role }}/' || lookup.source as source,
        lookup.source_record_id,
        lookup.created_at,
        lookup.updated_at,
        {%- for attribute in declared_entity('party').attributes %}
        {%- set known = attribute.name in declared_entity(role).attributes | map(attribute='name') %}
        {{ 'lookup.' ~ attribute.name if known else 'cast(null as string) as ' ~ attribute.name }},
        {%- endfor %}
        {%- for key, expression in match_keys('party').items() %}
        {%- if key in ['buyer_id', 'seller_id'] %}
        {{ 'ids.' ~ key if key == role ~ '_id' else 'cast(null as string)' }} as {{ key }}_key{{ ',' if not loop.last }}
        {%- else %}
        {{ 'lookup.' ~ expression if key in match_keys(role) else 'cast(null as string) as ' ~ expression }}{{ ',' if not loop.last }}
        {%- endif %}
        {%- endfor %}
    from {{ source_lookup_of(role) }} as lookup
    inner join {{ id_map_of(role) }} as ids
        on
            lookup.source = ids.source
            and lookup.source_record_id = ids.source_record_id
),

{% endfor -%}
final as (
    {%- for role in roles %}
    select * from {{ role }}_records
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select * from final
