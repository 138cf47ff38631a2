{#-
    An entity is what records are resolved to: a customer of a retailer, a buyer or a seller of a
    marketplace, an account or a contact of a company that sells to companies. Its name leads to its
    source lookup, its ID map, and what its YAML in `defs/<business model>` declares.
-#}

{#- What the YAML in `defs/<business model>` declares, as Python hands it over: entities, and facts. -#}
{% macro declarations() -%}
    {%- set handed_over = env_var('CUSTOMER_PLATFORM_DECLARATIONS', '') -%}
    {%- if not handed_over -%}
        {{ exceptions.raise_compiler_error(
            "dbt doesn't know what defs/ declares: call it as `customer-platform dbt " ~ invocation_args_dict.get('which', 'build') ~ " ...`"
        ) }}
    {%- endif -%}
    {{ return(fromjson(handed_over)) }}
{%- endmacro %}


{#-
    What is declared of an entity: sources (staging models), attributes (name, survivorship, and group
    and type where it has them), and match_keys.
-#}
{% macro declared_entity(entity) -%}
    {%- set entities = declarations().entities -%}
    {%- if entity not in entities -%}
        {{ exceptions.raise_compiler_error(
            "no YAML in defs/ declares the entity '" ~ entity ~ "'; there are " ~ entities | join(', ')
        ) }}
    {%- endif -%}
    {{ return(entities[entity]) }}
{%- endmacro %}


{% macro source_lookup_of(entity) -%}
    {{ return(ref('source_lookup' if entity == 'customer' else entity ~ '_source_lookup')) }}
{%- endmacro %}


{% macro id_map_of(entity) -%}
    {{ return(source('identity', entity ~ '_id_map')) }}
{%- endmacro %}


{#- The match keys of an entity: name without `_key`, and SQL over a record. -#}
{% macro match_keys(entity) -%}
    {%- set keys = {} -%}
    {%- for name, key in declared_entity(entity).match_keys.items() -%}
        {%- if key.sql is defined -%}
            {%- do keys.update({name: key.sql}) -%}
        {%- elif key.function == 'normalise_phone' -%}
            {%- do keys.update({name: normalise_phone(key.of[0], key.of[1] if key.of | length > 1 else none)}) -%}
        {%- else -%}
            {%- set further = '' if key.of | length == 1 else ', ' ~ key.of[1:] | join(', ') -%}
            {%- do keys.update({name: key.function ~ '(' ~ as_text(key.of[0]) ~ further ~ ')'}) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(keys) }}
{%- endmacro %}
