{#-
    SQL of the rank by which an attribute's value is picked among the records of an entity: a unique
    integer per entity, the lowest wins. What the survivorship rule puts first comes before the
    record's own rank (most recent first). Of a group the most complete record comes first, so that
    a lone postcode doesn't push out an address.
-#}
{% macro survivorship_rank(attribute, attributes) -%}
    {%- set grouped = attribute.group is defined -%}
    {%- set members = attributes_of_group(attribute.group, attributes) if grouped else [attribute] -%}
    {%- set lead = members[0].name -%}
    {%- set rules = {'precedence': lead ~ '_precedence', 'most_recent': '0', 'first_non_null': 'age_rank'} -%}
    {%- if not grouped -%}
        {%- do rules.update({
            'most_frequent': '0',
            'longest': '100000 - length(' ~ lead ~ ')',
            'strictest': 'case when ' ~ lead ~ ' then 1 else 0 end'
        }) -%}
    {%- endif -%}
    {%- if grouped -%}
    (
        {%- for member in members %}
        case when {{ member.name }} is null then 1 else 0 end{{ ' +' if not loop.last }}
        {%- endfor %}
    ) * 1000000000000000 +
    {%- endif %}
    {{ rules[attribute.survivorship] }} * 10000000000 + record_rank
{%- endmacro %}


{#- SQL of whether a record can give the attribute its value. -#}
{% macro has_value(attribute, attributes) -%}
    {%- if attribute.group is defined -%}
        coalesce({{ attributes_of_group(attribute.group, attributes) | map(attribute='name') | join(', ') }}) is not null
    {%- else -%}
        {{ attribute.name }} is not null
    {%- endif -%}
{%- endmacro %}


{% macro attributes_of_group(group, attributes) -%}
    {{ return(attributes | selectattr('group', 'defined') | selectattr('group', 'equalto', group) | list) }}
{%- endmacro %}


{#- The attributes with a survivorship rule. -#}
{% macro attributes_by(survivorship, attributes) -%}
    {{ return(attributes | selectattr('survivorship', 'equalto', survivorship) | list) }}
{%- endmacro %}
