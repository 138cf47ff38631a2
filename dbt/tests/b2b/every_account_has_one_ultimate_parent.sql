-- Fails if an account is missing from the hierarchy, is under an ultimate parent that has one itself, or
-- isn't reached by a path that its depth tells: amounts would be rolled up twice or nowhere.
{{ config(meta={'dagster': {'ref': {'name': 'account_hierarchy'}}}) }}

with

accounts as (
    select distinct account_id
    from {{ source('identity', 'account_id_map') }}
)

select
    coalesce(accounts.account_id, hierarchy.account_id) as account_id,
    hierarchy.ultimate_parent_id,
    hierarchy.depth
from accounts
full join {{ ref('account_hierarchy') }} as hierarchy on accounts.account_id = hierarchy.account_id
left join {{ ref('account_hierarchy') }} as tops on hierarchy.ultimate_parent_id = tops.account_id
where
    accounts.account_id is null
    or hierarchy.account_id is null
    or tops.account_id is null
    or tops.depth <> 0
    or (hierarchy.depth = 0) <> (hierarchy.account_id = hierarchy.ultimate_parent_id)
    or (hierarchy.depth = 0) <> (hierarchy.parent_account_id is null)
    or length(hierarchy.path) - length(replace(hierarchy.path, '/', '')) <> hierarchy.depth
