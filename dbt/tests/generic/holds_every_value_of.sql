{#-
    Fails if a value of another relation's field is missing from this column. The relationships test
    turned around, for a column that is built after the relation that refers to it.
-#}
{% test holds_every_value_of(model, column_name, relation, field) %}
    select distinct child.{{ field }} as missing_value
    from {{ relation }} as child
    left join {{ model }} as parent on child.{{ field }} = parent.{{ column_name }}
    where child.{{ field }} is not null and parent.{{ column_name }} is null
{% endtest %}
