-- Fails if an override names one record twice, or if two lines decide on the same two records: they
-- would contradict each other, or one of them would be forgotten when the other is taken out.
{{ config(meta={'dagster': {'ref': {'name': 'contact_link_overrides'}}}) }}

{{ overrides_that_decide_twice(ref('contact_link_overrides')) }}
