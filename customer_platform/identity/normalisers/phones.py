"""Phone numbers in E.164: '+', country code, national number."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PhoneRule:
    """What a country's numbers are like.

    Attributes:
        code: Calling code.
        digits: Least and most digits of a national number.
        first: Its first digit, as a class of a regular expression.
        trunk: Prefix dialled before it inside the country, left out from abroad. Italy's zero
            stays.
    """

    code: str
    digits: tuple[int, int]
    first: str
    trunk: str

    @property
    def national(self) -> str:
        """Regular expression of a national number without its trunk prefix."""
        least, most = self.digits
        return f"{self.first}[0-9]{{{least - 1},{most - 1}}}"


PHONE_RULES = {
    "NL": PhoneRule("31", (9, 9), "[1-9]", "0"),
    "BE": PhoneRule("32", (8, 9), "[1-9]", "0"),
    "DE": PhoneRule("49", (6, 12), "[1-9]", "0"),
    "GB": PhoneRule("44", (9, 10), "[1-9]", "0"),
    "FR": PhoneRule("33", (9, 9), "[1-9]", "0"),
    "LU": PhoneRule("352", (5, 11), "[2-9]", ""),
    "IE": PhoneRule("353", (7, 9), "[1-9]", "0"),
    "AT": PhoneRule("43", (4, 13), "[1-9]", "0"),
    "CH": PhoneRule("41", (9, 9), "[1-9]", "0"),
    "ES": PhoneRule("34", (9, 9), "[5-9]", ""),
    "IT": PhoneRule("39", (6, 11), "[0-9]", ""),
    "PT": PhoneRule("351", (9, 9), "[2-9]", ""),
    "DK": PhoneRule("45", (8, 8), "[2-9]", ""),
    "SE": PhoneRule("46", (7, 9), "[1-9]", "0"),
    "NO": PhoneRule("47", (8, 8), "[2-9]", ""),
    "PL": PhoneRule("48", (9, 9), "[1-9]", ""),
    "US": PhoneRule("1", (10, 10), "[2-9]", "1"),
    "CA": PhoneRule("1", (10, 10), "[2-9]", "1"),
}
COUNTRIES = tuple(PHONE_RULES)

_RULES = tuple(PHONE_RULES.values())
_KNOWN_NUMBERS = "|".join(dict.fromkeys(rule.code + rule.national for rule in _RULES))

# What needs no correction: an international number of a known country. Its first digit excludes a
# trunk prefix, and it is too short to hold a second country code. Nor does a national number with
# its trunk prefix, which is merely replaced. Blanks and hyphens, as most people write them, are
# taken out for a sixth of what the whole correction costs.
_CLEAN = rf"\+(?:{_KNOWN_NUMBERS})"

# A number without country code can only be told from a short code or a serial number by length.
_DIGITS_ALONE = "[0-9]{7,15}"


def phone(value: str, country: str | None) -> str:
    """SQL of a number in E.164; null when it is no number of its country.

    A number of a country that is not known is taken by the 7 to 15 digits of E.164. Without
    a country, numbers that come without a country code are compared by their digits.
    """
    plain = f"replace(replace({value}, ' ', ''), '-', '')"
    tidy, tidied = _CLEAN, plain
    if country is None:
        tidy = f"{_CLEAN}|0?[1-9][0-9]{{6,13}}"
    elif (rule := PHONE_RULES[country]).trunk == "0":
        tidy = f"{_CLEAN}|0{rule.national}"
        tidied = (
            f"case when starts_with({plain}, '0') then '+{rule.code}' || substring({plain}, 2) "
            f"else {plain} end"
        )
    return (
        f"case when regexp_full_match({value}, '{_CLEAN}') then {value} "
        f"when regexp_full_match({plain}, '{tidy}') then {tidied} "
        f"else {_corrected(value, country)} end"
    )


def phone_fragment(part: str) -> str:
    """SQL of the digits and '+' in a part of a number in E.164."""
    return f"regexp_replace({part}, '[^0-9+]', '', 'g')"


def _corrected(value: str, country: str | None) -> str:
    """SQL that reads any way to write a number. One nested expression: no step is done twice."""
    international = f"regexp_replace({phone_fragment(value)}, '^00', '+', 'g')"
    valid = f"[+](?:{_valid_numbers()})"
    if country is None:
        with_code = international
        valid = f"{valid}|{_DIGITS_ALONE}"
    else:
        zero = r"\1" if country == "IT" else ""
        code = PHONE_RULES[country].code
        with_code = rf"regexp_replace({international}, '^(0?)([1-9])', '+{code}{zero}\2', 'g')"
    tidy = rf"regexp_replace({with_code}, '{_misread()}', '+\1\2\3', 'g')"
    return f"nullif(regexp_extract({tidy}, '^(?:{valid})$'), '')"


def _misread() -> str:
    """Pattern of what the steps before read wrongly.

    A trunk prefix behind the country code, as in '+31 (0)6 ...' (group 1, or 2 for the 1 of
    America), and a number that had lost its '+' and got a second country code (group 3). The
    latter only among countries with numbers of one length, where it is certain.
    """
    with_trunk = [rule.code for rule in _RULES if rule.trunk == "0"]
    fixed = [rule for rule in _RULES if rule.digits[0] == rule.digits[1] and rule.code != "1"]
    codes = "|".join(rule.code for rule in fixed)
    numbers = "|".join(rule.code + rule.national for rule in fixed)
    return f"^[+](?:({'|'.join(with_trunk)})0|(1)1|(?:{codes})((?:{numbers})$))"


def _valid_numbers() -> str:
    """Pattern of what follows the '+' of a valid number."""
    codes = {rule.code for rule in _RULES}
    alternatives = [_KNOWN_NUMBERS]
    for prefix in map(str, range(20, 100)):
        if prefix not in codes:
            free = "".join(digit for digit in "0123456789" if prefix + digit not in codes)
            alternatives.append(f"{prefix}[{free}][0-9]{{4,12}}")
    return "|".join(alternatives)
