{{ config(materialized='view') }}

{{ versions_of('party', 'parties') }}
