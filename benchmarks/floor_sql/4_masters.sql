-- The facts: transactions, whose a visitor is, events and their sessions.

create schema if not exists master;

create temp view order_lines as
select
    'webshop:' || InvoiceNo || ':' || strftime(_partition, '%Y%m%d') || '-' || _row_number || case
        when _source_file = 'webshop/order_lines/order_lines_' || _partition || '.csv' then ''
        else '.' || left(md5(_source_file), 8)
    end as transaction_id,
    'webshop' as source,
    CustomerID::varchar as source_record_id,
    case
        when InvoiceNo like 'A%' or UnitPrice < 0 then 'adjustment'
        when InvoiceNo like 'C%' and Quantity < 0 then 'return'
        when InvoiceNo like 'C%' or Quantity < 0 then 'adjustment'
        else 'sale'
    end as transaction_type,
    InvoiceNo as order_id, StockCode as product_code, nullif(trim(Description), '') as description,
    Quantity as quantity, UnitPrice as unit_price,
    cast(Quantity * UnitPrice as decimal(18, 4)) as amount, 'EUR' as currency,
    InvoiceDate as occurred_at, 'webshop' as channel, cast(null as varchar) as original_order_id,
    _partition as partition_date
from raw.webshop__order_lines;

create temp view receipt_lines as
select
    'pos:' || receipt_id || ':' || line_number as transaction_id,
    'pos' as source,
    nullif(trim(loyalty_card), '') as source_record_id,
    case
        when unit_price < 0 then 'adjustment'
        when quantity < 0 then 'return'
        else 'sale'
    end as transaction_type,
    receipt_id as order_id, product_code, nullif(trim(description), '') as description, quantity,
    unit_price::decimal(18, 4) as unit_price,
    cast(quantity * unit_price as decimal(18, 4)) as amount, currency, sold_at as occurred_at,
    'pos' as channel, nullif(trim(original_receipt_id), '') as original_order_id,
    _partition as partition_date
from raw.pos__receipt_lines;

create temp view lines as
select lines.*, customer_id_map.customer_id
from (select * from order_lines union all select * from receipt_lines) as lines
left join identity.customer_id_map using (source, source_record_id);

create table master.transactions as from lines;

create table master.visitor_accounts as
with
log_ins as (
    select anonymous_id, account_id::varchar as account_id, occurred_at, event_id
    from raw.web__events
    where account_id is not null and anonymous_id is not null
),

visitors as (
    select
        anonymous_id, min(account_id) as account_id,
        min(account_id) <> max(account_id) as is_shared
    from log_ins
    group by anonymous_id
),

changes as (
    select log_ins.*
    from log_ins
    where anonymous_id in (select anonymous_id from visitors where is_shared)
    window visits as (partition by anonymous_id order by occurred_at, event_id)
    qualify lag(account_id) over visits is distinct from account_id
)

select
    anonymous_id, 'webshop' as account_source, account_id, timestamp '0001-01-01' as known_from,
    timestamp '9999-12-31' as known_until
from visitors
where not is_shared

union all

select * from (
    select
        anonymous_id, 'webshop' as account_source, account_id,
        case
            when lag(occurred_at) over visits is null then timestamp '0001-01-01' else occurred_at
        end as known_from,
        coalesce(lead(occurred_at) over visits, timestamp '9999-12-31') as known_until
    from changes
    window visits as (partition by anonymous_id order by occurred_at, event_id)
)
where known_from < known_until;

create table master.events as
select
    events.event_id, 'web' as source, events.anonymous_id,
    case
        when coalesce(events.account_id::varchar, visitor_accounts.account_id) is not null then 'webshop'
    end as record_source,
    coalesce(events.account_id::varchar, visitor_accounts.account_id) as source_record_id,
    customer_id_map.customer_id,
    case
        when events.account_id is not null then 'account'
        when visitor_accounts.account_id is not null then 'visitor'
    end as identified_by,
    events.event_type, events.occurred_at, events.url, events.utm_source, events.utm_campaign,
    case when event_type = 'purchase' then events.properties ->> '$.invoice_no' end as order_id,
    events.properties::varchar as properties, events._partition as partition_date
from raw.web__events as events
left join master.visitor_accounts
    on
        case when events.account_id is null then events.anonymous_id end
        = visitor_accounts.anonymous_id
        and events.occurred_at >= visitor_accounts.known_from
        and events.occurred_at < visitor_accounts.known_until
left join identity.customer_id_map
    on
        coalesce(events.account_id::varchar, visitor_accounts.account_id)
        = customer_id_map.source_record_id
        and customer_id_map.source = 'webshop';

create table master.sessions as
with
marked as (
    select
        coalesce(anonymous_id, 'account ' || source_record_id) as visitor, *,
        row_number() over visits as position,
        coalesce(
            occurred_at > lag(occurred_at) over visits + interval 30 minutes
            or source_record_id is distinct from lag(source_record_id) over visits,
            true
        ) as starts
    from master.events
    where coalesce(anonymous_id, source_record_id) is not null
    window visits as (
        partition by coalesce(anonymous_id, 'account ' || source_record_id)
        order by occurred_at, event_id
    )
),

numbered as (
    select *, sum(starts::int) over (partition by visitor order by position) as number
    from marked
)

select
    max(event_id) filter (where starts) as session_id, visitor,
    max(anonymous_id) as anonymous_id, max(record_source) as record_source,
    max(source_record_id) as source_record_id,
    max(customer_id) as customer_id, min(occurred_at) as started_at, max(occurred_at) as ended_at,
    count(*) as event_count, bool_or(event_type = 'purchase') as has_purchase,
    max(url) filter (where starts) as landing_url,
    min_by(utm_source, position) filter (where utm_source is not null) as first_touch_source,
    nullif(min_by(coalesce(utm_campaign, ''), position) filter (where utm_source is not null), '')
        as first_touch_campaign,
    max_by(utm_source, position) filter (where utm_source is not null) as last_touch_source,
    nullif(max_by(coalesce(utm_campaign, ''), position) filter (where utm_source is not null), '')
        as last_touch_campaign,
    min(partition_date) as partition_date, max(partition_date) as last_partition_date
from numbered
group by visitor, number;
