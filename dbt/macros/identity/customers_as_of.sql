{#-
    Who was in which customer at the end of a day (UTC): a subquery with source, source_record_id and
    customer_id, one row per record that had a customer then. A run on that day counts, one on the
    next day doesn't.

        select * from {{ customers_as_of('2024-03-31') }} as customer_ids

    day: text, YYYY-MM-DD.
-#}
{% macro customers_as_of(day) -%}
    {%- if not modules.re.match('^[0-9]{4}-[0-9]{2}-[0-9]{2}$', day | string) -%}
        {{ exceptions.raise_compiler_error("customers_as_of: '" ~ day ~ "' is no day; write YYYY-MM-DD") }}
    {%- endif -%}
    {%- set next_day = modules.datetime.date.fromisoformat(day | string) + modules.datetime.timedelta(days=1) -%}
    {%- set end = timestamp_literal(next_day) -%}
    (
        select
            source,
            source_record_id,
            customer_id
        from {{ source('identity', 'customer_id_history') }}
        where
            valid_from < {{ end }}
            and (valid_to is null or valid_to >= {{ end }})
    )
{%- endmacro %}
