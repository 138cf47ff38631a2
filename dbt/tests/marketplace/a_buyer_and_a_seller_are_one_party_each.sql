-- Fails if the records of one buyer, or of one seller, are in several parties. An override of parties that
-- keeps two of them apart does that: say so of the buyer or seller instead.
{{ config(meta={'dagster': {'ref': {'name': 'parties'}}}) }}
-- Checked once the masters are built, when all maps are of the same run: depends_on: {{ ref('parties') }}

{%- for role in ['buyer', 'seller'] %}

select
    '{{ role }}' as role,
    ids.{{ role }}_id as id,
    count(distinct party_ids.party_id) as parties
from {{ id_map_of(role) }} as ids
left join {{ id_map_of('party') }} as party_ids
    on
        '{{ role }}/' || ids.source = party_ids.source
        and ids.source_record_id = party_ids.source_record_id
group by ids.{{ role }}_id
having count(distinct party_ids.party_id) <> 1
{%- if not loop.last %}

union all
{%- endif %}
{%- endfor %}
