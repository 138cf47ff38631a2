"""A few hundred people, half of whom come twice, misspelt: enough to train a model on."""

import random
from collections.abc import Sequence
from typing import Any

import duckdb
import pyarrow as pa

from customer_platform.identity import OutputTables, ResolutionRules
from customer_platform.warehouse import sql

TABLES = OutputTables("identity")
# id, first, last, birth, postcode, and who it is in truth.
Person = tuple[str, str | None, str | None, str | None, str | None, str]
COLUMNS = ("id", "first", "last", "birth", "postcode", "truth")

_FIRST = [
    f"{start}{end}"
    for start in ("jan", "piet", "kees", "anna", "maria", "sofie", "lars", "tim")
    for end in ("", "a", "ke", "ette", "us")
]
_LAST = [
    f"{start}{end}"
    for start in ("jans", "bakk", "vries", "meij", "dijk", "berg", "brouw", "vliet")
    for end in ("en", "er", "ra", "man", "sma")
]


def made_people(count: int = 200, seed: int = 1) -> list[Person]:
    """People r0, r1, ..., one in five a Smith, and for every second or so a misspelt d0, d1, ...

    Two records are those of two people named Zylstra.
    """
    chance = random.Random(seed)
    people: list[Person] = []
    for number in range(count):
        last = "smith" if chance.random() < 0.2 else chance.choice(_LAST)
        values = [
            chance.choice(_FIRST),
            last,
            f"{chance.randint(1940, 2000)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}",
            f"{chance.randint(1000, 9999)}AB",
        ]
        people.append((f"r{number}", *values, str(number)))  # type: ignore[arg-type]
        if chance.random() < 0.5:
            for position in (0, 1):
                word = values[position]
                if chance.random() < 0.3:
                    at = chance.randrange(1, len(word))
                    values[position] = word[:at] + chance.choice("abcdefgh") + word[at + 1 :]
            # Some have moved, and of some of these the date is wrong as well.
            if chance.random() < 0.3:
                values[3] = f"{chance.randint(1000, 9999)}AB"
                if chance.random() < 0.5:
                    values[2] = f"{chance.randint(1940, 2000)}{values[2][4:]}"
            people.append((f"d{number}", *values, str(number)))  # type: ignore[arg-type]
    zylstras: list[Person] = [
        ("z1", "jan", "zylstra", "1950-01-01", "1234AB", "z1"),
        ("z2", "anna", "zylstra", "1990-06-02", "4321AB", "z2"),
    ]
    return people + zylstras


def people_rules(name: str = "alike", **similar: Any) -> ResolutionRules:
    """Rules that compare first and last name, birth date and postcode."""
    return ResolutionRules.model_validate(
        {
            "record_id": "id",
            "match_keys": {
                "first": {"column": "first", "normalise": "name"},
                "last": {"column": "last", "normalise": "name"},
                "birth": {"column": "birth", "normalise": "date"},
                "postcode": {"column": "postcode", "normalise": "postcode"},
            },
            "match_rules": [
                {
                    "name": name,
                    "similar": {"compare": ["first", "last", "birth", "postcode"], **similar},
                }
            ],
        }
    )


def as_table(people: Sequence[Person]) -> pa.Table:
    """The people as a table."""
    columns = zip(*people, strict=True) if people else [()] * len(COLUMNS)
    return pa.table(
        {name: pa.array(values, pa.string()) for name, values in zip(COLUMNS, columns, strict=True)}
    )


def load_people(connection: duckdb.DuckDBPyConnection, people: Sequence[Person]) -> str:
    """Makes the table `people` of them."""
    connection.register("given_people", as_table(people))
    connection.execute("create or replace table people as from given_people")
    connection.unregister("given_people")
    return "people"


def kept_pairs(
    connection: duckdb.DuckDBPyConnection, rule: str = "alike"
) -> dict[frozenset[str], float]:
    """The match weight of every kept pair, by the two records' ids."""
    rows = connection.execute(
        f"select source_record_id, other_record_id, match_weight "
        f"from {TABLES.qualified(TABLES.similar_pairs)} where rule = {sql.literal(rule)}"
    ).fetchall()
    pairs = {frozenset(row[:2]): row[2] for row in rows}
    assert len(pairs) == len(rows), "a pair is kept twice"
    return pairs
