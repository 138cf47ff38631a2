{#-
    All records of an entity: the union of the models that its YAML names as `sources`.

    A source that doesn't know an attribute may leave its column out: the contract of its staging
    model says which columns there are, and the others are null. Of an attribute that no source knows
    they have the type that the YAML says, text where it says none. Without any source there are no rows.
-#}
{% macro union_records(entity) -%}
    {%- set attributes = declared_entity(entity).attributes | map(attribute='name') | list -%}
    {%- set delivered = [] -%}
    {%- set models = declared_entity(entity).sources -%}
    {%- for model in models -%}
        {%- do delivered.extend(contract_columns(model, attributes)) -%}
    {%- endfor -%}
    {%- for model in models %}
    {%- set relation = ref(model) %}
    {%- set known = contract_columns(model, attributes) %}
    select
        source,
        source_record_id,
        created_at,
        updated_at,
        {%- for attribute in declared_entity(entity).attributes %}
        {%- set nothing = 'null' if attribute.name in delivered else 'cast(null as ' ~ attribute.get('type', 'string') ~ ')' %}
        {{ attribute.name if attribute.name in known else nothing ~ ' as ' ~ attribute.name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ relation }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- else %}
    {%- set columns = {
        'source': {'data_type': 'string'}, 'source_record_id': {'data_type': 'string'},
        'created_at': {'data_type': 'timestamp'}, 'updated_at': {'data_type': 'timestamp'}
    } -%}
    {%- for attribute in declared_entity(entity).attributes -%}
        {%- do columns.update({attribute.name: {'data_type': attribute.get('type', 'string')}}) -%}
    {%- endfor %}
    {{ no_rows(columns) }}
    {%- endfor %}
{%- endmacro %}


{#-
    The columns in the contract of a model of this project. Where dbt has no graph, which is while the
    project is parsed and in unit tests, every column counts as there.
-#}
{% macro contract_columns(model, attributes) -%}
    {%- if not execute or not graph.nodes -%}
        {{ return(attributes) }}
    {%- endif -%}
    {{ return(graph.nodes['model.' ~ project_name ~ '.' ~ model].columns.keys() | list) }}
{%- endmacro %}
