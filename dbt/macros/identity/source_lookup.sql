{#-
    SQL of the source lookup of an entity: every record of every source in its newest version, its
    attributes, and its match keys as <key>_key. A key is null where the seed ignored_values names its
    value; a domain also where free_mail_domains has it.
-#}
{% macro source_lookup(entity) -%}
    {%- set keys = match_keys(entity) -%}
    {%- set keyed_records -%}
        select
            *,
            {%- for name, expression in keys.items() %}
            {{ expression }} as {{ name }}_key{{ ',' if not loop.last }}
            {%- endfor %}
        from (
            {{ union_records(entity) }}
        ) as records
    {%- endset -%}
    with

    keyed as (
        {{ computed_once(entity ~ '_source_lookup__keyed', keyed_records) }}
    ),

    -- The values that occur and are ignored: a wildcard may stand for many, and one value may be under several wildcards.
    ignored as (
        select
            match_key,
            value
        from (
            {%- for name in keys %}
            select
                '{{ name }}' as match_key,
                keyed.{{ name }}_key as value
            from keyed
            inner join {{ ref('ignored_values') }} as ignored_values
                on
                    ignored_values.match_key = '{{ name }}'
                    and {{ matches_wildcard('keyed.' ~ name ~ '_key', 'ignored_values.value') }}
            {% if not loop.last %}union all{% endif %}
            {%- endfor %}
            {%- if 'domain' in keys %}
            union all
            select
                'domain' as match_key,
                keyed.domain_key as value
            from keyed
            inner join {{ ref('free_mail_domains') }} as free_mail_domains on keyed.domain_key = free_mail_domains.domain
            {%- endif %}
        ) as occurring
        group by match_key, value
    ),

    final as (
        select
            keyed.source,
            keyed.source_record_id,
            keyed.created_at,
            keyed.updated_at,
            {%- for attribute in declared_entity(entity).attributes %}
            keyed.{{ attribute.name }},
            {%- endfor %}
            {%- for name in keys %}
            case when ignored_{{ name }}.value is null then keyed.{{ name }}_key end as {{ name }}_key{{ ',' if not loop.last }}
            {%- endfor %}
        from keyed
        {%- for name in keys %}
        left join ignored as ignored_{{ name }}
            on
                ignored_{{ name }}.match_key = '{{ name }}'
                and keyed.{{ name }}_key = ignored_{{ name }}.value
        {%- endfor %}
    )

    select * from final
{%- endmacro %}
