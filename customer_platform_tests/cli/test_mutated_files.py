"""Files as transfers, tools and people damage them, through `add-source` and `resolve`.

Whatever a file is, its rows are accounted for or a message names the file: no traceback, no row
lost in silence.
"""

import gzip
import io
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from customer_platform.cli import main
from customer_platform.declarations import read_declarations
from customer_platform.errors import OnboardingError, RecordsError, RulesError
from customer_platform.identity import load_rules
from customer_platform.identity.files import resolve_file
from customer_platform.onboarding import Wishes, find_deliveries, propose, read_entities
from customer_platform_tests.support.projects import checkout

DAY = "2024-06-01"
COLUMNS = ("nr", "name", "mail", "note", "zip")
RULES = """
record_id: nr
match_keys:
  mail: {column: mail, normalise: email}
  name: {column: name, normalise: exact}
match_rules:
  - {name: mail, match: [mail]}
"""
ENTITIES = read_entities(read_declarations(checkout(), "retail"))


@dataclass
class Written:
    """A file that is being damaged.

    Attributes:
        content: Its bytes.
        ending: Of its name.
        records: How many records it has, those without a value included; None once bytes are
            damaged, as nothing but the reader says what a record is then.
        log: What was done to it.
    """

    content: bytes
    ending: str
    records: int | None
    log: list[str]


def _rows(chance: random.Random) -> list[list[str]]:
    texts = ["x", "", "two\nlines", 'said "no"', "a,b;c", "Zoë", " ", "naïve 東京"]
    return [
        [f"K{n}", f"Name{n % 7}", f"m{n % 9}@example.com", chance.choice(texts), f"{1000 + n} AB"]
        for n in range(chance.choice([3, 12, 40]))
    ]


def _csv(chance: random.Random) -> Written:
    """A CSV file in which records are damaged, each in a way that leaves it one record."""
    delimiter = chance.choice(",,;\t|")
    end = chance.choice(["\n", "\n", "\r\n"])
    records = [list(COLUMNS), *_rows(chance)]
    lines = [_line(record, delimiter, chance.random() < 0.2) for record in records]
    header, body = lines[0], lines[1:]
    log = [f"csv {delimiter!r} {end!r}"]
    for _ in range(chance.randrange(4)):
        place = chance.randrange(len(body) + 1)
        kind = chance.choice(["empty", "twice", "few", "many", "total", "shuffle", "header"])
        log.append(f"{kind} at {place}")
        if kind == "empty":
            body.insert(place, delimiter * (len(COLUMNS) - 1))
        elif kind == "twice" and body:
            body.insert(place, chance.choice(body))
        elif kind == "few":
            body.insert(place, f"cut{delimiter}off")
        elif kind == "many":
            body.insert(place, delimiter.join(["much", "too", "many", "fields"] * 3))
        elif kind == "header":
            body.insert(place, header)
        elif kind == "total":
            body.append(f"Total{delimiter}{len(body)}{delimiter * (len(COLUMNS) - 2)}")
        elif kind == "shuffle":
            chance.shuffle(body)
    above = chance.choice(["", "", "", end, f"Export{end}{end}", f"sep={delimiter}{end}"])
    below = chance.choice(["", end, end * 3])
    text = above + end.join([header, *body]) + below
    encoding = chance.choice(["utf-8", "utf-8", "utf-8-sig", "utf-16"])
    log.append(f"above {above!r}, {encoding}")
    return Written(text.encode(encoding), ".csv", len(body), log)


def _line(values: list[str], delimiter: str, quoted: bool) -> str:
    needs = (delimiter, '"', "\n")
    return delimiter.join(
        '"' + value.replace('"', '""') + '"' if quoted or any(c in value for c in needs) else value
        for value in values
    )


def _jsonl(chance: random.Random) -> Written:
    frame = pd.DataFrame(_rows(chance), columns=list(COLUMNS))
    lines = frame.to_json(orient="records", lines=True, force_ascii=False).splitlines()
    for _ in range(chance.randrange(3)):
        bad = ['{"nr": ', "[1]", "null", "{}", '{"nr": "a", "nr": "b"}', '{"nr": 7}', "NaN", '""']
        lines.insert(chance.randrange(len(lines) + 1), chance.choice(bad))
    return Written("\n".join(lines).encode(), ".jsonl", len(lines), ["jsonl"])


def _parquet(chance: random.Random) -> Written:
    frame = pd.DataFrame(_rows(chance), columns=list(COLUMNS))
    if chance.random() < 0.5:
        frame["note"] = None
    if chance.random() < 0.3:
        frame = frame.sample(frac=0.7, random_state=chance.randrange(99))
    if chance.random() < 0.3:
        frame.loc[frame.index[0]] = None
    sink = io.BytesIO()
    frame.to_parquet(sink)
    return Written(sink.getvalue(), ".parquet", len(frame), ["parquet"])


def _damage(file: Written, chance: random.Random) -> None:
    """Damages bytes; of JSONL the lines stay countable, of other formats the records don't."""
    data = bytearray(file.content)
    for _ in range(chance.choice([1, 1, 3, 30])):
        place = chance.randrange(len(data) + 1)
        kind = chance.choice(["flip", "cut", "drop", "insert", "quote", "nul", "join", "latin"])
        file.log.append(f"{kind} at {place}")
        if kind == "flip" and place < len(data):
            data[place] ^= 1 << chance.randrange(8)
        elif kind == "cut":
            del data[place:]
        elif kind == "drop":
            del data[place : place + chance.randrange(40)]
        elif kind == "insert":
            data[place:place] = chance.randbytes(chance.randrange(6))
        elif kind == "quote":
            data[place:place] = chance.choice([b'"', b'""', b'\n"', b",", b";", b"\r", b"\n", b"{"])
        elif kind == "nul":
            data[place:place] = b"\0"
        elif kind == "join":
            data += data[: chance.randrange(len(data) + 1)]
        elif kind == "latin":
            data[place:place] = "é".encode("latin-1")
    file.content, file.records = bytes(data), None
    if file.ending == ".jsonl":
        file.records = sum(bool(line.strip(b" \t\r")) for line in file.content.split(b"\n"))


def _mutated(seed: int) -> Written:
    chance = random.Random(seed)
    make: Callable[[random.Random], Written] = chance.choice([_csv, _csv, _jsonl, _parquet])
    file = make(chance)
    if chance.random() < 0.5:
        _damage(file, chance)
    if file.ending != ".parquet" and chance.random() < 0.2:
        file.content, file.ending = gzip.compress(file.content), f"{file.ending}.gz"
        if chance.random() < 0.3:
            file.content, file.records = file.content[:-9], None
    if chance.random() < 0.05:
        file.ending = chance.choice([".csv", ".jsonl", ".parquet", ".csv.gz"])
    return file


def _add(path: Path, file: Written) -> None:
    try:
        [delivery] = find_deliveries([path], DAY)
        proposal = propose(delivery, Wishes(kind="other"), ENTITIES)
    except OnboardingError as error:
        _names(path, error)
        return
    if file.records is not None:
        assert proposal.rows + proposal.rejected + proposal.skipped == file.records


def _resolve(path: Path, file: Written, folder: Path) -> None:
    rules = load_rules(folder / "rules.yaml")
    try:
        summary = resolve_file(path, rules, folder / "map.parquet")
    except (RecordsError, RulesError) as error:
        _names(path, error)
        return
    if file.records is not None:
        assert summary.records + summary.skipped == file.records


def _names(path: Path, error: ValueError) -> None:
    message = str(error)
    assert str(path) in message, message


def _check(seeds: range, folder: Path) -> None:
    (folder / "rules.yaml").write_text(RULES)
    for seed in seeds:
        file = _mutated(seed)
        path = folder / f"people_{seed}_{DAY}{file.ending}"
        path.write_bytes(file.content)
        try:
            _add(path, file)
            _resolve(path, file, folder)
        except Exception as error:
            error.add_note(f"seed {seed}: {', '.join(file.log)}; {path}")
            raise
        path.unlink()


def test_a_damaged_file_is_accounted_for_or_named(tmp_path: Path) -> None:
    _check(range(30), tmp_path)


@pytest.mark.slow
def test_two_thousand_damaged_files_are_accounted_for_or_named(tmp_path: Path) -> None:
    _check(range(30, 2030), tmp_path)


def test_the_command_ends_in_one_message_on_a_damaged_file(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(RULES)
    path = tmp_path / "people.csv"
    path.write_text('nr,mail,name\n1,a@example.com,x\n2,"open\n3,b@example.com\n')
    arguments = ["--rules", str(tmp_path / "rules.yaml"), "--output", str(tmp_path / "map.parquet")]
    result = CliRunner().invoke(main, ["resolve", str(path), *arguments])
    assert result.exit_code == 1
    assert f"{path}: 2 lines can't be read as utf-8: line 3: a quote is not closed" in result.output
    assert "line 4: 2 fields, and the header has 3" in result.output
    assert "Traceback" not in result.output
