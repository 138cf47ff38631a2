-- Fails if ignored_values names a match key that doesn't exist: the value would go on linking people.
{{ config(meta={'dagster': {'ref': {'name': 'ignored_values'}}}) }}

select *
from {{ ref('ignored_values') }}
where
    match_key not in (
        {%- for name in match_keys() %}
        '{{ name }}'{{ ',' if not loop.last }}
        {%- endfor %}
    )
