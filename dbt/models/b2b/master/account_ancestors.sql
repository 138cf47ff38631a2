with recursive

parents as (
    select
        account_id,
        parent_account_id
    from {{ ref('account_parents') }}
),

-- Up from every account, until there is no parent or one that the way has passed.
steps as (
    select
        account_id,
        parent_account_id as ancestor_id,
        1 as distance,
        parent_account_id || '/' || account_id as path
    from parents

    union all

    select
        steps.account_id,
        parents.parent_account_id as ancestor_id,
        steps.distance + 1 as distance,
        parents.parent_account_id || '/' || steps.path as path
    from steps
    inner join parents on steps.ancestor_id = parents.account_id
    where {{ dbt.position("'/' || parents.parent_account_id || '/'", "'/' || steps.path || '/'") }} = 0
),

in_cycles as (
    select distinct steps.account_id
    from steps
    inner join parents
        on
            steps.ancestor_id = parents.account_id
            and steps.account_id = parents.parent_account_id
),

-- Whoever is in a cycle has nobody above: the way up ends there.
tops as (
    select
        steps.account_id,
        min(steps.distance) as distance
    from steps
    inner join in_cycles on steps.ancestor_id = in_cycles.account_id
    group by steps.account_id
),

final as (
    select distinct
        account_id,
        account_id as ancestor_id,
        0 as distance,
        account_id as path
    from {{ source('identity', 'account_id_map') }}

    union all

    select
        steps.account_id,
        steps.ancestor_id,
        steps.distance,
        steps.path
    from steps
    left join in_cycles on steps.account_id = in_cycles.account_id
    left join tops on steps.account_id = tops.account_id
    where
        in_cycles.account_id is null
        and (tops.distance is null or steps.distance <= tops.distance)
)

select * from final
