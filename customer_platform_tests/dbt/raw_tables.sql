-- The raw tables as ingestion makes them, empty.
create schema raw;
create schema identity;

create table raw.crm__customers (
    customer_id varchar, first_name varchar, last_name varchar, email varchar, phone varchar, birth_date date,
    street varchar, postcode varchar, city varchar, country varchar, loyalty_card varchar,
    email_consent boolean, created_at timestamp, updated_at timestamp,
    _unexpected varchar, _partition date, _source_file varchar, _loaded_at timestamp, _row_number bigint
);

create table raw.webshop__customers (
    customer_id bigint, first_name varchar, last_name varchar, email varchar, phone varchar, street varchar,
    postcode varchar, city varchar, country varchar, registered_at timestamp, updated_at timestamp,
    _unexpected varchar, _partition date, _source_file varchar, _loaded_at timestamp, _row_number bigint
);

create table raw.webshop__order_lines (
    "InvoiceNo" varchar, "StockCode" varchar, "Description" varchar, "Quantity" bigint, "InvoiceDate" timestamp,
    "UnitPrice" decimal(18, 4), "CustomerID" bigint, "Country" varchar,
    _unexpected varchar, _partition date, _source_file varchar, _loaded_at timestamp, _row_number bigint
);

create table raw.pos__receipt_lines (
    receipt_id varchar, line_number integer, store varchar, sold_at timestamp, loyalty_card varchar,
    email varchar, product_code varchar, description varchar, quantity bigint, unit_price decimal(18, 2),
    currency varchar, original_receipt_id varchar,
    _unexpected varchar, _partition date, _source_file varchar, _loaded_at timestamp, _row_number bigint
);

create table raw.newsletter__subscribers (
    subscriber_id varchar, email varchar, first_name varchar, last_name varchar, postcode varchar,
    status varchar, subscribed_at timestamp, updated_at timestamp,
    _unexpected varchar, _partition date, _source_file varchar, _loaded_at timestamp, _row_number bigint
);

create table raw.support__contacts (
    contact_id varchar, first_name varchar, last_name varchar, email varchar, phone varchar, postcode varchar,
    topic varchar, created_at timestamp, updated_at timestamp,
    _unexpected varchar, _partition date, _source_file varchar, _loaded_at timestamp, _row_number bigint
);

create table raw.web__events (
    event_id varchar, anonymous_id varchar, account_id bigint, event_type varchar, occurred_at timestamp,
    url varchar, utm_source varchar, utm_campaign varchar, properties json,
    _unexpected varchar, _partition date, _source_file varchar, _loaded_at timestamp, _row_number bigint
);

create table identity.customer_id_map (
    source varchar, source_record_id varchar, customer_id varchar, linked_by_rule varchar,
    linked_to_source varchar, linked_to_record_id varchar, valid_from timestamp
);
