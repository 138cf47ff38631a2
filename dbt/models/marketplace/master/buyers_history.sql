{{ config(materialized='view') }}

{{ versions_of('buyer', 'buyers') }}
