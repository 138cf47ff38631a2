-- Adds refused links, in the order in which they were tried.
insert into {target}
select
    [{rules}][refused.rule + 1],
    {record_source},
    record.record_id,
    refused.customer_id,
    {other_source},
    other.record_id,
    refused.other_customer_id,
    [{reasons}][refused.reason + 1],
    if(side.source = '', '', side.source || ':') || side.record_id,
    if(other_side.source = '', '', other_side.source || ':') || other_side.record_id
from resolution_refused as refused
inner join resolution_records as record on refused.record_row = record.record_row
inner join resolution_records as other on refused.other_row = other.record_row
inner join resolution_records as side on refused.side_row = side.record_row
inner join resolution_records as other_side on refused.other_side_row = other_side.record_row
order by refused.position
