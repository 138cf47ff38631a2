{#-
    The history of a master, a slowly changing dimension (type 2). <entity>_changes holds what every run has
    changed, and no run removes any of it; <masters>_history derives the versions from it. The columns are those that
    the master has in the warehouse, so that an attribute that is added or removed needs no change here.
-#}

{#- The names and types of the columns of a table of the masters: none where there is no such table yet. -#}
{% macro kept_columns(name) -%}
    {%- set kept = kept_relation(name) -%}
    {{ return(adapter.get_columns_in_relation(kept) if kept is not none else []) }}
{%- endmacro %}


{#-
    SQL of what a run has changed in a master: its rows that are new or differ from their last version, with
    is_deleted false, and of those that are gone the last version, with is_deleted true.

    entity: what the master has one row of per <entity>_id.
    master: the model.
    only: SQL of a subquery of IDs, of which nothing else can have changed; without it all of them.
-#}
{% macro changes_of(entity, master, only=none) -%}
    {%- set id = entity ~ '_id' -%}
    {%- set columns = kept_columns(master) -%}
    {%- set names = columns | map(attribute='name') | join(', ') -%}
    {%- set known = kept_columns(entity ~ '_changes') | map(attribute='name') | list -%}
    {%- set scope = 'where ' ~ id ~ ' in ' ~ only if only else '' -%}
    with

    golden as (
        select {{ names }}
        from {{ ref(master) }}
        {{ scope }}
    )

    {%- if not is_incremental() %}

    select
        {{ names }},
        {{ run_moment() }} as valid_from,
        false as is_deleted
    from golden
    {%- else %},

    newest as (
        select *
        from {{ this }}
        {{ scope }}
        qualify row_number() over (partition by {{ id }} order by valid_from desc) = 1
    ),

    -- Versions from before an attribute was added say nothing of it.
    known as (
        select
            {%- for column in columns %}
            {{ column.name if column.name in known else 'cast(null as ' ~ column.data_type ~ ') as ' ~ column.name }}
            {{- ',' if not loop.last }}
            {%- endfor %}
        from newest
        where not is_deleted
    ),

    changed as (
        select * from golden
        {{ dbt.except() }}
        select * from known
    ),

    gone as (
        select known.*
        from known
        left join golden on known.{{ id }} = golden.{{ id }}
        where golden.{{ id }} is null
    )

    select
        *,
        {{ run_moment() }} as valid_from,
        false as is_deleted
    from changed

    union all

    select
        *,
        {{ run_moment() }} as valid_from,
        true as is_deleted
    from gone
    {%- endif %}
{%- endmacro %}


{#-
    The columns of a history: those of the master, and behind them the attributes that have been removed
    since, of which only the versions from before say anything.
-#}
{% macro history_columns(entity, master) -%}
    {%- set columns = (kept_columns(master) + kept_columns(entity ~ '_changes')) | map(attribute='name') -%}
    {{ return(columns | reject('in', ['valid_from', 'is_deleted']) | unique | list) }}
{%- endmacro %}


{#-
    SQL of the versions of a master's rows: history_columns, valid_from, valid_to and is_current.

    condition: on the rows of <entity>_changes; of an ID all versions or none.
-#}
{% macro versions_of(entity, master, condition='true') -%}
    select
        {%- for column in history_columns(entity, master) %}
        {{ column }},
        {%- endfor %}
        valid_from,
        valid_to,
        valid_to is null as is_current
    from (
        select
            *,
            lead(valid_from) over (partition by {{ entity }}_id order by valid_from) as valid_to
        from {{ ref(entity ~ '_changes') }}
        where {{ condition }}
    ) as versions
    where not is_deleted
{%- endmacro %}


{#-
    IDs of a master without exactly one current version that equals its row, and versions that end before they
    begin: a past day would not be reproduced.

    condition: on the IDs to look at.
-#}
{% macro versions_that_are_wrong(entity, master, condition='true') -%}
    {%- set id = entity ~ '_id' -%}
    with

    versions as (
        {{ versions_of(entity, master, condition) }}
    ),

    current_versions as (
        select
            *,
            count(*) over (partition by {{ id }}) as versions
        from versions
        where is_current
    ),

    golden as (
        select *
        from {{ ref(master) }}
        where {{ condition }}
    )

    select
        coalesce(golden.{{ id }}, current_versions.{{ id }}) as {{ id }},
        case
            when current_versions.{{ id }} is null then 'no current version'
            when golden.{{ id }} is null then 'a current version of what is gone'
            when current_versions.versions > 1 then 'several current versions'
            else 'the current version is not the golden record'
        end as fault
    from golden
    full join current_versions on golden.{{ id }} = current_versions.{{ id }}
    where
        current_versions.versions > 1
        {%- for column in kept_columns(master) %}
        or golden.{{ column.name }} is distinct from current_versions.{{ column.name }}
        {%- endfor %}

    union all

    select
        {{ id }},
        'a version ends before it begins' as fault
    from versions
    where valid_to <= valid_from
{%- endmacro %}
