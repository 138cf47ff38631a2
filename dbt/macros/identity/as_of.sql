{#-
    Which record had which ID at the end of a day (UTC): a subquery with source, source_record_id and
    <entity>_id, one row per record that had one then. A run on that day counts, one on the next day
    doesn't.

        select * from {{ id_map_as_of('2024-03-31') }} as customer_ids
        select * from {{ id_map_as_of('2024-03-31', 'buyer') }} as buyer_ids

    day: text, YYYY-MM-DD.
-#}
{% macro id_map_as_of(day, entity='customer') -%}
    (
        select
            source,
            source_record_id,
            {{ entity }}_id
        from {{ source('identity', entity ~ '_id_history') }}
        where {{ is_valid_at_end_of(day, 'id_map_as_of') }}
    )
{%- endmacro %}


{#-
    Customers as they were known at the end of a day (UTC): a subquery with the columns of
    master.customers, and attributes that have been removed since; one row per customer. A report on it is
    the same whenever it is made.

        select * from {{ customers_as_of('2024-03-31') }} as customers

    day: text, YYYY-MM-DD.
-#}
{% macro customers_as_of(day) -%}
    {%- set known = versions_as_of('customer', 'golden_records', 'customers', day) -%}
    ({{ customers_on(known, "cast('" ~ day ~ "' as date)") }})
{%- endmacro %}


{#-
    The masters of an entity as they were known at the end of a day (UTC): a subquery with the columns of the
    master, and attributes that have been removed since; one row per ID.

        select * from {{ buyers_as_of('2024-03-31') }} as buyers

    entity: such as buyer.
    master: the model that the history is of.
    masters: several of the entity, as in the names <masters>_history and <masters>_as_of.
    day: text, YYYY-MM-DD.
-#}
{% macro versions_as_of(entity, master, masters, day) -%}
    (
        select {{ history_columns(entity, master) | join(', ') }}
        from {{ ref(masters ~ '_history') }}
        where {{ is_valid_at_end_of(day, masters ~ '_as_of') }}
    )
{%- endmacro %}

{% macro buyers_as_of(day) -%}
    {{ versions_as_of('buyer', 'buyers', 'buyers', day) }}
{%- endmacro %}

{% macro sellers_as_of(day) -%}
    {{ versions_as_of('seller', 'sellers', 'sellers', day) }}
{%- endmacro %}

{% macro parties_as_of(day) -%}
    {{ versions_as_of('party', 'parties', 'parties', day) }}
{%- endmacro %}

{% macro accounts_as_of(day) -%}
    {{ versions_as_of('account', 'accounts', 'accounts', day) }}
{%- endmacro %}

{% macro contacts_as_of(day) -%}
    {{ versions_as_of('contact', 'contacts', 'contacts', day) }}
{%- endmacro %}


{#- A condition on valid_from and valid_to. -#}
{% macro is_valid_at_end_of(day, macro_name) -%}
    {%- if not modules.re.match('^[0-9]{4}-[0-9]{2}-[0-9]{2}$', day | string) -%}
        {{ exceptions.raise_compiler_error(macro_name ~ ": '" ~ day ~ "' is no day; write YYYY-MM-DD") }}
    {%- endif -%}
    {%- set next_day = modules.datetime.date.fromisoformat(day | string) + modules.datetime.timedelta(days=1) -%}
    {#- Once compiled, so that one old report doesn't keep all other models from being parsed. -#}
    {%- set kept = declarations().get('history_days') if execute else none -%}
    {%- if kept and next_day < run_started_at.date() - modules.datetime.timedelta(days=kept) -%}
        {{ exceptions.raise_compiler_error(
            macro_name ~ ": what was known on " ~ day ~ " is kept no longer; the YAML of Retention says history_days: " ~ kept
        ) }}
    {%- endif -%}
    {%- set end = timestamp_literal(next_day) -%}
    valid_from < {{ end }}
    and (valid_to is null or valid_to >= {{ end }})
{%- endmacro %}
