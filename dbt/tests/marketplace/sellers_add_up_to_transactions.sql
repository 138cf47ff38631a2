-- Fails if the GMV, returns, commission or payout of all sellers are not those of the transactions that have
-- a seller, in every currency.
{{ config(meta={'dagster': {'ref': {'name': 'seller_totals'}}}) }}

{{ totals_that_do_not_add_up('seller') }}
