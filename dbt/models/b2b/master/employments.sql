with

hierarchy as (
    select * from {{ ref('account_hierarchy') }}
),

-- What a source says of a contact and an account.
recorded as (
    select
        contact_ids.contact_id,
        account_ids.account_id,
        coalesce(records.valid_from, cast('1970-01-01' as date)) as valid_from,
        records.valid_to,
        records.source as evidence,
        1 as evidence_rank
    from {{ ref('employment_records') }} as records
    inner join {{ source('identity', 'contact_id_map') }} as contact_ids
        on
            records.source = contact_ids.source
            and records.source_record_id = contact_ids.source_record_id
    inner join {{ source('identity', 'account_id_map') }} as account_ids
        on
            records.account_source = account_ids.source
            and records.account_source_record_id = account_ids.source_record_id
),

recorded_groups as (
    select distinct
        recorded.contact_id,
        hierarchy.ultimate_parent_id
    from recorded
    inner join hierarchy on recorded.account_id = hierarchy.account_id
),

-- What the domains of work emails tell, of groups of companies that no source has the contact at.
told_by_domain as (
    select
        ids.contact_id,
        domains.account_id,
        min(cast(coalesce(lookup.created_at, lookup.updated_at) as date)) as valid_from
    from {{ ref('contact_source_lookup') }} as lookup
    inner join {{ source('identity', 'contact_id_map') }} as ids
        on
            lookup.source = ids.source
            and lookup.source_record_id = ids.source_record_id
    inner join {{ ref('account_domains') }} as domains on lookup.domain_key = domains.domain
    inner join hierarchy on domains.account_id = hierarchy.account_id
    left join recorded_groups
        on
            ids.contact_id = recorded_groups.contact_id
            and hierarchy.ultimate_parent_id = recorded_groups.ultimate_parent_id
    where recorded_groups.contact_id is null
    group by ids.contact_id, domains.account_id
),

periods as (
    select
        contact_id,
        account_id,
        valid_from,
        valid_to,
        evidence,
        evidence_rank
    from recorded

    union all

    select
        contact_id,
        account_id,
        coalesce(valid_from, cast('1970-01-01' as date)) as valid_from,
        cast(null as date) as valid_to,
        'email_domain' as evidence,
        2 as evidence_rank
    from told_by_domain
),

-- One account at a time: of periods that begin on one day a source's own word counts, then the longest.
starts as (
    select
        *,
        row_number() over (
            partition by contact_id, valid_from
            order by
                evidence_rank asc,
                coalesce(valid_to, cast('9999-12-31' as date)) desc,
                account_id asc,
                evidence asc
        ) as start_rank
    from periods
    where valid_to is null or valid_to > valid_from
),

-- Whoever begins elsewhere has left.
one_at_a_time as (
    select
        contact_id,
        account_id,
        valid_from,
        evidence,
        least(
            coalesce(valid_to, cast('9999-12-31' as date)),
            coalesce(
                lead(valid_from) over (partition by contact_id order by valid_from), cast('9999-12-31' as date)
            )
        ) as valid_to
    from starts
    where start_rank = 1
),

compared as (
    select
        *,
        case
            when
                account_id = lag(account_id) over in_time
                and valid_from = lag(valid_to) over in_time
                then 0
            else 1
        end as is_start
    from one_at_a_time
    window in_time as (partition by contact_id order by valid_from)
),

numbered as (
    select
        *,
        sum(is_start) over (
            partition by contact_id
            order by valid_from
            rows between unbounded preceding and current row
        ) as period
    from compared
),

final as (
    select
        contact_id,
        account_id,
        min(valid_from) as valid_from,
        nullif(max(valid_to), cast('9999-12-31' as date)) as valid_to,
        min(valid_from) <= cast({{ run_moment() }} as date)
        and max(valid_to) > cast({{ run_moment() }} as date) as is_current,
        coalesce(min(case when evidence <> 'email_domain' then evidence end), 'email_domain') as evidence
    from numbered
    group by contact_id, account_id, period
)

select * from final
