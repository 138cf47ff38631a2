{{ config(materialized='view') }}

{{ versions_of_customers() }}
