-- Fails if the GMV, returns, commission or payout of all buyers are not those of the transactions that have
-- a buyer, in every currency.
{{ config(meta={'dagster': {'ref': {'name': 'buyer_totals'}}}) }}

{{ totals_that_do_not_add_up('buyer') }}
