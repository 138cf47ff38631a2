{#-
    SQL of who was behind events, one row per event: event_id, partition_date, the email address that
    stands for the visitor (source_record_id), how it is known (identified_by), its contact, and the
    account that the contact worked for at the time.

    events: relation with event_id, partition_date, anonymous_id and occurred_at.
    own_email: SQL of the address that an event names itself.
-#}
{% macro event_contacts(events, own_email) -%}
    select
        events.event_id,
        events.partition_date,
        coalesce({{ own_email }}, visitors.email) as source_record_id,
        case when {{ own_email }} is not null then 'form' when visitors.email is not null then 'visitor' end as identified_by,
        contact_ids.contact_id,
        employers.account_id
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


{#- SQL of the days whose events say something else than they would if they were built now. -#}
{% macro days_with_other_event_contacts() -%}
    select events.partition_date
    from {{ this }} as events
    inner join (
        {{ event_contacts(this, "case when events.identified_by = 'form' then events.source_record_id end") }}
    ) as built_now on events.event_id = built_now.event_id and events.partition_date = built_now.partition_date
    where
        events.source_record_id is distinct from built_now.source_record_id
        or events.contact_id is distinct from built_now.contact_id
        or events.account_id is distinct from built_now.account_id
{%- endmacro %}
