-- The newest version of every customer record, cleaned up, with its match keys; and whose a
-- visitor's cookie is.

create schema identity;

create temp macro shown(value) as nullif(trim(regexp_replace(value, '\s+', ' ', 'g')), '');

create temp macro email_of(value) as
    nullif(regexp_extract(lower(trim(value)), '^[^@\s]+@[^@\s]+\.[^@\s.]+$'), '');

create temp macro postcode_of(value) as nullif(upper(replace(value, ' ', '')), '');

create temp macro country_of(value) as case
    when length(trim(value)) = 2 then upper(trim(value))
    else map {
        'australia': 'AU', 'austria': 'AT', 'bahrain': 'BH', 'belgium': 'BE', 'brazil': 'BR',
        'bulgaria': 'BG', 'canada': 'CA', 'croatia': 'HR', 'cyprus': 'CY', 'czech republic': 'CZ',
        'czechia': 'CZ', 'denmark': 'DK', 'eire': 'IE', 'estonia': 'EE', 'finland': 'FI',
        'france': 'FR', 'germany': 'DE', 'greece': 'GR', 'hong kong': 'HK', 'hungary': 'HU',
        'iceland': 'IS', 'ireland': 'IE', 'israel': 'IL', 'italy': 'IT', 'japan': 'JP',
        'latvia': 'LV', 'lebanon': 'LB', 'lithuania': 'LT', 'luxembourg': 'LU', 'malta': 'MT',
        'netherlands': 'NL', 'norway': 'NO', 'poland': 'PL', 'portugal': 'PT', 'romania': 'RO',
        'rsa': 'ZA', 'saudi arabia': 'SA', 'singapore': 'SG', 'slovakia': 'SK', 'slovenia': 'SI',
        'south africa': 'ZA', 'spain': 'ES', 'sweden': 'SE', 'switzerland': 'CH',
        'united arab emirates': 'AE', 'united kingdom': 'GB', 'united states': 'US', 'usa': 'US'
    }[lower(trim(value))]
end;

-- What stands for a leading zero (\1) and the first digit behind it (\2).
create temp macro calling_code(country) as case country
    when 'NL' then '+31\2' when 'BE' then '+32\2' when 'DE' then '+49\2' when 'GB' then '+44\2'
    when 'FR' then '+33\2' when 'LU' then '+352\2' when 'IE' then '+353\2' when 'AT' then '+43\2'
    when 'CH' then '+41\2' when 'ES' then '+34\2' when 'IT' then '+39\1\2' when 'PT' then '+351\2'
    when 'DK' then '+45\2' when 'SE' then '+46\2' when 'NO' then '+47\2' when 'PL' then '+48\2'
    when 'US' then '+1\2' when 'CA' then '+1\2' else '+31\2'
end;

create temp macro phone_of(value, calling) as nullif(regexp_extract(
    regexp_replace(
        regexp_replace(
            regexp_replace(regexp_replace(value, '[^0-9+]', '', 'g'), '^00', '+'),
            '^(0?)([1-9])', calling
        ),
        '^[+](?:(31|32|49|44|33|353|43|41|46)0|(1)1|(?:31|33|41|34|351|45|47|48)'
        || '((?:31[1-9][0-9]{8}|33[1-9][0-9]{8}|41[1-9][0-9]{8}|34[5-9][0-9]{8}|351[2-9][0-9]{8}'
        || '|45[2-9][0-9]{7}|47[2-9][0-9]{7}|48[1-9][0-9]{8})$))',
        '+\1\2\3'
    ),
    '^[+](?:31[1-9][0-9]{8}|32[1-9][0-9]{7,8}|49[1-9][0-9]{5,11}|44[1-9][0-9]{8,9}|33[1-9][0-9]{8}'
    || '|352[2-9][0-9]{4,10}|353[1-9][0-9]{6,8}|43[1-9][0-9]{3,12}|41[1-9][0-9]{8}|34[5-9][0-9]{8}'
    || '|39[0-9]{6,11}|351[2-9][0-9]{8}|45[2-9][0-9]{7}|46[1-9][0-9]{6,8}|47[2-9][0-9]{7}'
    || '|48[1-9][0-9]{8}|1[2-9][0-9]{9}|(?:2[0-9]|3[0678]|4[02]|[5-9][0-9])[0-9]{5,13}'
    || '|35[04-9][0-9]{4,12})$'
), '');

create temp macro folded(value) as strip_accents(replace(replace(replace(replace(replace(replace(
    lower(value), 'ß', 'ss'), 'ø', 'o'), 'æ', 'ae'), 'œ', 'oe'), 'ł', 'l'), 'đ', 'd'));

create table identity.source_lookup as
with
records as (
    select
        'crm' as source, customer_id as source_record_id, created_at, updated_at,
        shown(first_name) as first_name, shown(last_name) as last_name, email_of(email) as email,
        phone_of(phone, calling_code(country_of(country))) as phone, birth_date,
        shown(street) as street, postcode_of(postcode) as postcode, shown(city) as city,
        country_of(country) as country, nullif(trim(loyalty_card), '') as loyalty_card,
        email_consent
    from raw.crm__customers
    where _partition = (select max(_partition) from raw.crm__customers)

    union all by name

    select
        'webshop' as source, customer_id::varchar as source_record_id,
        registered_at as created_at, updated_at, shown(first_name) as first_name,
        shown(last_name) as last_name, email_of(email) as email,
        phone_of(phone, calling_code(country_of(country))) as phone, shown(street) as street,
        postcode_of(postcode) as postcode, shown(city) as city, country_of(country) as country
    from raw.webshop__customers
    where (customer_id, _partition) in (
        select (customer_id, max(_partition)) from raw.webshop__customers group by customer_id
    )

    union all by name

    select
        'webshop' as source, CustomerID::varchar as source_record_id,
        min(InvoiceDate) as created_at, max(InvoiceDate) as updated_at,
        country_of(max(Country)) as country
    from raw.webshop__order_lines
    where
        CustomerID is not null
        and CustomerID not in (select customer_id from raw.webshop__customers)
    group by CustomerID

    union all by name

    select
        'pos' as source, source_record_id, min(first_used_at) as created_at,
        max(last_used_at) as updated_at,
        min_by(address, (-epoch_us(last_used_at), address)) filter (where address is not null) as email,
        source_record_id as loyalty_card
    from (
        select
            nullif(trim(loyalty_card), '') as source_record_id, email_of(email) as address,
            min(sold_at) as first_used_at, max(sold_at) as last_used_at
        from raw.pos__receipt_lines
        group by loyalty_card, email, source_record_id
    )
    where source_record_id is not null
    group by source_record_id

    union all by name

    select
        'newsletter' as source, subscriber_id as source_record_id, subscribed_at as created_at,
        updated_at, shown(first_name) as first_name, shown(last_name) as last_name,
        email_of(email) as email, postcode_of(postcode) as postcode,
        status = 'subscribed' as email_consent
    from raw.newsletter__subscribers
    where (subscriber_id, _partition) in (
        select (subscriber_id, max(_partition)) from raw.newsletter__subscribers
        group by subscriber_id
    )

    union all by name

    select
        'support' as source, contact_id as source_record_id, created_at, updated_at,
        shown(first_name) as first_name, shown(last_name) as last_name, email_of(email) as email,
        phone_of(phone, '+31\2') as phone, postcode_of(postcode) as postcode
    from raw.support__contacts
    where (contact_id, _partition) in (
        select (contact_id, max(_partition)) from raw.support__contacts group by contact_id
    )
)

select
    *,
    case when email <> 'test@test.com' and email not like 'noreply@%' then email end as email_key,
    case when phone not in ('+31000000000', '+31612345678') then phone end as phone_key,
    nullif(upper(replace(replace(loyalty_card, ' ', ''), '-', '')), '') as loyalty_card_key,
    nullif(regexp_replace(folded(first_name), '[^\p{L}]+', '', 'g'), '') as first_name_key,
    nullif(regexp_replace(folded(last_name), '[^\p{L}]+', '', 'g'), '') as last_name_key,
    case when birth_date <> date '1900-01-01' then birth_date::varchar end as birth_date_key,
    postcode as postcode_key,
    nullif(regexp_replace(folded(street), '[^\p{L}0-9]+', '', 'g'), '') as street_key
from records;
