{#-
    The days of a daily table that hold rows with another ID than their records have now, or none where
    they have one: SQL that selects partition_date, for partitions_to_build.

    ids: for every ID column a dictionary with `entity`, `source` and `record` (the columns that name the
    record) and `id`.
-#}
{% macro days_with_other_ids(ids) -%}
    {%- for each in ids %}
    select facts.partition_date
    from {{ this }} as facts
    left join {{ id_map_of(each.entity) }} as current_ids
        on
            facts.{{ each.source }} = current_ids.source
            and facts.{{ each.record }} = current_ids.source_record_id
    where facts.{{ each.id }} is distinct from current_ids.{{ each.entity }}_id
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
{%- endmacro %}
