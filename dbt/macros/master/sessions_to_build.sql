{#- SQL of the visitor that a session is of: the browser or app, else the account. -#}
{% macro session_visitor(events) -%}
    coalesce({{ events }}.anonymous_id, 'account ' || {{ events }}.source_record_id)
{%- endmacro %}


{#- SQL of a moment, moved by the minutes of inactivity that end a session, times a sign. -#}
{% macro session_timeout(moment, sign=1) -%}
    {%- set minutes = var('session_timeout_minutes') -%}
    {%- if minutes is not number or minutes <= 0 -%}
        {{ exceptions.raise_compiler_error("session_timeout_minutes: '" ~ minutes ~ "' is no number of minutes above 0") }}
    {%- endif -%}
    {{ add_seconds(moment, (sign * minutes * 60) | int) }}
{%- endmacro %}


{#-
    Makes the temporary table of sessions to be built again, and returns it: those that hold events of the
    days to follow, those that events of these days may lengthen or join, and those of visitors whose
    account has changed.
-#}
{% macro sessions_to_build() -%}
    {%- set table = scratch(this.identifier ~ '__to_build') -%}
    {%- set visits = scratch(this.identifier ~ '__visits') -%}
    {%- set session_columns -%}
        select sessions.session_id, sessions.visitor, sessions.started_at, sessions.ended_at,
        sessions.partition_date, sessions.last_partition_date from {{ this }} as sessions{{ ' ' }}
    {%- endset -%}
    {%- do run_scratch(
        visits,
        "select visitor, " ~ session_timeout('min(started_at)', -1) ~ " as started_at, "
        ~ session_timeout('max(ended_at)') ~ " as ended_at from ("
        ~ "select " ~ session_visitor('events') ~ " as visitor, occurred_at as started_at, occurred_at as ended_at "
        ~ "from " ~ ref('events') ~ " as events where " ~ days_to_follow() ~ " union all "
        ~ "select visitor, started_at, ended_at from " ~ this ~ " where " ~ sessions_of_days()
        ~ ") as touched where visitor is not null group by visitor"
    ) -%}
    {#- Only literals are pushed down: the visitors of sessions at other times need not be read. -#}
    {%- set times = run_query("select min(started_at), max(ended_at) from " ~ visits).rows[0] -%}
    {%- do run_scratch(
        table,
        session_columns ~ "where " ~ has_keys(this, {'visitor': pending_keys('visitor')})
        ~ (
            "" if times[0] is none else
            " union distinct " ~ session_columns ~ "inner join " ~ visits ~ " as visits on sessions.visitor = visits.visitor "
            ~ "and sessions.ended_at >= visits.started_at and sessions.started_at <= visits.ended_at "
            ~ "where sessions.ended_at >= " ~ timestamp_literal(times[0])
            ~ " and sessions.started_at <= " ~ timestamp_literal(times[1])
        )
    ) -%}
    {{ return(table) }}
{%- endmacro %}


{#- A condition on the sessions that hold events of the days to follow. -#}
{% macro sessions_of_days() -%}
    {%- if days_to_follow() | trim == 'true' -%}
        true
    {%- else -%}
    (
        {{ sessions_between(asked_day('from'), asked_day('to')) }}
        {%- for day in days_left_over() %}
        or {{ sessions_between(day, day) }}
        {%- endfor %}
    )
    {%- endif -%}
{%- endmacro %}


{% macro sessions_between(first, last) -%}
    (
        partition_date <= cast('{{ modules.datetime.date.fromisoformat(last | string) }}' as date)
        and last_partition_date >= cast('{{ modules.datetime.date.fromisoformat(first | string) }}' as date)
    )
{%- endmacro %}


{#-
    The events of sessions that are built again, as a subquery: those of the days to follow, all of visitors
    whose account has changed, and of the other sessions those on other days. One branch each, so that each
    reads as little as it can.
-#}
{% macro events_to_sessionise(to_build) -%}
    (
        select events.*
        from {{ ref('events') }} as events
        where {{ days_to_follow() }}

        union all

        select events.*
        from {{ ref('events') }} as events
        where
            not ({{ days_to_follow() }})
            and {{ has_keys(ref('events'), {'anonymous_id': pending_keys('visitor')}) }}

        union all

        select events.*
        from {{ ref('events') }} as events
        where
            not ({{ days_to_follow() }})
            and {{ days_of_other_visitors(to_build) }}
            and {{ session_visitor('events') }} not in {{ pending_keys('visitor') }}
            and exists (
                select 1
                from {{ to_build }} as sessions
                where
                    sessions.visitor = {{ session_visitor('events') }}
                    and events.occurred_at between sessions.started_at and sessions.ended_at
            )
    )
{%- endmacro %}


{#- The days that sessions of visitors with the same account reach over: only literals are pushed down. -#}
{% macro days_of_other_visitors(to_build) -%}
    {%- set days = run_query(
        "select min(partition_date), max(last_partition_date) from " ~ to_build
        ~ " where visitor not in " ~ pending_keys('visitor')
    ).rows[0] -%}
    {%- if days[0] is none -%}
        false
    {%- else -%}
        events.partition_date between cast('{{ days[0] }}' as date) and cast('{{ days[1] }}' as date)
    {%- endif -%}
{%- endmacro %}


{#- Of master.sessions the rows to be replaced. -#}
{% macro sessions_built_again(built) -%}
    session_id in (
        select session_id from {{ scratch(this.identifier ~ '__to_build') }}
        union distinct
        select session_id from {{ built }}
    )
{%- endmacro %}
