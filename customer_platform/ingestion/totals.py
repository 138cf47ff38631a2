"""Lines that end a report and are no rows: `Total: 3 customers`, `(3 rows affected)`, `EOF`."""

import re
from collections.abc import Mapping, Sequence

# No line of totals is longer.
_LONGEST = 500
_COUNTED = (
    "(?:rows?|records?|lines?|entries|items|results|customers?|contacts?|members?|subscribers?|"
    "rijen|regels|klanten|relaties|leden|zeilen|kunden|datensätze|lignes|enregistrements|clients?|"
    "filas|registros|clientes|righe|clienti|linhas)"
)
# What a SQL tool says of the rows that it has counted, and in which time.
_DONE = (
    r"(?:\s+(?:affected|selected|returned|fetched|retrieved|in set|betroffen|affectées?))?"
    r"(?:\s*\([\d.,]+\s*(?:s|sec|ms)\))?"
)
# Only the first words are nobody's name. Behind a word may come what is counted, or numbers, or a
# colon and anything.
_TOTAL = re.compile(
    r"\W*(?:"
    r"(?P<sure>(?:grand|sub|eind|end)[\s-]*total|(?:sub|eind)?(?:totaal|totalen|totaux|totales)|"
    r"totals|totale|summe|somme|gesamt|gesamtsumme|insgesamt|aantal|anzahl)\b|"
    r"(?:total|sum|som|suma|somma|count)\b)"
    r"(?:\s+(?:general|général|generale|geral|amount|bedrag))?"
    rf"(?:[^\d:=;,]{{0,20}}[:=].*|[\W\d]*(?:{_COUNTED}|eur|usd|gbp)?[\W\d]*)"
    rf"|\W*\d[\d.,]*\s*{_COUNTED}(?:\(s\))?{_DONE}\W*"
    r"|\W*(?P<end>end of (?:file|report|export)|einde (?:bestand|export)|eof)\b.*",
    re.IGNORECASE | re.DOTALL,
)
_NUMBER = re.compile(rf"[\W\d]*\d[\W\d]*(?:{_COUNTED}|[A-Z]{{3}})?|{_COUNTED}|[A-Z]{{3}}")
_MONEY = re.compile(r"\D*\d[\d.,' \u00a0]*[.,]\d\d?\D*")


def says_total(text: str) -> bool:
    """Whether a text is as lines are that end a report.

    Args:
        text: A value, or a line with too few fields.
    """
    return len(text) <= _LONGEST and _TOTAL.fullmatch(text) is not None


def is_total(values: Mapping[str, str], key: Sequence[str], columns: int) -> bool:
    """Whether the last row of a file is a line of totals and nobody's record.

    At least half of its fields are empty. A word such as `Total` is not enough, as it may be a
    name. Every other value must be a number, and the word must stand in the place of the key, or
    the key be empty. In a table without a key, a word that may be a name must go on as `Total: 3`
    does, or an amount of money stand in another column.

    Args:
        values: By column, what is filled.
        key: Columns of the primary key.
        columns: How many the table has.
    """
    words = {column: text for column, text in values.items() if says_total(text.strip())}
    others = [text.strip() for column, text in values.items() if column not in words]
    if len(values) * 2 > columns or not words or not all(map(_NUMBER.fullmatch, others)):
        return False
    if key:
        return all(column in words or column not in values for column in key)
    return any(map(_is_sure, words.values())) or any(map(_MONEY.fullmatch, others))


def _is_sure(text: str) -> bool:
    """Whether a text that says total is no name for certain."""
    match = _TOTAL.fullmatch(text.strip())
    return match is not None and (any(match.groups()) or re.search(r"[\d:=]", text) is not None)
