{#- Rows of ignored_values whose match key no entity has. -#}
{% macro ignored_values_of_unknown_match_keys(entities) -%}
    {%- set known = [] -%}
    {%- for entity in entities -%}
        {%- do known.extend(match_keys(entity).keys()) -%}
    {%- endfor -%}
    select *
    from {{ ref('ignored_values') }}
    where match_key not in ('{{ known | unique | join("', '") }}')
{%- endmacro %}


{#- Rows of source_precedence whose source or attribute no entity has. -#}
{% macro precedence_of_unknown_sources(entities) -%}
    {%- set sources, attributes = [], ['*'] -%}
    {%- for entity in entities -%}
        {%- for model in declared_entity(entity).sources -%}
            {%- do sources.append(model.split('__')[0] | replace('stg_', '', 1)) -%}
        {%- endfor -%}
        {%- do attributes.extend(declared_entity(entity).attributes | map(attribute='name')) -%}
    {%- endfor -%}
    select *
    from {{ ref('source_precedence') }}
    where
        source not in ('{{ sources | unique | join("', '") }}')
        or attribute not in ('{{ attributes | unique | join("', '") }}')
{%- endmacro %}


{#- Records named by a seed of overrides that are not in the source lookup of the entity. -#}
{% macro overrides_of_unknown_records(overrides, entity) -%}
    select named.*
    from (
        select
            kind,
            source,
            source_record_id,
            author,
            reason
        from {{ overrides }}

        union all

        select
            kind,
            other_source as source,
            other_record_id as source_record_id,
            author,
            reason
        from {{ overrides }}
    ) as named
    left join {{ source_lookup_of(entity) }} as records
        on
            named.source = records.source
            and named.source_record_id = records.source_record_id
    where records.source is null
{%- endmacro %}


{#- Records of an entity without exactly one ID, and records of its map that no source has. -#}
{% macro records_without_one_id(entity) -%}
    select
        coalesce(records.source, ids.source) as source,
        coalesce(records.source_record_id, ids.source_record_id) as source_record_id,
        count(records.source_record_id) as records,
        count(ids.{{ entity }}_id) as {{ entity }}_ids
    from {{ source_lookup_of(entity) }} as records
    full join {{ id_map_of(entity) }} as ids
        on
            records.source = ids.source
            and records.source_record_id = ids.source_record_id
    group by 1, 2
    having count(records.source_record_id) <> 1 or count(ids.{{ entity }}_id) <> 1
{%- endmacro %}


{#- Pairs of records on which a seed of overrides decides more than once, or that are one record. -#}
{% macro overrides_that_decide_twice(overrides) -%}
    with

    sides as (
        select
            kind,
            source || ':' || source_record_id as one_record,
            other_source || ':' || other_record_id as other_record
        from {{ overrides }}
    ),

    -- A line that doesn't name both records fails another test.
    pairs as (
        select
            kind,
            case when one_record <= other_record then one_record else other_record end as first_record,
            case when one_record <= other_record then other_record else one_record end as last_record
        from sides
        where one_record is not null and other_record is not null
    )

    select
        first_record,
        last_record,
        count(*) as decisions,
        count(distinct kind) as kinds
    from pairs
    group by first_record, last_record
    having count(*) > 1 or first_record = last_record
{%- endmacro %}
