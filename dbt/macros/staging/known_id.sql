{#-
    SQL of an ID as a tool has written it, without blanks around it; null where it is none: empty, blank,
    a placeholder (var placeholder_ids, whatever its case and punctuation), zeros alone, or the UUID of
    zeros or of f alone.
-#}
{% macro known_id(column) -%}
    {%- set text = 'cast(' ~ column ~ ' as string)' -%}
    {%- set compared = 'lower(' ~ replace_regex(text, '[^\\p{L}\\p{N}]+', "''") ~ ')' -%}
    case
        -- Most IDs are long and begin like none of them, which is seen sooner than by a regular expression.
        when length({{ text }}) > 20 and left({{ text }}, 1) between '1' and 'e' then trim({{ text }})
        when
            replace({{ compared }}, '0', '') = ''
            or {{ compared }} in (
                {%- for placeholder in placeholder_ids() %}'{{ placeholder }}', {% endfor %}'{{ 'f' * 32 }}')
            then null
        else {{ replace_regex(text, '^[\\p{Z}\\p{Cc}\\p{Cf}\\p{Co}]+|[\\p{Z}\\p{Cc}\\p{Cf}\\p{Co}]+$', "''") }}
    end
{%- endmacro %}


{#- The placeholders as known_id compares them: small letters and digits. -#}
{% macro placeholder_ids() -%}
    {%- set compared = [] -%}
    {%- for placeholder in var('placeholder_ids') -%}
        {%- do compared.append(modules.re.sub('[\\W_]+', '', placeholder | string | lower)) -%}
    {%- endfor -%}
    {{ return(compared) }}
{%- endmacro %}


{#-
    The IDs of visitors that belong to more accounts than var max_accounts_per_visitor, as a query: a till, a
    call centre or a faulty tag has them, and nobody who visits.

    log_ins: relation of log-ins, with anonymous_id.
    account: SQL of the account.
    role: column by which visitors are apart, if any.
-#}
{% macro visitors_of_too_many(log_ins, account, role=none) -%}
    {%- set most = var('max_accounts_per_visitor') -%}
    {%- if most is not number or most < 1 -%}
        {{ exceptions.raise_compiler_error("max_accounts_per_visitor: '" ~ most ~ "' is no number of accounts from 1 on") }}
    {%- endif -%}
    select
        {% if role %}{{ role }},
        {% endif -%}
        anonymous_id,
        count(distinct {{ account }}) as accounts
    from {{ log_ins }}
    where anonymous_id is not null
    group by {% if role %}{{ role }}, {% endif %}anonymous_id
    having count(distinct {{ account }}) > {{ most }}
{%- endmacro %}
