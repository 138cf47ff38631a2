{#-
    Finds IDs of visitors that tie nobody, as a tag has written a placeholder: those that the days that were
    built landed with, where the view has none.

    relation: the raw table of the view.
    field: its column of the ID.
-#}
{% test no_placeholder_in(model, column_name, relation, field='anonymous_id') %}
    select
        {{ field }},
        count(*) as times
    from (select {{ field }}, _partition as partition_date from {{ relation }}) as landed
    where {{ days_to_follow() }} and {{ field }} is not null and {{ known_id(field) }} is null
    group by {{ field }}
{% endtest %}


{#-
    Finds IDs of visitors that tie nobody, as they belong to more accounts than var max_accounts_per_visitor: a
    device is used by everybody.

    account: SQL of the account.
    role: column by which visitors are apart, if any.
-#}
{% test of_few_accounts(model, column_name, account, role=none) %}
    {{ visitors_of_too_many(model, account, role=role) }}
{% endtest %}
