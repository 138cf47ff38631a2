"""Values that engines may read differently: every script, blank and form, the same on every run."""

import itertools
import sys
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Literal

import phonenumbers

_NAMES = (
    "Nguyễn Thị Hương", "Đặng Văn Ước", "Ștefan Țurcanu", "Ľubomír Ďurčík", "Ğülşah İnönü",
    "Işık Çağrı", "Llŷr Ŵyn", "Ελένη Παπαδοπούλου", "ΟΔΥΣΣΕΥΣ", "Ἀθηνᾶ", "Straße Groß", "GROẞ",
    "Æsir Œuvre", "Ørsted Łódź", "Ħamrun", "Þór Eðvald", "ĳsbrand", "ﬁliaal ﬄ ﬀ",
    "Žižek Ñuñez", "O'Brien", "d’Ávila-Sánchez", "Þorbjörg", "Дмитрий Щёголев", "ЁЖ Й",
    "Їжак Ґанна", "Њего", "יוֹסֵף", "שָׁלוֹם", "مُحَمَّد", "أحمد", "فاطمة الزهراء", "ﷺ",
    "पद्मा क्षेत्र", "क़लम", "ক্ষমা", "โจ้ น้ำ", "សុខា", "王小明", "髙橋", "渡邉 ﾊﾅｺ", "ﾊﾞｰﾄﾞ", "ガギ",
    "がぎ", "김철수", "한국", "ʻOkina", "Māori Ōtāhuhu", "ẞ", "ſtrauß", "ǅ ǈ ǋ ǲ", "ŉ ǰ ẖ ẗ ẘ ẙ ẚ",
    "ΐ ΰ ῷ ᾳ ᾼ", "և Եւ", "ლამარა ᲚᲐᲛᲐᲠᲐ", "Ꙋ ꙋ", "Ⰰ ⰰ", "Ɓaidú Ƙƴ", "𝐁𝐨𝐥𝐝", "𠮷野", "𐐀𐐨", "𞤀𞤢",
    '\U0001f469\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466 familie', "🇳🇱", "👍🏽", "K Å Ω",
    "½ ¼ ²", "ⅷ ⅲ", "ａｂｃ ＡＢＣ１２３", "١٢٣ ۴۵۶ ७८९ ๑๒๓",
)  # fmt: skip
_BLANKS = (
    *(" ", "  ", "\t", "\n", "\r\n", "\x0b", "\x0c", "\x1c", "\x85", "\xa0", "\u1680", "\u2003"),
    *("\u2009", "\u200b", "\u200c", "\u200d", "\u2028", "\u2029", "\u202f", "\u205f", "\u2060"),
    *("\u3000", "\ufeff", "\u00ad", "\u180e", "\u2800", "\u3164", "\u115f", "\ufe0f", "\u202e"),
)
_LOCALS = (
    *(
        "jan",
        "JAN.DE.VRIES",
        "jan+x",
        "o'brien",
        "jan..de",
        ".jan",
        "jan.",
        "-",
        "é.ü",
        "王",
        "j_n",
    ),
    *("a b", '"q"', "a\\b", "%", "İsmail", "STRAẞE", "e\u0301", "क्षम", "1", "a" * 80),
)
_DOMAINS = (
    *(
        "x.nl",
        "X.CO.UK",
        "münchen.de",
        "xn--mnchen-3ya.de",
        "क्षम.भारत",
        "x",
        "x.",
        ".x.nl",
        "-x.nl",
    ),
    *("x-.nl", "a_b.nl", "x.1", "x.n", "x..nl", "sub.x-y.museum", "例え.テスト", "İ.com", "x。nl"),
)
_WRAPS = (
    *("{}", " {} ", "<{}>", "Jan <{}>", "Jan [{}];", "({})", "mailto:{}", "E-mail : {}", "'{}'"),
    *("„{}“", "{}.", "{}?subject=a", "{}?a@b", "{} ::: b@c.nl", "a@b <{}>", "a@b@c <{}>", "<[{}>"),
    *("{}\n", "\ufeff{}", "{}\xa0", "«{}»", "x {}", "{} . ?x", "smtp:{},"),
)
_PHONE_WRAPS = (
    *(
        "{}",
        " {} ",
        "tel:{}",
        "{} ext. 12",
        "{} x5",
        "{}#12",
        "{} доб. 5",
        "{} ВНУТР 7",
        "{} DAHİLİ 3",
    ),
    *("{}/12", "{} / {}", "'{}", "{}.0", "{}-0", "({})", "+{}", "00{}", "{} Jan", "\u202d{}\u202c"),
    *("{};ext=3", "{};phone-context=+31", "{} oder {}", "{},,12", "{}\n", "\xa0{}", "{} toeſtel 4"),
)
_DATES = (
    *(
        "{y}-{m}-{d}",
        "{d}-{m}-{y}",
        "{d}/{m}/{y}",
        "{d}.{m}.{y}",
        "{y}/{m}/{d}",
        "{y}{m}{d}",
        "{y}-{m}",
    ),
    *(
        "{y}-{m}-{d} 10:00:00",
        "{y}-{m}-{d}T10:00Z",
        "{d}.{m}.{y} 9:30 PM",
        "{d}-{m}/{y}",
        " {d}/{m}/{y} ",
    ),
)
_YEARS = ("0000", "0001", "1582", "1900", "1980", "2024", "9999", "99", "12024")
_COMPANY_FORMS = (
    *(
        "B.V.",
        "bv",
        "b v",
        "GmbH & Co. KG",
        "S.A.R.L.",
        "s a r l",
        "Sp. z o.o.",
        "A/S",
        "N.V",
        "Ltd.",
        "x",
    ),
    *(
        "S.p.A.",
        "UG (haftungsbeschränkt)",
        "Oy Ab",
        "and Sons",
        "en Zonen",
        "",
        "co co co",
        "társ kft",
    ),
)


def texts() -> Iterator[str]:
    """Texts that any normaliser may meet."""
    yield from ("", " ", "-", "'", "\\", "$1", "%", "\x00"[:0], "a\nb", "a\r\nb", "\n", "null", "0")
    forms: tuple[Literal["NFC", "NFD", "NFKD"], ...] = ("NFC", "NFD", "NFKD")
    for form, name in itertools.product(forms, _NAMES):
        text = unicodedata.normalize(form, name)
        yield from (text, text.upper(), text.lower(), text.swapcase(), text.replace(" ", "-"))
    for blank in _BLANKS:
        yield from (
            f"{blank}a",
            f"a{blank}",
            f"a{blank}b",
            f"{blank}",
            f"é{blank}\u0301",
            f"1{blank}2",
        )
    # All that Unicode has, of which each run takes the same.
    for code in (*range(1, 0x600, 5), *range(0x600, 0x3400, 37), *range(0xA490, 0xABFF, 29)):
        yield from _with(code)
    for code in (
        *range(0xF900, 0x10000, 41),
        *range(0x10000, 0x20000, 331),
        *range(0xE0000, 0xE01F0, 31),
    ):
        yield from _with(code)
    for mark in (*range(0x300, 0x370, 2), 0x345, 0x591, 0x64B, 0x93C, 0x94D, 0x9BE, 0x3099, 0x1161):
        yield from (
            f"e{chr(mark)}",
            f"ạ{chr(mark)}\u0323",
            f"क{chr(mark)}",
            f"か{chr(mark)}",
            chr(mark),
        )
    yield from ("a" * 20_000, "é" * 5_000, "a b " * 5_000, "x\u0301" * 300, "-" * 20_000)


def emails() -> Iterator[str]:
    """Addresses, and what people write for one."""
    for local, domain in itertools.product(_LOCALS, _DOMAINS):
        yield f"{local}@{domain}"
    for wrap, address in itertools.product(
        _WRAPS, ("jan@x.nl", "é.ü@münchen.de", "@", "jan@x", "J@X.NL")
    ):
        yield wrap.format(address)
    yield from (
        "a." * 20_000 + "a@x.nl",
        "a@" + "b." * 20_000 + "nl",
        "x" * 50_000,
        "<" * 2_000 + "a@b.nl>",
    )


def phones() -> Iterator[tuple[str, str | None]]:
    """Numbers of all countries with the country that they are said to be of."""
    regions = sorted(phonenumbers.SUPPORTED_REGIONS)
    for at, region in enumerate(regions):
        number = phonenumbers.example_number_for_type(region, at % 4)
        number = number or phonenumbers.example_number(region)
        assert number is not None
        for form in range(4):
            text = phonenumbers.format_number(number, form)
            yield from ((text, region), (text, None), (text, "??"), (text, regions[at - 1]))
        national = phonenumbers.format_number(number, 2)
        for wrap in _PHONE_WRAPS[at % 3 :: 3]:
            yield (wrap.format(national, national), region)
    for text in (
        "０６１２３４５６７８",
        "٠٦١٢٣٤٥٦٧٨",
        "06–12345678",
        "3.1612345678E10",
        "31612345678.0",
        "+",
        "0",
    ):
        yield from ((text, "NL"), (text, "DE"), (text, None), (text, "XX"), (text, "nl"))
    yield from (
        ("0612345678" + "x" * 300, "NL"),
        ("x" * 300 + " 0612345678", "NL"),
        ("1" * 400, "NL"),
    )


def dates() -> Iterator[tuple[str, str | None]]:
    """Dates, and texts like one, with the order of day and month."""
    orders = (r"\3-\2-\1", r"\3-\1-\2", None)
    days = itertools.product(_DATES, _YEARS, ("1", "02", "13"), ("0", "7", "29", "31"))
    for at, (form, year, month, day) in enumerate(days):
        yield form.format(y=year, m=month, d=day), orders[at % 3]


def companies() -> Iterator[str]:
    """Names of companies."""
    for name, form in itertools.product(
        ("Jansen & Zonen", "O.B.V", "ΑΣ", "Żabka", "K|S", ""), _COMPANY_FORMS
    ):
        yield from (
            f"{name} {form}",
            f"{name}, {form.upper()}",
            f"{form} {name}",
            f"{name} {form} {form}",
        )


def domains() -> Iterator[str]:
    """Web addresses."""
    for wrap in (
        "{}",
        "https://www.{}/a?b",
        "HTTP://{}:80",
        "www2.{}.",
        " {}#x",
        "//{}",
        "a@{}",
        "www.{}\n",
    ):
        yield from (wrap.format(domain) for domain in _DOMAINS)


def countries() -> Iterator[str]:
    """Codes and names of countries."""
    from customer_platform.warehouse.functions.countries import country_names

    for code, names in country_names().items():
        yield from (code, code.lower(), f" {code} ", *names, *(each.upper() for each in names[:3]))
        yield from (unicodedata.normalize("NFD", each) for each in names[:2])
    yield from ("ＮＬ", "\u212ae", "uk", "EL", "Côte d’Ivoire", "cote d'ivoire", "U.S.A.", "N-L")


def of_one_argument() -> Mapping[str, list[str]]:
    """By normaliser of one argument, its values."""
    common = list(texts())
    return {
        **{
            name: common for name in ("normalise_exact", "normalise_name", "name_key", "street_key")
        },
        **{name: common for name in ("normalise_postcode", "normalise_code", "code_key")},
        "fold_text": common,
        "plain_text": common,
        "normalise_email": [*common, *emails()],
        "normalise_domain": [*common, *domains()],
        "email_domain": [*common, *emails()],
        # Of legal forms in a row, as `a b a b`, Spark removes the last 200.
        "company_name_key": [*(text for text in common if len(text) < 1_000), *companies()],
        "normalise_country": [*common, *countries()],
    }


def of_two_arguments() -> Mapping[str, list[tuple[str, str | None]]]:
    """By normaliser of two arguments, its values."""
    common = [each for each in texts() if len(each) < 1_000]
    registers = [
        *((text, country) for text in common[::5] for country in ("NL", "BE", None)),
        *((f"{prefix}{number}", country) for prefix in ("", "BE", "be ", "GR", "NL")
          for number in ("0123456789", "123456789", "12.345.678-9", "００１２", "Α1", "")
          for country in ("BE", "GR", None)),
    ]  # fmt: skip
    return {
        "normalise_phone": [*phones(), *((text, "NL") for text in common)],
        "normalise_date": [*dates(), *((text, r"\3-\2-\1") for text in common)],
        "registration_key": registers,
        "vat_key": registers,
    }


def _with(code: int) -> Iterator[str]:
    if not 0xD800 <= code < 0xE000 and code <= sys.maxunicode:
        yield from (chr(code), f"a{chr(code)}b", f"1{chr(code)}")
