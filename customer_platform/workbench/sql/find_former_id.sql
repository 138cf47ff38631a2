-- To whom a former ID leads.
select
    owners.id,
    owners.records
from {redirects} as redirects
inner join search.owners as owners on redirects.successor = owners.id and owners.entity = $entity
where redirects.customer_id = $id
