-- What came in, as staged, with what the record was before. It is first: the row that stands for
-- a value is one whose keys are at hand.
with lost as (
    -- When all records are given, most of what is kept comes back as it was.
    select distinct
        gone.component,
        delta.record_id is null as is_deleted
    from temp.resolution_gone as gone
    left join temp.resolution_delta as delta
        on
            gone.record_order = delta.record_order
            and gone.source = delta.source
            and gone.record_id = delta.record_id
    where delta.record_hash is distinct from gone.record_hash
)

select
    delta.source,
    delta.record_id,
    {delta_columns},
    gone.customer_id as was_customer_id,
    gone.linked_by_rule is null as was_root,
    gone.valid_from as was_valid_from,
    gone.reason as was_reason,
    cast(
        case
            when gone.record_id is null then {is_new}
            when gone.record_hash <> delta.record_hash then {key_changed}
            else 0
        end
        + {delta_overridden} + {gone_beside} as tinyint
    ) as cause
from temp.resolution_delta as delta
left join temp.resolution_gone as gone
    on
        delta.record_order = gone.record_order
        and delta.source = gone.source
        and delta.record_id = gone.record_id
