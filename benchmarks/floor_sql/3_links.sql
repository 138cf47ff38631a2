-- The records in the order in which a customer's first one gives it its ID, and a hash per match
-- rule. A record's number is its rowid here.

create temp table numbered as
select
    source,
    source_record_id,
    hash(loyalty_card_key) as key_1,
    loyalty_card_key is not null as has_1,
    hash(email_key) as key_2,
    email_key is not null as has_2,
    hash(phone_key, last_name_key, first_name_key) as key_3,
    (phone_key || last_name_key || first_name_key) is not null as has_3,
    hash(last_name_key, birth_date_key, postcode_key) as key_4,
    (last_name_key || birth_date_key || postcode_key) is not null as has_4,
    hash(first_name_key, last_name_key, postcode_key, street_key) as key_5,
    (first_name_key || last_name_key || postcode_key || street_key) is not null as has_5
from identity.source_lookup
order by hash(source, source_record_id);
