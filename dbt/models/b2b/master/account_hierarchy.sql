with

ancestors as (
    select * from {{ ref('account_ancestors') }}
),

parents as (
    select * from {{ ref('account_parents') }}
),

ultimate_parents as (
    select
        account_id,
        ancestor_id as ultimate_parent_id,
        distance as depth,
        path
    from (
        select
            *,
            row_number() over (partition by account_id order by distance desc) as from_the_top
        from ancestors
    ) as ranked
    where from_the_top = 1
),

subsidiaries as (
    select
        ancestor_id as account_id,
        count(case when distance > 0 then 1 end) as subsidiary_count,
        count(case when distance = 1 then 1 end) as direct_subsidiary_count
    from ancestors
    group by ancestor_id
),

final as (
    select
        ultimate_parents.account_id,
        case when ultimate_parents.depth > 0 then parents.parent_account_id end as parent_account_id,
        ultimate_parents.ultimate_parent_id,
        ultimate_parents.depth,
        ultimate_parents.path,
        subsidiaries.direct_subsidiary_count,
        subsidiaries.subsidiary_count,
        parents.parent_account_id as stated_parent_id,
        parents.parent_source,
        coalesce(parents.parent_count, 0) as parent_count,
        -- Nobody else states a parent and has none above.
        ultimate_parents.depth = 0 and parents.account_id is not null as is_in_cycle
    from ultimate_parents
    inner join subsidiaries on ultimate_parents.account_id = subsidiaries.account_id
    left join parents on ultimate_parents.account_id = parents.account_id
)

select * from final
