with

domains as (
    select distinct
        lookup.domain_key as domain,
        ids.account_id
    from {{ ref('account_source_lookup') }} as lookup
    inner join {{ source('identity', 'account_id_map') }} as ids
        on
            lookup.source = ids.source
            and lookup.source_record_id = ids.source_record_id
    where lookup.domain_key is not null
),

placed as (
    select
        domains.domain,
        domains.account_id,
        hierarchy.ultimate_parent_id,
        hierarchy.depth,
        min(hierarchy.depth) over (partition by domains.domain) as least_depth
    from domains
    inner join {{ ref('account_hierarchy') }} as hierarchy on domains.account_id = hierarchy.account_id
),

final as (
    select
        domain,
        -- A group's domain is that of the one account that stands highest; two unrelated companies have none in common.
        case
            when
                count(distinct ultimate_parent_id) = 1
                and count(case when depth = least_depth then 1 end) = 1
                then min(case when depth = least_depth then account_id end)
        end as account_id,
        count(*) as account_count
    from placed
    group by domain
)

select * from final
