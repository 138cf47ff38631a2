{#-
    Joins the account that a visitor without a log-in belongs to, in the role in which they visit.

    own_record: SQL of the account the event itself names. An event that has one takes no part, as a null
    never equals.
-#}
{% macro join_visitor_accounts(events, own_record) -%}
    left join {{ ref('visitor_accounts') }} as visitor_accounts
        on
            {{ events }}.role = visitor_accounts.role
            and case when {{ own_record }} is null then {{ events }}.anonymous_id end = visitor_accounts.anonymous_id
            and {{ events }}.occurred_at >= visitor_accounts.known_from
            and {{ events }}.occurred_at < visitor_accounts.known_until
{%- endmacro %}


{#-
    The days of events that hold one of a visitor who has become known, or somebody else, or whose account
    has another ID now: SQL that selects partition_date, for partitions_to_build.
-#}
{% macro days_with_other_visitors() -%}
    {%- set own_record = "case when facts.identified_by = 'account' then facts.source_record_id end" %}
    select facts.partition_date
    from {{ this }} as facts
    {{ join_visitor_accounts('facts', own_record) }}
    where
        facts.identified_by is distinct from 'account'
        and facts.source_record_id is distinct from visitor_accounts.source_record_id
    {%- for role in ['buyer', 'seller'] %}

    union all

    select facts.partition_date
    from {{ this }} as facts
    left join {{ id_map_of(role) }} as current_ids
        on
            facts.record_source = current_ids.source
            and facts.source_record_id = current_ids.source_record_id
    where
        facts.role = '{{ role }}'
        and facts.{{ role }}_id is distinct from current_ids.{{ role }}_id
    {%- endfor %}
{%- endmacro %}
