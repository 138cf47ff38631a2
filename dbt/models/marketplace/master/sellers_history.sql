{{ config(materialized='view') }}

{{ versions_of('seller', 'sellers') }}
