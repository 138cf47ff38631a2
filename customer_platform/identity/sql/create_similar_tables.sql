create schema if not exists {schema};

-- One row per rule and pair of records, from the lower end of the review band on.
create table if not exists {similar_pairs} (
    rule varchar,
    source varchar,
    source_record_id varchar,
    other_source varchar,
    other_record_id varchar,
    probability double,
    match_weight double,
    record_order ubigint,
    other_order ubigint
);

-- One row per rule and record, with the hash of what was compared.
create table if not exists {compared_records} (
    rule varchar,
    record_order ubigint,
    compared_hash ubigint
);

-- One row per rule, its model as JSON.
create table if not exists {similar_models} (
    rule varchar,
    version varchar,
    fingerprint varchar,
    trained_at timestamp,
    records bigint,
    model varchar
);

-- One row per rule and run.
create table if not exists {similar_runs} (
    compared_at timestamp,
    rule varchar,
    mode varchar,
    model varchar,
    threshold double,
    review double,
    records bigint,
    compared_records bigint,
    pairs bigint,
    links bigint,
    linked_records bigint,
    to_review bigint
);
