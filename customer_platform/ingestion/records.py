"""Delimited text taken apart record by record, as strictly as DuckDB's reader does it.

DuckDB reads the files. This is for what it does not report: on which line an accepted row stands,
where the row ends that forgot to close a quote, and which lines end a report and are no rows, such
as `Total: 3 customers`, `(3 rows affected)` and `EOF`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

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
# Only the first words are no name. Behind a word may come what is counted, or numbers, or a
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
    """Whether the last row of a file is a line of totals, not a record.

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


# What bytes become that are not in the encoding.
_UNDECODED = re.compile("[\udc80-\udcff\ufffd]")


@dataclass(frozen=True, slots=True)
class Record:
    """A record of a text file.

    Attributes:
        line: 1-based line of its first character.
        text: Its text without the line end.
        broken: A quote in it is not closed, or closed in the middle of a field.
        start: Position of its first character.
        end: Position behind its line end.
    """

    line: int
    text: str
    broken: bool = False
    start: int = 0
    end: int = 0


def lines(text: str) -> Iterator[Record]:
    """Every line that is not blank."""
    start = 0
    for number, line in enumerate(text.split("\n"), start=1):
        end = min(start + len(line) + 1, len(text))
        if line.strip(" \t\r"):
            yield Record(number, line.removesuffix("\r"), start=start, end=end)
        start = end


def csv_records(text: str, delimiter: str, quote: str, fields: int) -> Iterator[Record]:
    """Every record, the header included; blank lines are passed over.

    A record over several lines must have exactly the number of fields of the header: otherwise the
    quote that joined the lines was never meant to, and its first line alone is broken. So the good
    rows that an unclosed quote would swallow come out as records of their own.

    Args:
        text: The whole file.
        delimiter: Field separator.
        quote: Quote, doubled inside a quoted field; empty: none.
        fields: Number of fields in the header.
    """
    position, line, end = 0, 1, len(text)
    pattern, field = _patterns(delimiter, quote) if quote else (None, None)
    while position < end:
        stop = text.find("\n", position)
        stop = end if stop < 0 else stop
        content = text[position:stop].removesuffix("\r")
        following = min(stop + 1, end)
        if pattern is None or field is None or quote not in content:
            if content or fields == 1:
                yield Record(line, content, start=position, end=following)
            position, line = following, line + 1
            continue
        match = pattern.match(text, position)
        breaks = text.count("\n", position, match.end()) if match else 0
        if match and "\n" in match[1] and len(field.findall(match[1])) != fields:
            match = None
        if match is None:
            yield Record(line, content, True, position, following)
            position, line = following, line + 1
            continue
        yield Record(line, match[1], start=position, end=match.end())
        position, line = match.end(), line + max(breaks, 1)


@dataclass
class Lines:
    """A file of delimited text, taken apart.

    Attributes:
        records: The text of every record that can be read, the header first.
        faults: Line and fault of every other.
        skipped: Lines without any value, and lines of totals.
    """

    records: list[str] = field(default_factory=list)
    faults: list[tuple[int, str]] = field(default_factory=list)
    skipped: int = 0


def take_apart(text: str, delimiter: str, quote: str, fields: int) -> Lines:
    """Takes a whole file apart.

    Args:
        text: The file from its header on.
        delimiter: Field separator.
        quote: Quote, doubled inside a quoted field.
        fields: Number of fields in the header.
    """
    if "\n" not in text:
        text = text.replace("\r", "\n")
    lines = Lines()
    for record in csv_records(text, delimiter, quote, fields):
        fault = _fault(record, delimiter, quote, fields)
        empty = not record.text.strip(delimiter + quote).strip()
        if empty or (fault and says_total(record.text.strip(quote))):
            lines.skipped += 1
        elif fault:
            lines.faults.append((record.line, fault))
        else:
            lines.records.append(record.text)
    return lines


def _fault(record: Record, delimiter: str, quote: str, fields: int) -> str | None:
    if record.broken:
        return "a quote is not closed, or not doubled inside a quoted field"
    if _UNDECODED.search(record.text):
        return "bytes that are no text"
    found = field_count(record.text, delimiter, quote)
    return None if found == fields else f"{found} fields, and the header has {fields}"


def field_spans(record: str, delimiter: str, quote: str) -> list[tuple[int, int]]:
    """Where the fields of a record begin and end that is not broken."""
    if not quote:
        ends = [*(found.start() for found in re.finditer(re.escape(delimiter), record))]
        return list(zip([0, *(end + 1 for end in ends)], [*ends, len(record)], strict=True))
    spans = [found.span() for found in _patterns(delimiter, quote)[1].finditer(record)]
    return [(start + (index > 0), end) for index, (start, end) in enumerate(spans)]


def field_count(record: str, delimiter: str, quote: str) -> int:
    """How many fields a record has that is not broken."""
    return len(_patterns(delimiter, quote)[1].findall(record))


@cache
def _patterns(delimiter: str, quote: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """A whole record with its line end, and one field with the delimiter before it."""
    d, q = re.escape(delimiter), re.escape(quote)
    # As DuckDB, blanks around the quotes of a field are no part of it.
    field = f"(?: *+{q}[^{q}]*+(?:{q}{q}[^{q}]*+)*+{q} *+|(?! *{q})[^{d}\r\n]*+)"
    record = rf"({field}(?:{d}{field})*+)(?:\r?\n|\r?\Z)"
    return re.compile(record), re.compile(rf"(?:\A|{d}){field}")
