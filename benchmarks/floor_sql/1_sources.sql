-- The landing files as they are, into the raw tables: each file read once, typed by DuckDB's own
-- readers, without looking for rows that don't fit.
-- $LANDING is the landing zone with a slash behind it.

create schema raw;

create temp macro of_file(filename) as
    substr(filename, length('$LANDING') + 1);

create temp macro day_of(filename) as
    cast(regexp_extract(filename, '_(\d{4}-\d\d-\d\d)\.', 1) as date);

create table raw.crm__customers as
select
    * exclude (filename, line),
    cast(null as json) as _unexpected,
    day_of(filename) as _partition,
    of_file(filename) as _source_file,
    now()::timestamp as _loaded_at,
    line - min(line) over (partition by filename) + 1 as _row_number
from (
    select *, row_number() over () as line
    from read_csv(
        '$LANDINGcrm/customers/*.csv', auto_detect = false, header = true, filename = true,
        columns = {
            'customer_id': 'varchar', 'first_name': 'varchar', 'last_name': 'varchar',
            'email': 'varchar', 'phone': 'varchar', 'birth_date': 'date', 'street': 'varchar',
            'postcode': 'varchar', 'city': 'varchar', 'country': 'varchar',
            'loyalty_card': 'varchar', 'email_consent': 'boolean', 'created_at': 'timestamp',
            'updated_at': 'timestamp'
        }
    )
);

create table raw.webshop__customers as
select
    * exclude (filename, line),
    cast(null as json) as _unexpected,
    day_of(filename) as _partition,
    of_file(filename) as _source_file,
    now()::timestamp as _loaded_at,
    line - min(line) over (partition by filename) + 1 as _row_number
from (
    select *, row_number() over () as line
    from read_csv(
        '$LANDINGwebshop/customers/*.csv', auto_detect = false, header = true, filename = true,
        columns = {
            'customer_id': 'bigint', 'first_name': 'varchar', 'last_name': 'varchar',
            'email': 'varchar', 'phone': 'varchar', 'street': 'varchar', 'postcode': 'varchar',
            'city': 'varchar', 'country': 'varchar', 'registered_at': 'timestamp',
            'updated_at': 'timestamp'
        }
    )
);

create table raw.webshop__order_lines as
select
    * exclude (filename, line),
    cast(null as json) as _unexpected,
    day_of(filename) as _partition,
    of_file(filename) as _source_file,
    now()::timestamp as _loaded_at,
    line - min(line) over (partition by filename) + 1 as _row_number
from (
    select *, row_number() over () as line
    from read_csv(
        '$LANDINGwebshop/order_lines/*.csv', auto_detect = false, header = true, filename = true,
        columns = {
            'InvoiceNo': 'varchar', 'StockCode': 'varchar', 'Description': 'varchar',
            'Quantity': 'bigint', 'InvoiceDate': 'timestamp', 'UnitPrice': 'decimal(18, 4)',
            'CustomerID': 'bigint', 'Country': 'varchar'
        }
    )
);

create table raw.pos__receipt_lines as
select
    * exclude (filename, file_row_number),
    cast(null as json) as _unexpected,
    day_of(filename) as _partition,
    of_file(filename) as _source_file,
    now()::timestamp as _loaded_at,
    file_row_number + 1 as _row_number
from read_parquet(
    '$LANDINGpos/receipt_lines/*.parquet', filename = true, file_row_number = true
);

create table raw.newsletter__subscribers as
select
    * exclude (filename, line),
    cast(null as json) as _unexpected,
    day_of(filename) as _partition,
    of_file(filename) as _source_file,
    now()::timestamp as _loaded_at,
    line - min(line) over (partition by filename) + 1 as _row_number
from (
    select *, row_number() over () as line
    from read_json(
        '$LANDINGnewsletter/subscribers/*.jsonl', format = 'newline_delimited', filename = true,
        columns = {
            'subscriber_id': 'varchar', 'email': 'varchar', 'first_name': 'varchar',
            'last_name': 'varchar', 'postcode': 'varchar', 'status': 'varchar',
            'subscribed_at': 'timestamp', 'updated_at': 'timestamp'
        }
    )
);

create table raw.support__contacts as
select
    * exclude (filename, line),
    cast(null as json) as _unexpected,
    day_of(filename) as _partition,
    of_file(filename) as _source_file,
    now()::timestamp as _loaded_at,
    line - min(line) over (partition by filename) + 1 as _row_number
from (
    select *, row_number() over () as line
    from read_csv(
        '$LANDINGsupport/contacts/*.csv', auto_detect = false, header = true, filename = true,
        columns = {
            'contact_id': 'varchar', 'first_name': 'varchar', 'last_name': 'varchar',
            'email': 'varchar', 'phone': 'varchar', 'postcode': 'varchar', 'topic': 'varchar',
            'created_at': 'timestamp', 'updated_at': 'timestamp'
        }
    )
);

create table raw.web__events as
select
    * exclude (filename, line),
    cast(null as json) as _unexpected,
    day_of(filename) as _partition,
    of_file(filename) as _source_file,
    now()::timestamp as _loaded_at,
    line - min(line) over (partition by filename) + 1 as _row_number
from (
    select *, row_number() over () as line
    from read_json(
        '$LANDINGweb/events/*.jsonl.gz', format = 'newline_delimited', filename = true,
        columns = {
            'event_id': 'varchar', 'anonymous_id': 'varchar', 'account_id': 'bigint',
            'event_type': 'varchar', 'occurred_at': 'timestamp', 'url': 'varchar',
            'utm_source': 'varchar', 'utm_campaign': 'varchar', 'properties': 'json'
        }
    )
);
