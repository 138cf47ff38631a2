-- Who has a record of a number, of whatever source.
select distinct
    terms.entity,
    owners.id
from search.terms as terms
inner join search.owners as owners on terms.number = owners.number
where terms.term = $term and terms.attribute = 'record'
order by all
limit $most
