{#- What columns of yes and no say, and of consent to be emailed: of agreement, of refusal, and of neither. -#}
{% macro yes_and_no_words() -%}
    {{ return({
        'yes': [
            '1', 'abonné', 'accepted', 'active', 'agreed', 'allowed', 'angemeldet', 'confirmed', 'consented',
            'double opt-in', 'double_opt_in', 'explicit', 'express', 'granted', 'implicit', 'implied', 'ingeschreven', 'iscritto',
            'j', 'ja', 'o', 'opt in', 'opt-in', 'opt_in', 'opted in', 'opted-in', 'opted_in', 'optedin',
            'optin', 'oui', 'permitted', 's', 'si', 'sim', 'single opt-in', 'subscribed', 'suscrito', 'sì',
            'sí', 't', 'true', 'verdadeiro', 'verdadero', 'vero', 'vrai', 'waar', 'wahr', 'y', 'yes'
        ],
        'no': [
            '0', 'abgemeldet', 'blacklisted', 'blocked', 'blocklisted', 'bounced', 'cleaned', 'complained',
            'declined', 'denied', 'disallowed', 'disiscritto', 'désabonné', 'f', 'falsch', 'false', 'falso',
            'faux', 'n', 'nao', 'nee', 'nein', 'no', 'non', 'não', 'onwaar', 'opt out', 'opt-out', 'opt_out',
            'opted out', 'opted-out', 'opted_out', 'optedout', 'optout', 'refused', 'revoked', 'suppressed',
            'uitgeschreven', 'unsubscribed', 'withdrawn'
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
    case
        when lower(trim({{ column }})) in ('{{ yes_and_no_words()["yes"] | join("', '") }}') then true
        when lower(trim({{ column }})) in ('{{ yes_and_no_words()["no"] | join("', '") }}') then false
    end
{%- endmacro %}
