{#-
    Fails if a value of another relation's field is missing from this column. The relationships test
    turned around, for a column that is built after the relation that refers to it.

    condition: which rows of the other relation to look at; built_days for those of the days that were built.
-#}
{% test holds_every_value_of(model, column_name, relation, field, condition='true') %}
    select distinct child.{{ field }} as missing_value
    from (select {{ field }} from {{ relation }} where {{ days_to_follow() if condition == 'built_days' else condition }}) as child
    left join {{ model }} as parent on child.{{ field }} = parent.{{ column_name }}
    where child.{{ field }} is not null and parent.{{ column_name }} is null
{% endtest %}
