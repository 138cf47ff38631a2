insert into {schema}.words
select
    entity,
    term as word,
    cast(count(distinct number) as uinteger) as owners
from {schema}.terms
where is_word
group by all
order by all;
