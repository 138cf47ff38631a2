{{ config(materialized='view') }}

{{ versions_of('contact', 'contacts') }}
