with everywhere as (
    select
        key,
        value,
        sum(records) as records
    from temp.health_values
    group by key, value
),

own as (
    select
        mine.*,
        everywhere.records - mine.records as same_key
    from temp.health_values as mine
    inner join everywhere using (key, value)
),

shared as (
    select value from everywhere
    group by value
    having count(*) > 1
),

foreign_ones as (
    select
        own.key,
        own.source,
        own.is_new,
        own.value,
        other.key as other_key,
        other.records - coalesce(theirs.records, 0) as other_records
    from own
    semi join shared using (value)
    inner join everywhere as other
        on
            own.value = other.value
            and own.key <> other.key
    left join temp.health_values as theirs
        on
            other.key = theirs.key
            and own.value = theirs.value
            and own.source = theirs.source
            and own.is_new = theirs.is_new
),

best as (
    select
        key,
        source,
        is_new,
        value,
        max(other_records) as most_records,
        arg_max(other_key, other_records) as other_key
    from foreign_ones
    group by key, source, is_new, value
),

judged as (
    select
        own.key,
        own.source,
        own.is_new,
        own.records,
        best.other_key,
        own.same_key > 0 or coalesce(best.most_records, 0) > 0 as is_known,
        coalesce(best.most_records, 0) > own.same_key as is_foreign
    from own
    left join best using (key, source, is_new, value)
)

select
    key,
    source,
    is_new,
    cast(sum(records) as bigint),
    cast(coalesce(sum(records) filter (where is_known), 0) as bigint),
    cast(sum(records) filter (where is_foreign) as bigint),
    mode(other_key) filter (where is_foreign)
from judged
group by key, source, is_new
having count_if(is_foreign) > 0
order by key asc, source asc, is_new asc
