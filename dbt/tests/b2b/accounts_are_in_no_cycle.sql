-- Warns of accounts whose stated parents lead back to themselves: they are treated as if nobody stood
-- above them until a source is put right.
{{ config(severity='warn', meta={'dagster': {'ref': {'name': 'account_hierarchy'}}}) }}

select
    account_id,
    stated_parent_id,
    parent_source
from {{ ref('account_hierarchy') }}
where is_in_cycle
