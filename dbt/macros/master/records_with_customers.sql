{#- Every customer record, the customer it belongs to, and a hash of what the golden record takes from it. -#}
{% macro records_with_customers() -%}
    {%- set columns = ['lookup.created_at', 'lookup.updated_at', 'customer_ids.linked_by_rule'] -%}
    {%- for attribute in declared_entity('customer').attributes -%}
        {%- do columns.append('lookup.' ~ attribute.name) -%}
    {%- endfor -%}
    select
        lookup.source,
        lookup.source_record_id,
        customer_ids.customer_id,
        {{ row_hash(columns) }} as record_hash
    from {{ ref('source_lookup') }} as lookup
    inner join {{ source('identity', 'customer_id_map') }} as customer_ids
        on
            lookup.source = customer_ids.source
            and lookup.source_record_id = customer_ids.source_record_id
{%- endmacro %}


{#- Of customer_records the rows to be replaced. -#}
{% macro records_restated(built) -%}
    (source, source_record_id) in (select source, source_record_id from {{ ref('restated_records') }})
{%- endmacro %}
