-- The last runs, the newest first.
select
    resolved_at,
    mode,
    records,
    customers,
    new_records,
    moved_records,
    refused_links
from {resolution_runs}
order by resolved_at desc
limit $most
