-- One row per rule and pair of customers, for the likeliest pair of their records.
create or replace table {review_queue} (
    position bigint,
    rule varchar,
    probability double,
    expected_pairs double,
    source varchar,
    source_record_id varchar,
    customer_id varchar,
    records bigint,
    other_source varchar,
    other_record_id varchar,
    other_customer_id varchar,
    other_records bigint,
    similar_pairs bigint,
    side_by_side varchar
)
