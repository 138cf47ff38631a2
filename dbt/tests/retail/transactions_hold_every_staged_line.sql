-- Fails if a day that was built has other lines or another total in transactions than in staging:
-- lines were lost or doubled on the way.
{{ config(meta={'dagster': {'ref': {'name': 'transactions'}}}) }}

{{ days_other_than_staged(ref('transaction_lines'), ref('transactions'), 'amount') }}
