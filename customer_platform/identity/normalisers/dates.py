"""Dates, as the day alone: YYYY-MM-DD."""

from customer_platform.identity.normalisers.phones import PHONE_RULES

# 31/12/1990 and 31-12-1990 say what is what only once the country is known. Canada writes both.
_MONTH_FIRST = frozenset({"US"})
_BOTH_ORDERS = frozenset({"CA"})
COUNTRIES = tuple(country for country in PHONE_RULES if country not in _BOTH_ORDERS)

_YEAR = "([1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])"
_ONE_OR_TWO = "([0-9]{1,2})"
_TIME = "(?:[T ][0-9]{1,2}:[0-9]{2}[0-9:.,+ZUTC -]*)?"

# What is read, and in which order year, month and day stand in it.
_FORMS = (
    (rf"^ *{_YEAR}-{_ONE_OR_TWO}-{_ONE_OR_TWO}{_TIME} *$", r"\1-\2-\3"),
    (rf"^ *{_YEAR}/{_ONE_OR_TWO}/{_ONE_OR_TWO}{_TIME} *$", r"\1-\2-\3"),
    (rf"^ *{_YEAR}([0-9]{{2}})([0-9]{{2}}) *$", r"\1-\2-\3"),
    (rf"^ *{_ONE_OR_TWO}\.{_ONE_OR_TWO}\.{_YEAR}{_TIME} *$", r"\3-\2-\1"),
)
_FORM_OF_COUNTRIES = rf"^ *{_ONE_OR_TWO}[/-]{_ONE_OR_TWO}[/-]{_YEAR}{_TIME} *$"


def date(value: str, country: str | None) -> str:
    """SQL of the ISO text of a date; null when the text is no date that exists.

    Read are YYYY-MM-DD, YYYY/MM/DD, YYYYMMDD and DD.MM.YYYY, and with a country DD-MM-YYYY and
    DD/MM/YYYY (month first in the US), but for YYYYMMDD also with a time behind them, which is
    left out without a change of time zone. Month and day may have one digit.
    """
    forms = list(_FORMS)
    if country is not None:
        order = r"\3-\1-\2" if country in _MONTH_FIRST else r"\3-\2-\1"
        forms.append((_FORM_OF_COUNTRIES, order))
    read = " ".join(
        f"when regexp_matches({value}, '{form}') then regexp_replace({value}, '{form}', '{order}')"
        for form, order in forms
    )
    # Ten characters that survive reading and writing are the ISO text of a date. Shorter ones
    # needn't be: 'infinity' survives, too.
    return (
        f"case when strlen({value}) = 10 "
        f"and cast(try_cast({value} as date) as varchar) = {value} then {value} "
        f"else cast(try_cast(case {read} end as date) as varchar) end"
    )


def date_fragment(part: str) -> str:
    """SQL of a part of an ISO date."""
    return part
