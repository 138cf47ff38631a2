-- How values become comparable, on DuckDB: one function per kind of value, for dbt, `resolve` and everyone else.
-- Each has a fast path for values that are clean already, which gives for them what its full path gives.
-- DuckDB puts a function's text in the place of its call: an argument that is written twice here is computed
-- twice. What is needed more than once in a full path is bound by a lambda over a list of one, therefore;
-- the names of those begin with an underscore, as a column of the caller may have any other.

-- Parts ------------------------------------------------------------------------------------------------------

-- Without what can't be seen: control and format characters (byte order mark, soft hyphen, marks of
-- direction, joiners), fillers and selectors of variants. Tabs and line breaks are blanks.
create or replace macro without_invisible(x) as
    regexp_replace(
        regexp_replace(x, '[\t-\r\x{85}\x{2800}\p{Z}]', ' ', 'g'),
        '[\p{Cc}\p{Cf}\x{034F}\x{115F}\x{1160}\x{17B4}\x{17B5}\x{180B}-\x{180F}\x{3164}\x{FE00}-\x{FE0F}\x{FFA0}\x{E0100}-\x{E01EF}]+',
        '', 'g'
    );

-- Digits of other scripts as those of ASCII, and the full-width forms of ASCII as ASCII.
create or replace macro fold_width(x) as
    translate(
        x,
        '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹०१२३४५६७८९০১২৩৪৫৬৭৮৯๐๑๒๓๔๕๖๗๘๙'
        || 'ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ'
        || '！＂＃＄％＆＇（）＊＋，－．／：；＜＝＞？＠［＼］＾＿｀｛｜｝～。‐‑‒–—―−﹣⁻﹢⁺',
        '012345678901234567890123456789012345678901234567890123456789'
        || 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
        || '!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~.---------++'
    );

-- A text in one form: composed, ASCII where a character is a form of an ASCII one, without what can't be seen,
-- and every blank a plain one. Most texts hold none of what takes translate(), which reads its alphabets for
-- every text again.
create or replace macro plain_text(x) as
    case
        when regexp_full_match(x, '[ -~]*') then x
        when not regexp_matches(
            x,
            '[\x00-\x1F\x7F-\x{A0}\x{AD}\x{34F}\x{600}-\x{605}\x{61C}\x{660}-\x{669}\x{6DD}\x{6F0}-\x{6F9}\x{70F}\x{966}-\x{96F}'
            || '\x{9E6}-\x{9EF}\x{E50}-\x{E59}\x{115F}\x{1160}\x{1680}\x{17B4}\x{17B5}\x{180B}-\x{180F}\x{2000}-\x{2015}'
            || '\x{2028}-\x{202F}\x{205F}-\x{206F}\x{207A}\x{2212}\x{2800}\x{3000}\x{3002}\x{3164}\x{FE00}-\x{FE0F}\x{FE62}\x{FE63}'
            || '\x{FEFF}-\x{FF5E}\x{FFA0}\x{FFF9}-\x{FFFB}\x{E0000}-\x{E01EF}]'
        ) then nfc_normalize(x)
        else fold_width(nfc_normalize(without_invisible(x)))
    end;

-- Half-width katakana as full-width ones; their voicing marks are composed by nfc_normalize.
create or replace macro fold_kana(x) as
    translate(
        x,
        'ｦｧｨｩｪｫｬｭｮｯｰｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜﾝﾞﾟ',
        'ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン' || chr(12441) || chr(12442)
    );

-- Letters that differ in case alone as one: what lower() leaves, and letters that no decomposition
-- turns into plain ones. Both i of Turkish are i.
create or replace macro fold_case(x) as
    replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(
        translate(lower(x), 'øłđðħıŧςſĸŋɓɗƙƴ', 'olddhitσsqnbdky'),
        'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th'), 'ĳ', 'ij'),
        'ﬀ', 'ff'), 'ﬁ', 'fi'), 'ﬂ', 'fl'), 'ﬃ', 'ffi'), 'ﬄ', 'ffl');

-- Without the accents of Latin, Greek and Cyrillic letters, and the points of Hebrew and Arabic, letter by
-- letter. Marks of other scripts are letters: without them four Indian names would be one.
create or replace macro fold_accents(x) as
    list_aggregate(
        list_transform(
            regexp_extract_all(
                x,
                '[\p{Latin}\p{Greek}\p{Cyrillic}\p{Hebrew}\p{Arabic}]\p{Inherited}*'
                || '|[^\p{Latin}\p{Greek}\p{Cyrillic}\p{Hebrew}\p{Arabic}]+'
            ),
            -- A letter of the other scripts stays one behind its first character.
            lambda _part: case
                when _part[1] between 'A' and 'ʯ' or _part[1] between 'Ͱ' and 'ԯ'
                    or _part[1] between chr(1424) and chr(1791) or _part[1] between 'Ḁ' and chr(8191)
                    then strip_accents(_part)
                else _part
            end
        ),
        'string_agg', ''
    );

-- Lower case, accents folded, and composed.
create or replace macro fold_text(x) as
    case
        when not regexp_full_match(x, '[\p{Latin}\p{Greek}\p{Cyrillic}\p{Hebrew}\p{Arabic}\p{Common}\p{Inherited}]*')
            then case
                when regexp_matches(x, '[\x{FF66}-\x{FF9F}]')
                    then nfc_normalize(fold_accents(fold_case(nfc_normalize(fold_kana(plain_text(x))))))
                else nfc_normalize(fold_accents(fold_case(plain_text(x))))
            end
        when regexp_matches(x, '[ßẞøØłŁđĐðÐħĦıŧŦςſĸŋŊɓƁɗƊƙƘƴƳæÆœŒþÞĳĲﬀ-ﬄ]')
            then nfc_normalize(strip_accents(fold_case(plain_text(x))))
        else nfc_normalize(strip_accents(lower(plain_text(x))))
    end;

-- Values ------------------------------------------------------------------------------------------------------

-- As it is, but for blanks around it and what can't be seen; null when nothing is left.
create or replace macro normalise_exact(x) as
    case
        when regexp_full_match(x, '[!-~]+(?: [!-~]+)*') then x
        else nullif(trim(without_invisible(x)), '')
    end;

-- As it is shown: one blank between words, none around them, composed; null when nothing is left. Joiners stay
-- between letters: in some scripts they say how these are written.
create or replace macro normalise_name(x) as
    case
        when regexp_full_match(x, '[!-~]+(?: [!-~]+)*') then x
        else nullif(
            nfc_normalize(trim(regexp_replace(
                replace(replace(
                    without_invisible(regexp_replace(
                        regexp_replace(x, '([\p{L}\p{M}])\x{200C}([\p{L}])', '\1' || chr(57344) || '\2', 'g'),
                        '([\p{L}\p{M}])\x{200D}([\p{L}])', '\1' || chr(57345) || '\2', 'g'
                    )),
                    chr(57344), chr(8204)
                ), chr(57345), chr(8205)),
                ' +', ' ', 'g'
            ))),
            ''
        )
    end;

create or replace macro name_fragment(x) as regexp_replace(fold_text(x), '[^\p{L}\p{M}]+', '', 'g');

-- The letters of a name, with the marks that are letters; null when there is no letter.
create or replace macro name_key(x) as
    case
        when regexp_full_match(x, '[A-Za-z]+') then lower(x)
        when regexp_full_match(x, '[A-Za-z -]*[A-Za-z][A-Za-z -]*') then lower(replace(replace(x, ' ', ''), '-', ''))
        else nullif(regexp_extract(name_fragment(x), '^.*\p{L}.*$'), '')
    end;

create or replace macro street_fragment(x) as regexp_replace(fold_text(x), '[^\p{L}\p{M}0-9]+', '', 'g');

-- The letters and digits of a street with house number, as `name_key`; null when there is none.
create or replace macro street_key(x) as
    case
        when regexp_full_match(x, '[A-Za-z0-9]+(?: [A-Za-z0-9]+)*') then lower(replace(x, ' ', ''))
        else nullif(regexp_extract(street_fragment(x), '^.*[\p{L}0-9].*$'), '')
    end;

-- An apostrophe before it is how spreadsheets keep zeros.
create or replace macro postcode_fragment(x) as upper(ltrim(replace(plain_text(x), ' ', ''), ''''));

-- A postcode in upper case without blanks; a number that a spreadsheet made of it is read. Null without a
-- letter or digit.
create or replace macro normalise_postcode(x) as
    case
        when regexp_full_match(x, '[0-9A-Z]+') then x
        when regexp_full_match(x, '[ ]*[0-9A-Za-z][0-9A-Za-z ]*') then upper(replace(x, ' ', ''))
        else nullif(
            regexp_extract(regexp_replace(postcode_fragment(x), '^([0-9]{3,10})[.]0$', '\1'), '^.*[\p{L}\p{N}].*$'), ''
        )
    end;

-- A code that is shown, such as a currency, receipt or product, in upper case without blanks; null when nothing
-- is left.
create or replace macro normalise_code(x) as
    case
        when regexp_full_match(x, '[!-`{-~]+') then x
        else nullif(upper(replace(plain_text(x), ' ', '')), '')
    end;

create or replace macro code_fragment(x) as upper(replace(replace(plain_text(x), ' ', ''), '-', ''));

-- A code, such as a card number or a currency, in upper case without blanks and hyphens; null without a letter
-- or digit.
create or replace macro code_key(x) as
    case
        when regexp_full_match(x, '[0-9A-Z]+') then x
        when regexp_full_match(x, '[ -]*[0-9A-Za-z][0-9A-Za-z -]*') then upper(replace(replace(x, ' ', ''), '-', ''))
        else nullif(regexp_extract(code_fragment(x), '^.*[\p{L}\p{N}].*$'), '')
    end;

-- An address in lower case; null when it is none. Read are those in `<>` behind a name, with `mailto:`, and with
-- punctuation around them.
create or replace macro normalise_email(x) as
    case
        when regexp_full_match(
            x, '[0-9A-Za-z_+-]*[0-9A-Za-z][0-9A-Za-z_+-]*(?:[.][0-9A-Za-z_+-]+)*@(?:[0-9A-Za-z](?:[0-9A-Za-z-]*[0-9A-Za-z])?[.])+[A-Za-z]{2,}'
        ) then lower(x)
        else nullif(
            regexp_extract(
                regexp_replace(
                    regexp_replace(
                        regexp_replace(
                            regexp_replace(lower(split_part(plain_text(x), ' ::: ', 1)), '^[^@]*@?[^@]*[<(\[]([^<>()@]+@[^<>()@]+)[>)\]][ .,;]*$', '\1'),
                            '^[ ''"`‘’“”«»<(\[,;:.]*(?:(?:e-?mail|mailto|smtp)[ ]*:)?[ ''"`‘’“”«»<(\[,;:.]*', ''
                        ),
                        '(?:[?][^@]*)?[ ''"`‘’“”«»>)\],;:.!?]*$', ''
                    ),
                    ' *@ *', '@'
                ),
                '^[^@ <>()\[\],;:"\\.]*[\p{L}\p{N}][^@ <>()\[\],;:"\\.]*(?:[.][^@ <>()\[\],;:"\\.]+)*'
                || '@(?:[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}_-]*[\p{L}\p{M}\p{N}])?[.])+(?:\p{L}[\p{L}\p{M}]+|xn--[0-9a-z-]*[0-9a-z])$'
            ),
            ''
        )
    end;

create or replace macro email_fragment(x) as lower(plain_text(x));

-- The domain of a web address in lower case: without scheme, `www`, port and path; null when it is none. A
-- subdomain stays: which part of a name is for sale differs by country.
create or replace macro normalise_domain(x) as
    nullif(
        regexp_extract(
            regexp_replace(
                regexp_replace(
                    lower(trim(plain_text(x))), '^[a-z]+://|[/:?#].*$', '', 'g'
                ),
                '^www[0-9]*[.]|[.]$', '', 'g'
            ),
            '^[\p{L}0-9_-][\p{L}\p{M}0-9_-]*(?:[.][\p{L}0-9_-][\p{L}\p{M}0-9_-]*)*[.](?:\p{L}[\p{L}\p{M}]+|xn--[0-9a-z-]+)$'
        ),
        ''
    );

-- The domain of an email address.
create or replace macro email_domain(x) as normalise_domain(regexp_replace(x, '^.*@', ''));

-- A date as YYYY-MM-DD; null when the text is no date that exists. order_of_day: how DD-MM-YYYY and DD/MM/YYYY
-- read, \3-\2-\1 for the day first and \3-\1-\2 for the month first; null where that isn't known.
create or replace macro normalise_date(x, order_of_day) as
    case
        -- Ten characters that survive reading and writing are the ISO text of a date. Shorter ones needn't
        -- be: 'infinity' survives, too.
        when strlen(x) = 10 and cast(try_cast(x as date) as varchar) = x then x
        else list_transform(
            [trim(plain_text(x))],
            -- Not the year 0, which DuckDB writes as one before Christ.
            lambda _date: nullif(regexp_extract(cast(try_cast(case
                when regexp_full_match(_date, '[0-9]{4}([-/])[0-9]{1,2}([-/])[0-9]{1,2}(?:[T ][0-9]{1,2}:[0-9]{2}[0-9:.,+ZUTCAPMapm -]*)?')
                    then regexp_extract(_date, '^[0-9]{4}(?:-[0-9]+-|/[0-9]+/)[0-9]{1,2}').replace('/', '-')
                when regexp_full_match(_date, '[0-9]{8}')
                    then regexp_replace(_date, '^(....)(..)(..)$', '\1-\2-\3')
                when regexp_full_match(_date, '[0-9]{1,2}[.][0-9]{1,2}[.][0-9]{4}(?:[T ][0-9]{1,2}:[0-9]{2}[0-9:.,+ZUTCAPMapm -]*)?')
                    then regexp_replace(_date, '^([0-9]+)[.]([0-9]+)[.]([0-9]{4}).*$', '\3-\2-\1')
                when regexp_full_match(_date, '[0-9]{1,2}[/-][0-9]{1,2}[/-][0-9]{4}(?:[T ][0-9]{1,2}:[0-9]{2}[0-9:.,+ZUTCAPMapm -]*)?')
                    then regexp_replace(_date, '^([0-9]+)[/-]([0-9]+)[/-]([0-9]{4}).*$', order_of_day)
            end as date) as varchar), '^[0-9]{4}-[0-9]{2}-[0-9]{2}$'), '')
        )[1]
    end;

-- The name of a company: lower case, accents folded, letters and digits only, without the legal forms at its end
-- and without a word for `and`. `Jansen & Zonen B.V.` and `JANSEN EN ZONEN BV` are jansenzonen. A name that is
-- nothing but a legal form stays; null when nothing is left. The forms read as without dots and slashes, a
-- blank where people may write one; `co` is the `& Co.` of a partnership.
create or replace macro company_name_key(x) as
    nullif(
        replace(
            regexp_replace(
                trim(regexp_replace(
                    ' ' || regexp_replace(
                        regexp_replace(fold_text(x), '[.''’/]', '', 'g'), '[^\p{L}\p{M}0-9]+', ' ', 'g'
                    ) || ' ',
                    ' (?:and|und|en|et) ', ' ', 'g'
                )),
                '(?: (?:' || 'b ?v|n ?v|c ?v|v ?o ?f|bvba|vzw|asbl|comm ?v|gmbh|g ?m ?b ?h|ag|kg|kgaa|ohg|ug'
        || '|ug haftungsbeschrankt|gbr|e ?k|e ?v|se|inc|incorporated|corp|corporation|llc|l ?l ?c|llp|lp'
        || '|ltd|limited|plc|p ?l ?c|co|company|pty|pte|pvt|s ?a|sarl|sa ?rl|s ?a ?r ?l|sas|sasu|snc|sci'
        || '|eurl|s ?p ?a|s ?r ?l|srls|s ?l|s ?l ?u|s ?c|lda|ltda|eireli|ab|a ?b|oy|oyj|aps|a ?s|asa|ans'
        || '|k ?s|i ?s|sp z ?o ?o|spolka z ?o ?o|sp k|sro|s ?r ?o|doo|d ?o ?o|kft|zrt|bt|ood|eood' || '))+$', ''
            ),
            ' ', ''
        ),
        ''
    );

-- Upper case, letters and digits of ASCII only.
create or replace macro alphanumeric(x) as regexp_replace(upper(plain_text(x)), '[^A-Z0-9]+', '', 'g');

-- A number in a trade register, which is comparable inside a country only: the country, a colon, and the number
-- in upper case, letters and digits only, without leading zeros. Null without a country or a digit.
create or replace macro registration_key(x, country) as
    country || ':' || regexp_replace(nullif(regexp_extract(alphanumeric(x), '^.*[0-9].*$'), ''), '^0+', '');

-- A VAT identification number: the prefix of the country, letters and digits only. A number without the prefix
-- gets that of the country, a Belgian one of nine digits its zero. Null without a digit, and for a number without
-- a prefix that has no country. Check digits aren't looked at.
create or replace macro vat_key(x, country) as
    case
        when regexp_matches(alphanumeric(x), '[0-9]')
            then regexp_replace(
                case when regexp_matches(alphanumeric(x), '^[A-Z][A-Z]') then '' else replace(country, 'GR', 'EL') end
                || alphanumeric(x),
                '^BE([0-9]{9})$', 'BE0\1'
            )
    end;
