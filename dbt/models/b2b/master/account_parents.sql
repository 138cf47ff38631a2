{{ config(pre_hook="insert into {{ pending_changes() }} (kind, key) values ('run', '{{ invocation_id }}')") }}

with

precedences as (
    select
        source,
        coalesce(
            min(case when attribute = 'parent_source_record_id' then precedence end),
            min(case when attribute = '*' then precedence end)
        ) as precedence
    from {{ ref('source_precedence') }}
    group by source
),

records as (
    select
        ids.account_id,
        lookup.source,
        lookup.source_record_id,
        lookup.updated_at,
        lookup.company_name_key,
        lookup.parent_source_record_id,
        {{ company_name_key('lookup.parent_name') }} as parent_name_key
    from {{ ref('account_source_lookup') }} as lookup
    inner join {{ source('identity', 'account_id_map') }} as ids
        on
            lookup.source = ids.source
            and lookup.source_record_id = ids.source_record_id
),

-- A name leads to a parent when the source has it for one account alone.
named as (
    select
        source,
        company_name_key,
        min(account_id) as account_id
    from records
    where company_name_key is not null
    group by source, company_name_key
    having min(account_id) = max(account_id)
),

stated as (
    select
        records.account_id,
        records.source,
        records.source_record_id,
        records.updated_at,
        coalesce(by_record.account_id, by_name.account_id) as parent_account_id
    from records
    left join {{ source('identity', 'account_id_map') }} as by_record
        on
            records.source = by_record.source
            and records.parent_source_record_id = by_record.source_record_id
    left join named as by_name
        on
            records.parent_source_record_id is null
            and records.source = by_name.source
            and records.parent_name_key = by_name.company_name_key
),

-- Two records of a company and its parent that are one account make it no parent of itself.
candidates as (
    select
        stated.*,
        row_number() over (
            partition by stated.account_id
            order by
                coalesce(precedences.precedence, 99999),
                stated.updated_at desc nulls last,
                stated.source,
                stated.source_record_id
        ) as candidate_rank
    from stated
    left join precedences on stated.source = precedences.source
    where stated.parent_account_id <> stated.account_id
),

counts as (
    select
        account_id,
        count(distinct parent_account_id) as parent_count
    from candidates
    group by account_id
),

final as (
    select
        candidates.account_id,
        candidates.parent_account_id,
        candidates.source as parent_source,
        candidates.source_record_id as stated_by_record_id,
        counts.parent_count
    from candidates
    inner join counts on candidates.account_id = counts.account_id
    where candidates.candidate_rank = 1
)

select * from final
