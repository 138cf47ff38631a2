{#- Load mode snapshot: every partition holds the whole table; the newest one counts. -#}
{% macro latest_snapshot(relation) -%}
    select *
    from {{ relation }}
    where _partition = (select max(_partition) from {{ relation }})
{%- endmacro %}


{#- Load mode delta: a partition holds the rows that are new or changed; the newest row of a key counts. -#}
{% macro latest_per_key(relation, keys) -%}
    select *
    from {{ relation }}
    qualify
        row_number() over (
            partition by {{ keys | join(', ') }}
            order by _partition desc, _source_file desc, _row_number desc
        ) = 1
{%- endmacro %}
