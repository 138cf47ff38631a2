-- How many records share now what too many shared at the last run.
create or replace temp table resolution_over_shared as
with caps (rule, name, cap) as (values {caps}),

kept as (
    select
        caps.rule,
        caps.cap,
        over_shared.* exclude (rule)
    from {over_shared_values} as over_shared
    inner join caps on over_shared.rule = caps.name
),

changes as (
    select
        rule,
        value,
        sum(change) as change
    from ({counts})
    group by all
)

select
    kept.rule,
    kept.value_hash as value,
    kept.value as value_text,
    cast(kept.records + coalesce(changes.change, 0) as bigint) as records,
    -- What no change concerns is shared by as many as before.
    changes.rule is null
    or coalesce(kept.records + changes.change > kept.cap, false) as stays,
    changes.rule is not null as is_changed,
    kept.people
from kept
left join changes
    on
        kept.rule = changes.rule
        and kept.value_hash = changes.value
