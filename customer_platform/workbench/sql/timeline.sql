-- What somebody has done, the newest first.
select
    {time},
    {columns}
from {relation}
where {owner} = $id
order by {time} desc
limit $most
