{#-
    SQL of the golden attributes of an entity: one row per ID, every attribute that
    its YAML declares by its survivorship rule with the source it came from, and what is known of its
    records: record_count, source_count, sources, identity_confidence, first_record_at, last_record_at.

    only: SQL of a subquery of IDs; without it all of them.
-#}
{% macro golden_attributes(entity, only=none) -%}
    {%- set attributes = declared_entity(entity).attributes -%}
    {%- set by_precedence = attributes_by('precedence', attributes) -%}
    {%- set by_frequency = attributes_by('most_frequent', attributes) -%}
    with

    -- One row per source: its precedence in general and for each attribute that is picked by it.
    precedences as (
        select
            source,
            coalesce(min(case when attribute = '*' then precedence end), 99999) as source_precedence
            {%- for attribute in by_precedence %},
            coalesce(
                min(case when attribute = '{{ attribute.name }}' then precedence end),
                min(case when attribute = '*' then precedence end),
                99999
            ) as {{ attribute.name }}_precedence
            {%- endfor %}
        from {{ ref('source_precedence') }}
        group by source
    ),

    records as (
        select
            ids.{{ entity }}_id,
            lookup.*,
            {%- for attribute in by_precedence %}
            coalesce(precedences.{{ attribute.name }}_precedence, 99999) as {{ attribute.name }}_precedence,
            {%- endfor %}
            row_number() over (
                partition by ids.{{ entity }}_id
                order by
                    lookup.updated_at desc nulls last,
                    coalesce(precedences.source_precedence, 99999),
                    lookup.source,
                    lookup.source_record_id
            ) as record_rank,
            {%- if attributes_by('first_non_null', attributes) %}
            row_number() over (
                partition by ids.{{ entity }}_id
                order by
                    lookup.created_at asc nulls last,
                    coalesce(precedences.source_precedence, 99999),
                    lookup.source,
                    lookup.source_record_id
            ) as age_rank,
            {%- endif %}
            case
                when ids.linked_by_rule is null then 1
                else coalesce(link_confidence.confidence, {{ var('default_link_confidence') }})
            end as link_confidence,
            count(*) over (partition by ids.{{ entity }}_id) as record_count
        from {{ source_lookup_of(entity) }} as lookup
        inner join {{ id_map_of(entity) }} as ids
            on
                lookup.source = ids.source
                and lookup.source_record_id = ids.source_record_id
        left join precedences on lookup.source = precedences.source
        left join {{ ref('link_confidence') }} as link_confidence on ids.linked_by_rule = link_confidence.rule
        {%- if only %}
        where ids.{{ entity }}_id in {{ only }}
        {%- endif %}
    ),

    golden as (
        select
            {{ entity }}_id,
            {%- for attribute in attributes %}
            {%- if attribute.group is defined %}
            nullif({{ first_by_rank('coalesce(' ~ attribute.name ~ ", '')", survivorship_rank(attribute, attributes), has_value(attribute, attributes)) }}, '') as {{ attribute.name }},
            {%- else %}
            {{ first_by_rank(attribute.name, survivorship_rank(attribute, attributes), has_value(attribute, attributes)) }} as {{ attribute.name }},
            {%- endif %}
            {{ first_by_rank('source', survivorship_rank(attribute, attributes), has_value(attribute, attributes)) }} as {{ attribute.name }}_source,
            {%- endfor %}
            count(*) as record_count,
            count(distinct source) as source_count,
            {{ distinct_sorted_array('source') }} as sources,
            min(created_at) as first_record_at,
            cast(min(link_confidence) as decimal(5, 4)) as identity_confidence,
            max(updated_at) as last_record_at
        from records
        group by {{ entity }}_id
    )

    {%- for attribute in by_frequency %},

    -- With fewer than three records the most frequent value is the first by rank, which golden has.
    {{ attribute.name }}_counts as (
        select
            {{ entity }}_id,
            {{ attribute.name }},
            -count(*) * 10000000000 + min(record_rank) as value_rank,
            {{ first_by_rank('source', 'record_rank', attribute.name ~ ' is not null') }} as source
        from records
        where record_count > 2 and {{ attribute.name }} is not null
        group by 1, 2
    ),

    most_frequent_{{ attribute.name }} as (
        select
            {{ entity }}_id,
            {{ first_by_rank(attribute.name, 'value_rank', 'true') }} as {{ attribute.name }},
            {{ first_by_rank('source', 'value_rank', 'true') }} as {{ attribute.name }}_source
        from {{ attribute.name }}_counts
        group by {{ entity }}_id
    )
    {%- endfor %}

    select
        golden.{{ entity }}_id,
        {%- for attribute in attributes %}
        {%- if attribute in by_frequency %}
        coalesce(most_frequent_{{ attribute.name }}.{{ attribute.name }}, golden.{{ attribute.name }}) as {{ attribute.name }},
        coalesce(
            most_frequent_{{ attribute.name }}.{{ attribute.name }}_source, golden.{{ attribute.name }}_source
        ) as {{ attribute.name }}_source,
        {%- else %}
        golden.{{ attribute.name }},
        golden.{{ attribute.name }}_source,
        {%- endif %}
        {%- endfor %}
        golden.record_count,
        golden.source_count,
        golden.sources,
        golden.identity_confidence,
        golden.first_record_at,
        golden.last_record_at
    from golden
    {%- for attribute in by_frequency %}
    left join most_frequent_{{ attribute.name }} on golden.{{ entity }}_id = most_frequent_{{ attribute.name }}.{{ entity }}_id
    {%- endfor %}
{%- endmacro %}
