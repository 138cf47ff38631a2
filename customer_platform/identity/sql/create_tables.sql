-- The tables that every run adds to, where they aren't there.
create schema if not exists {schema};

create table if not exists {customer_id_registry} (
    customer_id varchar,
    issued_at timestamp,
    founding_source varchar,
    founding_record_id varchar,
    retired_at timestamp,
    successor varchar
);

create table if not exists {ended_memberships} (
    source varchar,
    source_record_id varchar,
    customer_id varchar,
    valid_from timestamp,
    valid_to timestamp,
    reason varchar,
    next_customer_id varchar,
    ended_reason varchar
);

create table if not exists {refused_links} (
    rule varchar,
    source varchar,
    source_record_id varchar,
    customer_id varchar,
    other_source varchar,
    other_record_id varchar,
    other_customer_id varchar,
    refused_by varchar,
    this_side varchar,
    other_side varchar
);

create table if not exists {match_rule_statistics} (
    priority integer,
    rule varchar,
    match_keys varchar,
    max_records_per_value bigint,
    links bigint,
    linking_values bigint,
    pairs hugeint,
    matched_records bigint,
    matched_share double,
    over_shared_values bigint,
    over_shared_records bigint,
    max_people_per_value bigint
);

create table if not exists {over_shared_values} (
    rule varchar,
    value varchar,
    records bigint,
    value_hash ubigint,
    people bigint
);

create table if not exists {customer_sizes} (
    records_per_customer bigint,
    customers bigint
);

create table if not exists {applied_overrides} (
    kind varchar,
    source varchar,
    source_record_id varchar,
    other_source varchar,
    other_record_id varchar
);

create table if not exists {resolution_runs} (
    resolved_at timestamp,
    mode varchar,
    rules_fingerprint varchar,
    records bigint,
    customers bigint,
    new_records bigint,
    changed_records bigint,
    deleted_records bigint,
    touched_records bigint,
    moved_records bigint,
    new_customers bigint,
    retired_customers bigint,
    refused_links bigint
);

create table if not exists {health_runs} (
    resolved_at timestamp,
    check_name varchar,
    subject varchar,
    found double,
    total double,
    beyond boolean
);

-- Tables made before there were people to count.
alter table {match_rule_statistics} add column if not exists max_people_per_value bigint;
alter table {over_shared_values} add column if not exists people bigint;
