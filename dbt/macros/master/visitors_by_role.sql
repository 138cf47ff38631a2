{#-
    SQL of events with who is behind them: new_source_record_id, the account that the event names or that the
    visitor belongs to in the role in which they visit; new_identified_by, how it is known; and new_buyer_id or
    new_seller_id, by the role.

    events: relation of events, those of staging or of master.events (facts_to_check).
    own_record: SQL of the account that an event names itself. An event that has one takes no part in the join of
    visitors, as a null never equals.
-#}
{% macro events_with_roles(events, own_record) -%}
    select
        known.*,
        buyer_ids.buyer_id as new_buyer_id,
        seller_ids.seller_id as new_seller_id
    from (
        select
            events.*,
            coalesce({{ own_record }}, visitor_accounts.source_record_id) as new_source_record_id,
            case
                when {{ own_record }} is not null then 'account'
                when visitor_accounts.source_record_id is not null then 'visitor'
            end as new_identified_by
        from {{ events }} as events
        left join {{ ref('visitor_accounts') }} as visitor_accounts
            on
                events.role = visitor_accounts.role
                and case when {{ own_record }} is null then events.anonymous_id end = visitor_accounts.anonymous_id
                and events.occurred_at >= visitor_accounts.known_from
                and events.occurred_at < visitor_accounts.known_until
    ) as known
    left join {{ id_map_of('buyer') }} as buyer_ids
        on
            known.role = 'buyer'
            and known.record_source = buyer_ids.source
            and known.new_source_record_id = buyer_ids.source_record_id
    left join {{ id_map_of('seller') }} as seller_ids
        on
            known.role = 'seller'
            and known.record_source = seller_ids.source
            and known.new_source_record_id = seller_ids.source_record_id
{%- endmacro %}
