-- Fails if a day that was built has other lines or another total in transactions than in staging:
-- lines were lost or doubled on the way.
{{ config(meta={'dagster': {'ref': {'name': 'transactions'}}}) }}

with

staged as (
    select
        partition_date,
        count(*) as line_count,
        sum(amount) as total
    from {{ ref('transaction_lines') }}
    where {{ days_asked_for() }}
    group by partition_date
),

built as (
    select
        partition_date,
        count(*) as line_count,
        sum(amount) as total
    from {{ ref('transactions') }}
    where {{ days_asked_for() }}
    group by partition_date
)

select
    coalesce(staged.partition_date, built.partition_date) as partition_date,
    staged.line_count as staged_lines,
    built.line_count as built_lines,
    staged.total as staged_total,
    built.total as built_total
from staged
full join built on staged.partition_date = built.partition_date
where
    staged.partition_date is null
    or built.partition_date is null
    or staged.line_count <> built.line_count
    or staged.total <> built.total
