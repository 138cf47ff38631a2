{#-
    What decides how the masters turn out that are kept by key, apart from the data: attributes, vars, seeds,
    and the SQL of the masters and of the macros they reach. master.built_choices holds the fingerprint of what the last
    complete run was built with. A run that has another one builds these masters as a whole
    (builds_changes_only), as a choice also holds for customers of whom nothing else has changed.
-#}
{% macro choices_fingerprint() -%}
    {%- set choices = [] -%}
    {%- do choices.append('attributes ' ~ tojson(declared_entity('customer').attributes, sort_keys=true)) -%}
    {%- for name in ['default_link_confidence', 'session_timeout_minutes'] -%}
        {%- do choices.append(name ~ ' ' ~ tojson(var(name), sort_keys=true)) -%}
    {%- endfor -%}
    {%- for name in ['source_precedence', 'link_confidence'] -%}
        {%- set seed = graph.nodes['seed.' ~ project_name ~ '.' ~ name] -%}
        {%- set relation = adapter.get_relation(database=seed.database, schema=seed.schema, identifier=seed.alias) -%}
        {%- for row in run_query('select * from ' ~ relation).rows if relation is not none -%}
            {%- do choices.append(name ~ ' ' ~ row.values() | list) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' and 'master' in node.tags -%}
        {%- do choices.append(node.name ~ ' ' ~ node.checksum.checksum) -%}
    {%- endfor -%}
    {%- for macro in macros_of_masters() -%}
        {%- do choices.append(macro.name ~ ' ' ~ local_md5(macro.macro_sql)) -%}
    {%- endfor -%}
    {{ return(local_md5(choices | unique | sort | join('\n'))) }}
{%- endmacro %}


{#-
    The project's macros that the masters reach: those beside this one, which are partly called by names in
    YAML, those that the masters call, and all that these call.
-#}
{% macro macros_of_masters() -%}
    {%- set own = {} -%}
    {%- for value in context.values() if value.macro is defined and value.macro.package_name == project_name -%}
        {%- do own.update({value.macro.unique_id: value.macro}) -%}
    {%- endfor -%}
    {%- set reached = [] -%}
    {%- for macro in own.values() if macro.original_file_path.startswith('macros/master/') -%}
        {%- do reached.append(macro.unique_id) -%}
    {%- endfor -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' and 'master' in node.tags -%}
        {%- do reached.extend(node.depends_on.macros) -%}
    {%- endfor -%}
    {#- What is added while it runs is reached, too. -#}
    {%- for name in reached if name in own -%}
        {%- for called in own[name].depends_on.macros if called not in reached -%}
            {%- do reached.append(called) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set macros = [] -%}
    {%- for name in reached | unique if name in own -%}
        {%- do macros.append(own[name]) -%}
    {%- endfor -%}
    {{ return(macros) }}
{%- endmacro %}


{#- The statement that makes them pending where the masters were last built with others, else nothing. -#}
{% macro add_pending_choices() -%}
    {%- if execute -%}
        {%- set kept = kept_relation('built_choices') -%}
        {%- set built = run_query('select fingerprint from ' ~ kept).columns[0].values() if kept is not none else [] -%}
        {%- if choices_fingerprint() not in built -%}
            insert into {{ pending_changes() }} (kind, key) values ('choices', '{{ choices_fingerprint() }}')
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}


{#- Whether the masters have not been built with them yet. -#}
{% macro choices_are_pending() -%}
    {{ return(run_query('select count(*) from ' ~ pending_keys('choices') ~ ' as choices').columns[0].values()[0] > 0) }}
{%- endmacro %}


{#- Statements that write down what the masters were built with, once the last of them is. -#}
{% macro remember_choices() -%}
    {%- if execute -%}
    {%- set built = target.schema ~ '.built_choices' -%}
    {{ return(in_order([
        'drop table if exists ' ~ built,
        'create table ' ~ built ~ " as select '" ~ choices_fingerprint() ~ "' as fingerprint"
    ])) }}
    {%- endif -%}
{%- endmacro %}
