{#-
    Loads a seed as dbt-duckdb does, also from a path with an apostrophe, which dbt-duckdb doesn't escape.
-#}
{%- macro duckdb__load_csv_rows(model, agate_table) -%}
    {%- set statement -%}
        copy {{ this.render() }}
        from '{{ adapter.get_seed_file_path(model) | replace("'", "''") }}'
        (format csv, header true, delimiter '{{ config.get("delimiter", ",") }}')
    {%- endset -%}
    {%- do adapter.add_query(statement, abridge_sql_log=True) -%}
    {{ return(statement) }}
{%- endmacro -%}
