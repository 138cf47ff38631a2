{{ config(materialized=kept_records()) }}

with

contacts as (
    select
        contact_id,
        nullif(trim(account_id), '') as account_id,
        cast(updated_at as date) as updated_on,
        _partition as snapshot_day
    from {{ source('crm', 'contacts') }}
),

snapshots as (
    select
        snapshot_day,
        lag(snapshot_day) over (order by snapshot_day) as previous_day,
        lead(snapshot_day) over (order by snapshot_day) as next_day
    from (select distinct snapshot_day from contacts) as days
),

compared as (
    select
        contacts.*,
        lag(contacts.account_id) over in_time as previous_account_id,
        lag(contacts.snapshot_day) over in_time as seen_before,
        snapshots.previous_day
    from contacts
    inner join snapshots on contacts.snapshot_day = snapshots.snapshot_day
    window in_time as (partition by contacts.contact_id order by contacts.snapshot_day)
),

-- A period ends when the account changes, and when a snapshot lacks the contact.
numbered as (
    select
        *,
        sum(
            case
                when seen_before = previous_day and account_id is not distinct from previous_account_id then 0
                else 1
            end
        ) over (
            partition by contact_id
            order by snapshot_day
            rows between unbounded preceding and current row
        ) as period
    from compared
),

periods as (
    select
        contact_id,
        period,
        account_id,
        min(snapshot_day) as first_day,
        max(snapshot_day) as last_day,
        min(updated_on) as updated_on
    from numbered
    group by contact_id, period, account_id
),

-- The change may be older than the first snapshot that shows it, and no older than the last without it.
started as (
    select
        *,
        case
            when
                updated_on < first_day
                and updated_on > coalesce(
                    lag(last_day) over (partition by contact_id order by period), cast('0001-01-01' as date)
                )
                then updated_on
            else first_day
        end as valid_from
    from periods
),

ended as (
    select
        started.*,
        coalesce(
            least(
                lead(started.valid_from) over (partition by started.contact_id order by started.period),
                snapshots.next_day
            ),
            snapshots.next_day
        ) as valid_to
    from started
    inner join snapshots on started.last_day = snapshots.snapshot_day
),

final as (
    select
        'crm' as source,
        contact_id as source_record_id,
        'crm' as account_source,
        account_id as account_source_record_id,
        valid_from,
        valid_to
    from ended
    where account_id is not null
)

select * from final
