{#-
    The transaction lines that rows of orders make: what is sold, returned and adjusted, signed as the
    contract wants it, each with its `line_key`. One row per line that counts.

    What was delivered before doesn't count again. A line is sold on the day of the first delivery that has
    it as sold; an amount paid back that grows, or an order that is cancelled later, is a line of the
    delivery that says so. So days that are built stay right.

    relation: rows with the columns below, null where the source has none. `state` is sold, unpaid, cancelled
    or refunded; `said_type` return, adjustment or null; `row_key` what identifies a row, null where it is
    numbered within its order, and `row_group` what stands for the order of a row that names none; `discount` what is taken off the order as a whole; `refunded` what has been
    paid back of the order, or of the line.
    lines: whether a row is a line of an order, which has others; else a row is an order.
    once: columns that only one of an order's lines says, and hold for all.
    refunds_of: order or line, what `refunded` is of.
    first_row: whether only the first row of an order counts, as each repeats its total.
    again: whether a row may be delivered again on a later day (load modes snapshot and delta).
    names_order: whether a row that takes back has the number of the order that it undoes, and none of its own.
    return_prefix: what numbers of orders begin with that take goods back, where the source has one; then
    another negative quantity is an adjustment.
-#}
{% macro transaction_lines(
    relation, lines=true, once=[], refunds_of='order', first_row=false, again=true, names_order=true,
    return_prefix=none
) -%}
    {%- set columns = [
        'source_record_id', 'occurred_at', 'currency', 'channel', 'refunded', 'refunded_at', 'discount'
    ] -%}
    {%- set owner = 'order_key' if refunds_of == 'order' else 'line_key' -%}
    {%- set negative = 'quantity < 0' if lines else 'amount < 0' -%}
    with

    keyed as (
        select
            *,
            coalesce(order_id, row_group, row_key) as order_key
        from {{ relation }}
    ),

    numbered as (
        select
            _partition,
            order_id,
            order_key,
            product_code,
            description,
            original_order_id,
            seller_id,
            commission,
            said_type,
            quantity,
            amount,
            {%- for column in columns %}
            {{ 'coalesce(' ~ column ~ ', max(' ~ column ~ ') over of_order) as ' ~ column if column in once else column }},
            {%- endfor %}
            {{ "coalesce(min(state) over of_order, 'sold') as state" if 'state' in once else 'state' }},
            row_number() over of_rows as line_number,
            coalesce(
                row_key,
                order_key || ':'
                {%- if not again %} || replace(cast(_partition as {{ dbt.type_string() }}), '-', '') || '-'{% endif %}
                || cast(row_number() over of_rows as {{ dbt.type_string() }})
            ) as line_key
        from keyed
        window
            of_order as (partition by _partition, order_key),
            of_rows as (partition by _partition, order_key order by _source_file, _row_number)
    ),

    typed as (
        select
            *,
            case
                when said_type is not null then said_type
                {%- if return_prefix %}
                when upper(trim(order_id)) like '{{ return_prefix }}%' and {{ negative }} then 'return'
                when upper(trim(order_id)) like '{{ return_prefix }}%' or {{ negative }} then 'adjustment'
                {%- else %}
                when {{ negative }} then 'return'
                {%- endif %}
                {#- A discount or correction, which no customer buys or returns. #}
                when amount < 0 then 'adjustment'
                else 'sale'
            end as transaction_type
        from numbered
        {%- if first_row %}
        where line_number = 1
        {%- endif %}
    ),

    -- Pieces are whole: what is weighed, or has no quantity, is one.
    counted as (
        select
            *,
            case
                when quantity <> 0 and quantity = floor(quantity) then cast(abs(quantity) as bigint)
                when quantity = 0 and amount = 0 then 0
                else 1
            end as pieces
        from typed
    ),

    moved as (
        select
            _partition, line_key, order_key, line_number, source_record_id, transaction_type,
            {#- A row that names no order is one. #}
            coalesce(order_id, line_key) as order_id, original_order_id, product_code, description, seller_id, commission,
            case when transaction_type = 'return' or amount < 0 or quantity < 0 then -pieces else pieces end as quantity,
            case when transaction_type = 'return' then -abs(amount) else amount end as amount,
            currency, occurred_at, channel, state, refunded, refunded_at
        from counted

        union all

        -- What is taken off an order as a whole.
        select
            _partition, order_key || ':discount' as line_key, order_key, 0 as line_number, source_record_id,
            'adjustment' as transaction_type, order_id, null as original_order_id, null as product_code,
            null as description, null as seller_id, null as commission, -1 as quantity, -abs(discount) as amount,
            currency, occurred_at, channel, state, null as refunded, null as refunded_at
        from counted
        where line_number = 1 and discount <> 0
    ),

    dated as (
        select
            *,
            {{ 'min(' if again }}case when state in ('sold', 'refunded') then _partition end
            {{- ') over (partition by line_key)' if again }} as sold_on,
            {{ 'min(' if again }}case when state in ('refunded', 'cancelled') then _partition end
            {{- ') over (partition by line_key)' if again }} as undone_on,
            sum(amount) over (partition by _partition, {{ owner }}) as owed,
            cast(coalesce(abs(refunded), 0) as decimal(18, 4)) as paid_back
        from moved
    ),

    -- No more is paid back than the goods have cost: tax and shipping are in no line.
    refunds as (
        select
            *,
            least(paid_back, owed)
            {%- if again %}
            - coalesce(
                max(least(paid_back, owed)) over (
                    partition by {{ owner }} order by _partition rows between unbounded preceding and 1 preceding
                ),
                0
            )
            {%- endif %} as grown
        from dated
        where transaction_type = 'sale' {{- ' and line_number = 1' if refunds_of == 'order' }}
    )

    select
        line_key, source_record_id, transaction_type, order_id,
        {% if return_prefix or not names_order %}original_order_id
        {%- else %}case when transaction_type = 'return' then coalesce(original_order_id, order_id) end
        {%- endif %} as original_order_id,
        product_code, description, seller_id, commission, quantity, amount, currency, occurred_at, channel, _partition
    from dated
    where state in ('sold', 'refunded') and _partition = sold_on

    union all

    select
        line_key || ':back' as line_key, source_record_id,
        case when transaction_type = 'sale' then 'return' else transaction_type end as transaction_type,
        order_id, order_id as original_order_id, product_code, description, seller_id, -commission as commission,
        -quantity as quantity, -amount as amount, currency,
        coalesce(
            refunded_at,
            case when _partition > sold_on then cast(_partition as {{ timestamp_type() }}) else occurred_at end
        ) as occurred_at,
        channel, _partition
    from dated
    where
        state in ('refunded', 'cancelled')
        and _partition = undone_on
        and sold_on <= _partition
        and transaction_type <> 'return'

    union all

    select
        {{ owner }} || ':refund:' || replace(cast(_partition as {{ dbt.type_string() }}), '-', '') as line_key,
        source_record_id, 'return' as transaction_type, order_id, order_id as original_order_id,
        {{ 'null' if lines and refunds_of == 'order' else 'product_code' }} as product_code,
        {{ 'null' if lines and refunds_of == 'order' else 'description' }} as description,
        seller_id, null as commission, -1 as quantity, -grown as amount, currency,
        coalesce(
            refunded_at,
            case when _partition > sold_on then cast(_partition as {{ timestamp_type() }}) else occurred_at end
        ) as occurred_at,
        channel, _partition
    from refunds
    where grown > 0 and sold_on <= _partition
{%- endmacro %}
