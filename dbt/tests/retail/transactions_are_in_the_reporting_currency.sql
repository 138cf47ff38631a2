-- Fails if a line, on the days that were built, is in another currency than reporting_currency (var in
-- dbt_project.yml; a line without one is in it): revenue would add up different currencies. Convert unit_price and amount to the
-- reporting currency in the staging view of the source, and let it deliver that currency.
{{ config(meta={'dagster': {'ref': {'name': 'transactions'}}}) }}

select
    source,
    currency,
    '{{ var("reporting_currency") }}' as reporting_currency,
    count(*) as line_count,
    sum(amount) as amount
from {{ ref('transactions') }}
where
    {{ days_to_follow() }}
    and currency <> '{{ var("reporting_currency") }}'
group by source, currency
