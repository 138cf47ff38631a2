{#-
    An entity is what records are resolved to: a customer of a retailer, a buyer or a seller of a
    marketplace, an account or a contact of a company that sells to companies. Its name leads to its
    source lookup, its ID map, its staging models (var `<entity>_sources`), its attributes (var
    `<entity>_attributes`) and its match keys (macro `<entity>_match_keys`).
-#}
{% macro source_lookup_of(entity) -%}
    {{ return(ref('source_lookup' if entity == 'customer' else entity ~ '_source_lookup')) }}
{%- endmacro %}


{% macro id_map_of(entity) -%}
    {{ return(source('identity', entity ~ '_id_map')) }}
{%- endmacro %}


{#- The match keys of an entity: name without `_key`, and SQL over a record. -#}
{% macro match_keys(entity) -%}
    {{ return(context[entity ~ '_match_keys']()) }}
{%- endmacro %}
