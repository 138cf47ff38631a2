-- The map that would be.
create or replace temp table preview_links as
select
    coalesce(cast(source as varchar), '') as source,
    record_id,
    customer_id,
    cast(linked_by_rule as varchar) as linked_by_rule,
    coalesce(cast(linked_to_source as varchar), '') as linked_to_source,
    linked_to_record
from preview_result
