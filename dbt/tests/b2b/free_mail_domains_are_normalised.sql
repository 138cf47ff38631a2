-- Fails if a domain of free_mail_domains is not written as the match keys write it: it would keep nobody
-- apart.
{{ config(meta={'dagster': {'ref': {'name': 'free_mail_domains'}}}) }}

select domain
from {{ ref('free_mail_domains') }}
where {{ normalise_domain('domain') }} is distinct from domain
