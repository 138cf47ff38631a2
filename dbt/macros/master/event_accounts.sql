{#-
    Joins the account that a visitor without a log-in belongs to (visitor_accounts) and the customer of
    the event's account (customer_ids).

    own_account: SQL of the account the event itself names. An event that has one takes no part in the
    first join, as a null never equals.
    own_source: SQL of the source of that account.
-#}
{% macro join_event_accounts(events, own_account, own_source) -%}
    left join {{ ref('visitor_accounts') }} as visitor_accounts
        on
            case when {{ own_account }} is null then {{ events }}.anonymous_id end = visitor_accounts.anonymous_id
            and {{ events }}.occurred_at >= visitor_accounts.known_from
            and {{ events }}.occurred_at < visitor_accounts.known_until
    left join {{ source('identity', 'customer_id_map') }} as customer_ids
        on
            {{ event_account(own_account) }} = customer_ids.source_record_id
            and {{ event_account_source(own_account, own_source) }} = customer_ids.source
{%- endmacro %}


{#- SQL of the source of the account that an event belongs to; null where nobody knows the visitor. -#}
{% macro event_account_source(own_account, own_source) -%}
    case when {{ own_account }} is not null then {{ own_source }} else visitor_accounts.account_source end
{%- endmacro %}


{#- SQL of the account that an event belongs to. -#}
{% macro event_account(own_account) -%}
    coalesce({{ own_account }}, visitor_accounts.account_id)
{%- endmacro %}


{#- SQL of how that account is known. -#}
{% macro identified_by(own_account) -%}
    case
        when {{ own_account }} is not null then 'account'
        when visitor_accounts.account_id is not null then 'visitor'
    end
{%- endmacro %}


{#- SQL of the account that a row of master.events names itself. -#}
{% macro own_account(events) -%}
    case when {{ events }}.identified_by = 'account' then {{ events }}.source_record_id end
{%- endmacro %}


{#- SQL of rows of master.events with what a build would make of them now, for find_moved_rows. -#}
{% macro events_with_customers(facts) -%}
    select
        facts.*,
        {{ event_account_source(own_account('facts'), 'facts.record_source') }} as new_record_source,
        {{ event_account(own_account('facts')) }} as new_source_record_id,
        customer_ids.customer_id as new_customer_id,
        {{ identified_by(own_account('facts')) }} as new_identified_by
    from {{ facts }} as facts
    {{ join_event_accounts('facts', own_account('facts'), 'facts.record_source') }}
{%- endmacro %}
