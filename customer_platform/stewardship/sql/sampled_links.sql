-- Of every rule, links by chance, but the same ones each time: what they are like says how often
-- the rule is right.
with links as (
    select
        linked_by_rule as rule,
        coalesce(cast(source as varchar), '') as source,
        source_record_id,
        coalesce(cast(linked_to_source as varchar), '') as other_source,
        linked_to_record_id as other_record_id
    from {customer_id_map}
    where linked_by_rule in (select unnest($rules::varchar[]))
),

shuffled as (
    select
        *,
        row_number() over (
            partition by rule
            order by md5(concat(source, ':', source_record_id, ':', other_source, other_record_id))
        ) as position
    from links
)

select
    rule,
    source,
    source_record_id,
    other_source,
    other_record_id
from shuffled
where position <= $most
order by position, rule
