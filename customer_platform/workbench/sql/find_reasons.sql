-- By which term each word has found somebody.
select
    number,
    arg_max(struct_pack(attribute := attribute, term := term, how := how), score) as reason
from ({terms})
where number in ({numbers})
group by position, number
order by number, position
