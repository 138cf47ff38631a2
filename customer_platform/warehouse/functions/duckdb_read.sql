-- Values that are read by tables: of countries, and of the phone numbers of each.

-- The two-letter code of a country, ISO 3166, from a code or a name in one of more than thirty languages; null
-- when it is neither.
create or replace macro normalise_country(x) as
    case
        when regexp_full_match(x, '[A-Z]{2}') then country_of_letters(x)
        when regexp_full_match(plain_text(x), ' *[A-Za-z]{2} *') then country_of_letters(trim(plain_text(x)))
        else country_of_name(trim(replace(replace(replace(fold_text(x), '-', ' '), '.', ''), '’', '''')))
    end;

-- Phones ------------------------------------------------------------------------------------------------------

-- A number as a text, out of what a spreadsheet makes of it: 31612345678.0, and 3.1612345678E10 when it
-- holds all digits.
create or replace macro phone_text(x) as
    regexp_replace(
        regexp_replace(
            regexp_replace(trim(plain_text(x)), '^''?([+]?[0-9]{6,15})[.]0+$', '\1'),
            '^([1-9])[.,]((?:[0-9]{6}[eE][+]?0?6|[0-9]{7}[eE][+]?0?7|[0-9]{8}[eE][+]?0?8|[0-9]{9}[eE][+]?0?9'
            || '|[0-9]{10}[eE][+]?10|[0-9]{11}[eE][+]?11|[0-9]{12}[eE][+]?12|[0-9]{13}[eE][+]?13|[0-9]{14}[eE][+]?14))$',
            '\1\2='
        ),
        '^([0-9]+)[eE][+]?[0-9]+=$', '\1'
    );

-- An extension at the end of a number, in the words of several languages.
create or replace macro phone_extension() as
    '(?i)(?:;(?:ext|isub|postd)=.*|;[a-z-]+=.*'
    || '|[ \t,;:(/-]*(?:e?xt(?:ensi[oó]n)?|extn|x|#|~|int(?:erno?|erne)?|доб(?:авочный)?|вн(?:утр)?|anexo|ramal|poste|toestel|tst|tstnr'
    || '|app(?:arat)?|dw|durchwahl|nebenstelle|klappe|wewn?|wewnętrzny|anknytning|ankn|linje|lokal|alanumero|klapka|linka|mell|mellék|dahili'
    || '|内線|分机|转|轉|내선)[.:]*[ \t-]*[0-9]{1,9}#?(?:[/, ].*)?[)]?'
    || '|[- ]+[0-9]{1,6}#|[ ]*(?:,,|;)[ ]*[0-9]{1,5}#?|[ ]*,+[ ]*[0-9]{1,5}#?)$';

-- A number as its digits, with a '+' in front where it has one, behind the country and a colon; no digits where
-- there may be two numbers. Extensions are cut off, and the -0 of a German or Austrian switchboard.
create or replace macro phone_digits(x, country) as
    regexp_replace(
        regexp_replace(
            regexp_replace(
                regexp_replace(
                    coalesce(country, '') || ':' || regexp_replace(
                        regexp_replace(
                            regexp_replace(
                                regexp_replace(
                                    regexp_replace(
                                        phone_text(x), '^[^;]*?([0-9][^;]*);(?:.*;)?phone-context=([+][0-9]+).*$', '\2\1'
                                    ),
                                    phone_extension(), ''
                                ),
                                '[(][^()0-9]*[)]', ' ', 'g'
                            ),
                            '^[^+0-9]*', ''
                        ),
                        '[^0-9\p{L}]*(?: \p{L}{1,2}|[ ,;:/-]+[\p{L} .]*\p{Ll}[\p{L} .]*)?[^0-9\p{L}]*$', ''
                    ),
                    '^([A-Z?]*:).*(?:\p{L}|[0-9][ )]*[;|,\n&][ (]*[+0-9]|(?:[0-9][ ().-]*){6,}[/] ?(?:[0+]|[0-9]{1,2}$)).*$', '\1'
                ),
                '^((?:(?:DE|AT):(?:[1-9]|0[^0])|[A-Z?]*:(?:[+]|00) ?4[39]).*[0-9]{2}[ -]*)-0$', '\1'
            ),
            '[^0-9+A-Z?:]+', '', 'g'
        ),
        ':[+]+(?:00)?', ':+'
    );

-- What reads any way to write a number.
create or replace macro read_phone(x, country) as
    nullif(
        substring(
            regexp_extract(
                phone_valid_marked(phone_numbers(phone_candidates(phone_digits(x, country), country), country)),
                '=[+][0-9]+|^:[0-9]{7,15}$'
            ),
            2
        ),
        ''
    );

-- The number when it is valid, else null.
create or replace macro phone_if_valid(number) as
    nullif(regexp_extract(phone_valid_marked(regexp_extract(number, '^[+][0-9]+$') || ';'), '^=([+][0-9]+)', 1), '');

-- A number in E.164: '+', calling code, national number; null when it is no valid number. country: ISO code of
-- the country of numbers without a calling code, which with '??' have none. Where it is null they are compared
-- by their digits.
create or replace macro normalise_phone(x, country) as
    coalesce(
        phone_if_valid(
            case
                -- The -0 at the end may be the head of a switchboard.
                when ends_with(x, '-0') then null
                when starts_with(x, '+') then replace(replace(x, ' ', ''), '-', '')
                -- Japan has numbers that begin so.
                when starts_with(x, '00') then
                    case
                        when country is distinct from 'JP'
                            then '+' || replace(replace(substring(x, 3), ' ', ''), '-', '')
                    end
                when starts_with(x, phone_trunk(country))
                    then '+' || phone_code(country)
                    || replace(replace(substring(x, 1 + length(phone_trunk(country))), ' ', ''), '-', '')
            end
        ),
        -- As a branch, of which DuckDB computes nothing beforehand.
        case when x <> '' then read_phone(split_part(x, ' ::: ', 1), country) end
    );

create or replace macro phone_fragment(x) as regexp_replace(plain_text(x), '[^0-9+]', '', 'g');
