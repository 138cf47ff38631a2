{{ config(materialized='view') }}

{{ versions_of('customer', 'golden_records') }}
