{#-
    Days that were built that have other rows, or another total of a column, in the facts than in staging.

    staged: relation that the facts are made of.
    facts: relation of facts.
    amount: the column that is added up; left out, rows alone are counted.
-#}
{% macro days_other_than_staged(staged, facts, amount=none) -%}
    {%- set total = 'sum(' ~ amount ~ ')' if amount else '0' -%}
    with

    staged as (
        select
            partition_date,
            count(*) as row_count,
            {{ total }} as total
        from {{ staged }}
        where {{ days_to_follow() }}
        group by partition_date
    ),

    built as (
        select
            partition_date,
            count(*) as row_count,
            {{ total }} as total
        from {{ facts }}
        where {{ days_to_follow() }}
        group by partition_date
    )

    select
        coalesce(staged.partition_date, built.partition_date) as partition_date,
        staged.row_count as staged_rows,
        built.row_count as built_rows,
        staged.total as staged_total,
        built.total as built_total
    from staged
    full join built on staged.partition_date = built.partition_date
    where
        staged.row_count is distinct from built.row_count
        or staged.total is distinct from built.total
{%- endmacro %}


{#- Sale lines to which more came back than was sold, or which are no sale, or of another product. -#}
{% macro sales_that_take_back_too_much() -%}
    with

    taken_back as (
        select
            original_transaction_id,
            min(product_code) as product_code,
            max(product_code) as other_product_code,
            sum(quantity) as quantity
        from {{ ref('returns') }}
        where original_transaction_id is not null
        group by original_transaction_id
    )

    select
        taken_back.original_transaction_id,
        taken_back.quantity,
        sales.quantity as sold
    from taken_back
    left join {{ ref('transactions') }} as sales on taken_back.original_transaction_id = sales.transaction_id
    where
        sales.transaction_id is null
        or sales.transaction_type <> 'sale'
        or taken_back.quantity > sales.quantity
        or taken_back.product_code <> sales.product_code
        or taken_back.other_product_code <> sales.product_code
{%- endmacro %}


{#-
    Rows of a relation of facts, on the days that were built or of records that are of another customer
    now, which have another customer than their record.

    key: the column that names a row.
    record_source: SQL of the source whose record the fact names.
-#}
{% macro facts_of_another_customer(relation, key, record_source) -%}
    {%- set columns -%}
        select
            {{ key }},
            {{ record_source }} as source,
            source_record_id,
            customer_id
        from {{ relation }}
    {%- endset -%}
    select
        facts.{{ key }},
        facts.customer_id,
        customer_ids.customer_id as belongs_to
    from (
        {{ columns }}
        where {{ days_to_follow() }}

        union all

        {{ columns }}
        where
            not ({{ days_to_follow() }})
            and source_record_id in (select source_record_id from {{ ref('restated_records') }} where is_moved)
    ) as facts
    left join {{ source('identity', 'customer_id_map') }} as customer_ids
        on
            facts.source = customer_ids.source
            and facts.source_record_id = customer_ids.source_record_id
    where facts.customer_id is distinct from customer_ids.customer_id
{%- endmacro %}


{#- Return lines, of the days that were built, whose pieces are not all in returns, or are there twice. -#}
{% macro returns_without_all_their_pieces() -%}
    with

    returned as (
        select
            transaction_id,
            -quantity as quantity
        from {{ ref('transactions') }}
        where transaction_type = 'return' and {{ days_to_follow() }}
    ),

    matched as (
        select
            transaction_id,
            sum(quantity) as quantity
        from {{ ref('returns') }}
        where {{ days_to_follow() }}
        group by transaction_id
    )

    select
        coalesce(returned.transaction_id, matched.transaction_id) as transaction_id,
        returned.quantity as returned_pieces,
        matched.quantity as matched_pieces
    from returned
    full join matched on returned.transaction_id = matched.transaction_id
    where returned.quantity is distinct from matched.quantity
{%- endmacro %}
