-- The masters: sales first, so that returns find theirs among them; then events and customers.

create schema master;

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

create table master.transactions as
select
    *, cast(null as varchar) as original_transaction_id, cast(null as varchar) as return_match
from lines
where transaction_type <> 'return';

insert into master.transactions by name
with
returns as materialized (select * from lines where transaction_type = 'return'),

candidates as (
    select
        returns.transaction_id as return_id, sales.transaction_id, sales.occurred_at,
        'reference' as return_match,
        case when sales.quantity >= -returns.quantity then 1 else 2 end as preference
    from returns
    inner join master.transactions as sales
        on
            sales.transaction_type = 'sale'
            and returns.source = sales.source
            and returns.original_order_id = sales.order_id
            and returns.product_code = sales.product_code

    union all

    select
        returns.transaction_id, sales.transaction_id, sales.occurred_at, 'found', 3
    from returns
    inner join master.transactions as sales
        on
            sales.transaction_type = 'sale'
            and returns.customer_id = sales.customer_id
            and returns.product_code = sales.product_code
            and returns.occurred_at >= sales.occurred_at
            and -returns.quantity <= sales.quantity
),

originals as (
    select return_id, transaction_id as original_transaction_id, return_match
    from candidates
    qualify
        row_number() over (
            partition by return_id order by preference, occurred_at desc, transaction_id
        ) = 1
)

select
    returns.*, originals.original_transaction_id,
    coalesce(originals.return_match, 'unmatched') as return_match
from returns
left join originals on returns.transaction_id = originals.return_id;

create table master.events as
select
    events.event_id, 'web' as source, events.anonymous_id,
    coalesce(events.account_id::varchar, visitor_accounts.account_id) as source_record_id,
    customer_id_map.customer_id,
    case
        when events.account_id is not null then 'account'
        when visitor_accounts.account_id is not null then 'log-in'
    end as identified_by,
    events.event_type, events.occurred_at, events.url, events.utm_source, events.utm_campaign,
    events.properties::varchar as properties, events._partition as partition_date
from raw.web__events as events
left join identity.visitor_accounts
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
