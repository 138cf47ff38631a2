{{ config(materialized='view') }}

{{ versions_of('account', 'accounts') }}
