-- What refuses links, and how many.
select
    refused_by,
    count(*) as links
from {refused_links}
group by refused_by
order by links desc, refused_by asc
