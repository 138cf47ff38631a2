{#-
    Fails if a value of the days asked for is there twice, on one day or on any other: unique for a table
    with a long history, of which the other days were tested when they were asked for. The history is
    looked up, where unique would group it anew every day.
-#}
{% test unique_over_days(model, column_name) %}
    with

    asked as (
        select
            {{ column_name }},
            count(*) as copies
        from {{ model }}
        where {{ column_name }} is not null and {{ days_asked_for() }}
        group by {{ column_name }}
    )

    select {{ column_name }} from asked where copies > 1
    {%- if asked_day('from') is not none %}

    union all

    select asked.{{ column_name }}
    from asked
    inner join {{ model }} as others on asked.{{ column_name }} = others.{{ column_name }}
    where not ({{ partition_range('others.partition_date') }})
    {%- endif %}
{% endtest %}
