-- What Spark lacks, or has in other words than `duckdb.sql`, whose other functions are translated (`spark.py`).
-- Spark's own text functions follow the Unicode of its Java; these have DuckDB's letters, by `unicode.json`:
-- {L} is the ranges of a class, {lower.0} a text. Java tries repeated groups one call deeper each, which ends in an
-- overflow of the stack: those here are possessive (`*+`), which it counts in a loop.

create or replace macro unicode_lower(x) as translate(x, r"{lower.0}", r"{lower.1}");

create or replace macro unicode_upper(x) as translate(x, r"{upper.0}", r"{upper.1}");

create or replace macro strip_accents(x) as translate(x, r"{plain.0}", r"{plain.1}");

-- Canonical composition (NFC): decomposed, marks in their order, and composed from the left. A mark is composed with
-- the letter before it unless one between them has the same order or a higher one.
create or replace macro composed(x) as
    aggregate(
        flatten(transform(
            regexp_extract_all(
                array_join(
                    transform(
                        regexp_extract_all(x, r"(?s).", 0),
                        _letter -> coalesce(
                            try_element_at(str_to_map(r"{decomposed}", r"{between}", r"{is}"), _letter), _letter
                        )
                    ),
                    r""
                ),
                r"[^{ordered}]?[{ordered}]*+", 0
            ),
            _group -> array_sort(transform(
                regexp_extract_all(_group, r"(?s).", 0),
                (_letter, _at) -> named_struct(
                    r"place", coalesce(
                        cast(try_element_at(str_to_map(r"{order}", r"{between}", r"{is}"), _letter) as int), 0
                    ),
                    r"at", _at,
                    r"letter", _letter
                )
            ))
        )),
        named_struct(r"done", r"", r"letter", r"", r"marks", r"", r"place", 0),
        (_text, _next) -> case
            when (_text.marks = r"" or _text.place < _next.place)
                and try_element_at(
                    str_to_map(r"{composed}", r"{between}", r"{is}"), concat(_text.letter, _next.letter)
                ) is not null
                then named_struct(
                    r"done", _text.done,
                    r"letter", try_element_at(
                        str_to_map(r"{composed}", r"{between}", r"{is}"), concat(_text.letter, _next.letter)
                    ),
                    r"marks", _text.marks,
                    r"place", _text.place
                )
            -- Korean syllables: two letters, or a syllable without a last letter and one.
            when _text.marks = r"" and _text.letter between r"{hangul.first}" and r"{hangul.first_end}"
                and _next.letter between r"{hangul.vowel}" and r"{hangul.vowel_end}"
                then named_struct(
                    r"done", _text.done,
                    r"letter", decode(unhex(hex(
                        44032 + ((ascii(_text.letter) - 4352) * 21 + ascii(_next.letter) - 4449) * 28
                    )), r"UTF-16BE"),
                    r"marks", r"",
                    r"place", 0
                )
            when _text.marks = r"" and _text.letter between r"{hangul.syllable}" and r"{hangul.syllable_end}"
                and (ascii(_text.letter) - 44032) % 28 = 0
                and _next.letter between r"{hangul.last}" and r"{hangul.last_end}"
                then named_struct(
                    r"done", _text.done,
                    r"letter", decode(unhex(hex(
                        ascii(_text.letter) + ascii(_next.letter) - 4519
                    )), r"UTF-16BE"),
                    r"marks", r"",
                    r"place", 0
                )
            when _next.place = 0
                then named_struct(
                    r"done", concat(_text.done, _text.letter, _text.marks),
                    r"letter", _next.letter, r"marks", r"", r"place", 0
                )
            else named_struct(
                r"done", _text.done, r"letter", _text.letter,
                r"marks", concat(_text.marks, _next.letter), r"place", _next.place
            )
        end,
        _text -> concat(_text.done, _text.letter, _text.marks)
    );

create or replace macro nfc_normalize(x) as case when x not rlike r"[{uncomposed}]" then x else composed(x) end;

create or replace macro fold_accents(x) as
    nullif(array_join(
        transform(
            regexp_extract_all(
                x,
                r"[{Latin}{Greek}{Cyrillic}{Hebrew}{Arabic}][{Inherited}]*+|[^{Latin}{Greek}{Cyrillic}{Hebrew}{Arabic}]++",
                0
            ),
            _part -> case
                when substring(_part, 1, 1) between r"A" and r"ʯ" or substring(_part, 1, 1) between r"Ͱ" and r"ԯ"
                    or substring(_part, 1, 1) between r"֐" and r"ۿ" or substring(_part, 1, 1) between r"Ḁ" and r"῿"
                    then translate(_part, r"{plain.0}", r"{plain.1}")
                else _part
            end
        ),
        r""
    ), r"");

-- Nothing is left to compose once the accents are gone, but for the voicing marks of katakana, and accents behind a
-- mark of another script, which stay.
create or replace macro fold_text(x) as
    case
        when x rlike r"^[\x00-\x7F]*+\z" then lower(plain_text(x))
        when x rlike r"^[{Latin}{Greek}{Cyrillic}{Hebrew}{Arabic}{Common}{Inherited}]*+\z"
            then strip_accents(fold_case(plain_text(x)))
        when x rlike r"[\x{FF66}-\x{FF9F}]"
            then fold_accents(fold_case(nfc_normalize(fold_kana(fold_width(without_invisible(x))))))
        when x rlike r"[{Latin}{Greek}{Cyrillic}{Hebrew}{Arabic}]" and x rlike r"[{M}]"
            then nullif(composed(fold_accents(fold_case(plain_text(x)))), r"")
        else fold_accents(fold_case(plain_text(x)))
    end;

create or replace macro normalise_exact(x) as nullif(trim(without_invisible(x)), r"");

create or replace macro name_key(x) as
    case
        when x rlike r"^[A-Za-z -]*+\z" then nullif(lower(replace(replace(x, r" ", r""), r"-", r"")), r"")
        else nullif(regexp_extract(name_fragment(x), r"^[^\n]*[{L}][^\n]*\z", 0), r"")
    end;

-- An address in brackets behind a name; without punctuation, and without the query, around it.
create or replace macro normalise_email(x) as
    nullif(
        regexp_extract(
            regexp_replace(
                regexp_replace(
                    regexp_replace(
                        regexp_replace(
                            unicode_lower(split_part(plain_text(x), r" ::: ", 1)),
                            r"^(?=(?:[^@]*+@){1,2}+[^@]*+\z)(?s:.*)[<(\[]([^<>()@]+@[^<>()@]+)[>)\]][ .,;]*+\z", r"$1"
                        ),
                        r"^[ '""`‘’“”«»<(\[,;:.]*+(?:(?:e-?mail|mailto|smtp)[ ]*+:)?[ '""`‘’“”«»<(\[,;:.]*+", r""
                    ),
                    r"[?][^@]*+\z|(?<![ '""`‘’“”«»>)\],;:.!?])[ '""`‘’“”«»>)\],;:.!?]++\z", r""
                ),
                r"(?<! ) *+@ *+", r"@"
            ),
            r"^(?=[^@ <>()\[\],;:""\\.]*?[{L}{N}])[^@ <>()\[\],;:""\\.]++(?:[.][^@ <>()\[\],;:""\\.]++)*+"
            || r"@(?:[{L}{N}](?:[{L}{M}{N}_-]*[{L}{M}{N}])?[.])++(?:[{L}][{L}{M}]+|xn--[0-9a-z-]*[0-9a-z])\z",
            0
        ),
        r""
    );

create or replace macro normalise_domain(x) as
    nullif(
        regexp_extract(
            regexp_replace(
                regexp_replace(unicode_lower(trim(plain_text(x))), r"^[a-z]+://|[/:?#][^\n]*\z", r""),
                r"^www[0-9]*[.]|[.]\z", r""
            ),
            r"^(?:[{L}0-9_-][{L}{M}0-9_-]*+[.])++(?:[{L}][{L}{M}]++|xn--[0-9a-z-]++)\z",
            0
        ),
        r""
    );

create or replace macro iso_date(x) as
    case
        when x rlike r"^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}\z" and x not rlike r"^0000" then cast(try_cast(x as date) as string)
    end;

create or replace macro date_text(x, order_of_day) as
    iso_date(case
        when x rlike r"^[0-9]{4}([-/])[0-9]{1,2}([-/])[0-9]{1,2}(?:[T ][0-9]{1,2}:[0-9]{2}[0-9:.,+ZUTCAPMapm -]*)?\z"
            then replace(regexp_extract(x, r"^[0-9]{4}(?:-[0-9]+-|/[0-9]+/)[0-9]{1,2}", 0), r"/", r"-")
        when x rlike r"^[0-9]{8}\z" then regexp_replace(x, r"^(....)(..)(..)\z", r"$1-$2-$3")
        when x rlike r"^[0-9]{1,2}[.][0-9]{1,2}[.][0-9]{4}(?:[T ][0-9]{1,2}:[0-9]{2}[0-9:.,+ZUTCAPMapm -]*)?\z"
            then regexp_replace(x, r"^([0-9]+)[.]([0-9]+)[.]([0-9]{4}).*\z", r"$3-$2-$1")
        when x rlike r"^[0-9]{1,2}[/-][0-9]{1,2}[/-][0-9]{4}(?:[T ][0-9]{1,2}:[0-9]{2}[0-9:.,+ZUTCAPMapm -]*)?\z"
            then regexp_replace(x, r"^([0-9]+)[/-]([0-9]+)[/-]([0-9]{4}).*\z", translate(order_of_day, r"\", r"$"))
    end);

-- What composition changes is in no date.
create or replace macro normalise_date(x, order_of_day) as
    date_text(trim(fold_width(without_invisible(x))), order_of_day);

create or replace macro country_of_name(name) as
    try_element_at(str_to_map(r"{countries}", r"{between}", r"{is}"), name);

-- The letter that composition makes a K of is the only one that it makes one of ASCII of.
create or replace macro normalise_country(x) as
    case
        when x rlike r"^[A-Z]{2}\z" then country_of_letters(x)
        when fold_width(without_invisible(x)) rlike r"^ *[A-Za-z\x{212A}]{2} *\z"
            then country_of_letters(translate(trim(fold_width(without_invisible(x))), r"K", r"K"))
        else country_of_name(trim(replace(replace(replace(fold_text(x), r"-", r" "), r".", r""), r"’", r"'")))
    end;
