{#-
    What columns of yes and no say, and of consent to be emailed: yes and no, whether somebody has opted in
    or out, what else is an agreement or a refusal, and what is neither.
-#}
{% macro yes_and_no_words() -%}
    {{ return({
        'yes': [
            '1', 'j', 'ja', 'o', 'oui', 's', 'si', 'sim', 'sì', 'sí', 't', 'true', 'verdadeiro', 'verdadero',
            'vero', 'vrai', 'waar', 'wahr', 'y', 'yes'
        ],
        'no': [
            '0', 'f', 'falsch', 'false', 'falso', 'faux', 'n', 'nao', 'nee', 'nein', 'no', 'non', 'não', 'onwaar'
        ],
        'opted_in': [
            'abonné', 'angemeldet', 'double opt-in', 'double_opt_in', 'ingeschreven', 'inscrit', 'inscrito',
            'iscritto', 'opt in', 'opt-in', 'opt_in', 'opted in', 'opted-in', 'opted_in', 'optedin', 'optin',
            'single opt-in', 'subscribed', 'suscrito'
        ],
        'opted_out': [
            'abgemeldet', 'afgemeld', 'baja', 'desinscrito', 'desuscrito', 'disiscritto', 'désabonné',
            'désinscrit', 'opt out', 'opt-out', 'opt_out', 'opted out', 'opted-out', 'opted_out', 'optedout',
            'optout', 'uitgeschreven', 'unsubscribed'
        ],
        'agreed': [
            'accepted', 'active', 'agreed', 'allowed', 'confirmed', 'consented', 'explicit', 'express', 'granted',
            'implicit', 'implied', 'permitted'
        ],
        'refused': [
            'blacklisted', 'blocked', 'blocklisted', 'bounced', 'cleaned', 'complained', 'declined', 'denied',
            'disallowed', 'refused', 'revoked', 'suppressed', 'withdrawn'
        ],
        'unknown': [
            'invalid', 'n/a', 'never', 'never subscribed', 'never_subscribed', 'neversubscribed',
            'non-subscribed', 'non_subscribed', 'none', 'nonsubscribed', 'not set', 'not specified',
            'not subscribed', 'not_set', 'not_specified', 'not_subscribed', 'notset', 'null', 'pending',
            'transactional', 'unconfirmed', 'undefined', 'unknown', 'unset', 'unspecified'
        ]
    }) }}
{%- endmacro %}


{#-
    True where text says yes or that somebody has subscribed, false where it says the opposite. Null for all
    else, such as NEVER_SUBSCRIBED: who was never asked has not refused.
-#}
{% macro says_yes(column) -%}
    {%- set words = yes_and_no_words() -%}
    case
        when {{ is_one_of(column, words["yes"] + words["opted_in"] + words["agreed"]) }} then true
        when {{ is_one_of(column, words["no"] + words["opted_out"] + words["refused"]) }} then false
    end
{%- endmacro %}


{#-
    True where a column of refusals has a yes, a mark, the moment of the refusal or that somebody has opted
    out; false where it has a no or that somebody has opted in. Null for all else. Zeros are no moment.
-#}
{% macro opted_out(column) -%}
    {%- set words = yes_and_no_words() -%}
    case
        when {{ is_one_of(column, words["yes"] + words["opted_out"] + ['x', '✓', '✔']) }} then true
        when {{ is_one_of(column, words["no"] + words["opted_in"]) }} then false
        when length({{ replace_regex(column, '[^0-9]', "''") }}) >= 4
            and length({{ replace_regex(column, '[^1-9]', "''") }}) > 0 then true
    end
{%- endmacro %}


{#- Whether text, without regard to case and blanks, is one of some words. -#}
{% macro is_one_of(column, words) -%}
    lower(trim({{ column }})) in ('{{ words | join("', '") }}')
{%- endmacro %}
