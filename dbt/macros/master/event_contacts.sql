{#-
    SQL of events with who was behind them: new_source_record_id, the email address that stands for the visitor;
    new_identified_by, how it is known; new_contact_id, its contact; and new_account_id, the account that the
    contact worked for at the time.

    events: relation of events, those of staging or of master.events (facts_to_check).
    own_email: SQL of the address that an event names itself.
-#}
{% macro event_contacts(events, own_email) -%}
    select
        events.*,
        coalesce({{ own_email }}, visitors.email) as new_source_record_id,
        case
            when {{ own_email }} is not null then 'form'
            when visitors.email is not null then 'visitor'
        end as new_identified_by,
        contact_ids.contact_id as new_contact_id,
        employers.account_id as new_account_id
    from {{ events }} as events
    left join {{ ref('visitor_contacts') }} as visitors
        on
            case when {{ own_email }} is null then events.anonymous_id end = visitors.anonymous_id
            and events.occurred_at >= visitors.known_from
            and events.occurred_at < visitors.known_until
    left join {{ id_map_of('contact') }} as contact_ids
        on
            events.source = contact_ids.source
            and coalesce({{ own_email }}, visitors.email) = contact_ids.source_record_id
    left join (
        select
            contact_id,
            account_id,
            -- What somebody did before the first employment that is known counts for it.
            case
                when lag(valid_from) over (partition by contact_id order by valid_from) is null
                    then cast('0001-01-01' as date)
                else valid_from
            end as valid_from,
            coalesce(valid_to, cast('9999-12-31' as date)) as valid_to
        from {{ ref('employments') }}
    ) as employers
        on
            contact_ids.contact_id = employers.contact_id
            and cast(events.occurred_at as date) >= employers.valid_from
            and cast(events.occurred_at as date) < employers.valid_to
{%- endmacro %}
