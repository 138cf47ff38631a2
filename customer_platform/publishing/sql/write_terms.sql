insert into {schema}.terms
select
    term,
    entity,
    attribute,
    is_word,
    number
from ({terms})
order by term, entity, attribute, number;
