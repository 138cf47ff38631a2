-- Who is found by every word, the best first.
with by_word as (
    select
        position,
        entity,
        number,
        max(score) as score,
        arg_max(struct_pack(attribute := attribute, term := term, how := how), score) as reason
    from ({candidates})
    group by position, entity, number
),

best as (
    select
        entity,
        number,
        avg(score) as score,
        list(reason order by position) as reasons
    from by_word
    group by entity, number
    having count(*) = $words
)

select
    best.entity,
    owners.id,
    owners.records,
    best.score,
    best.reasons
from best
inner join search.owners as owners on best.entity = owners.entity and best.number = owners.number
order by best.score desc, owners.records desc, best.entity asc, owners.id asc
limit $most
