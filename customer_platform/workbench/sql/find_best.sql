-- Who is found by every word, the best first.
select
    number,
    avg(score) as score
from (
    select
        position,
        number,
        max(score) as score
    from ({terms})
    group by position, number
)
group by number
having count(*) = $words
order by score desc, number asc
limit $most
