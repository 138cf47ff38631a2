-- Customer IDs that are nearly the one asked for.
select customer_id
from (select distinct customer_id from {ids})
where jaro_winkler_similarity(lower(customer_id), lower(trim($customer_id))) >= $close
order by jaro_winkler_similarity(lower(customer_id), lower(trim($customer_id))) desc, customer_id
limit $most
