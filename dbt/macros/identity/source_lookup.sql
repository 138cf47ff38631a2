{#-
    SQL of the source lookup of an entity: every record of every source in its newest version, its
    attributes, and its match keys as <key>_key. A key is null where the seed ignored_values names its
    value.
-#}
{% macro source_lookup(entity) -%}
    {%- set keys = match_keys(entity) -%}
    with

    records as (
        {{ union_records(entity) }}
    ),

    keyed as (
        select
            *,
            {%- for name, expression in keys.items() %}
            {{ expression }} as {{ name }}_key{{ ',' if not loop.last }}
            {%- endfor %}
        from records
    ),

    -- The values that occur and are ignored: a wildcard may stand for many, and one value may be under several wildcards.
    ignored as (
        {%- for name in keys %}
        select
            '{{ name }}' as match_key,
            keyed.{{ name }}_key as value
        from keyed
        inner join {{ ref('ignored_values') }} as ignored_values
            on
                ignored_values.match_key = '{{ name }}'
                and {{ matches_wildcard('keyed.' ~ name ~ '_key', 'ignored_values.value') }}
        group by 1, 2
        {% if not loop.last %}union all{% endif %}
        {%- endfor %}
    ),

    final as (
        select
            keyed.source,
            keyed.source_record_id,
            keyed.created_at,
            keyed.updated_at,
            {%- for attribute in var(entity ~ '_attributes') %}
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
