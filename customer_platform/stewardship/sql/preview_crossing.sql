-- The links between the parts of some customers.
select
    links.*,
    mine.{part} as mine,
    other.{part} as other,
    mine.later as mine_later,
    other.later as other_later
from {links} as links
inner join temp.preview_records as mine
    on
        links.source = mine.source
        and links.record_id = mine.record_id
inner join temp.preview_records as other
    on
        links.linked_to_source = other.source
        and links.linked_to_record = other.record_id
where
    links.customer_id in (select unnest(cast($customer_ids as varchar[])))
    and mine.{part} is distinct from other.{part}
