"""Generated records of many shapes, to resolve in one process and on Spark."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from customer_platform.identity import ResolutionRules
from customer_platform_tests.identity.helpers import make_rules


@dataclass(frozen=True)
class Regime:
    """A way in which records share values.

    Attributes:
        name: What it is called.
        spread: How many different values a key has, per record: the more, the fewer are shared.
        chain: Records that are one chain, each of which shares a value with the next.
        star: Records that share one value.
        rules: The rules.
    """

    name: str
    spread: float
    chain: int = 0
    star: int = 0
    rules: ResolutionRules = field(default_factory=make_rules)


def capped(most: int, **options: Any) -> ResolutionRules:
    """Rules over email, phone, and name with birth, of which each has a cap."""
    return make_rules(
        *(
            {"name": name, "match": keys, "max_records_per_value": most}
            for name, keys in (
                ("email", ["email"]),
                ("phone", ["phone"]),
                ("name_birth", ["name", "birth"]),
            )
        ),
        **options,
    )


REGIMES = (
    Regime("people", 0.6, rules=capped(50)),
    Regime("few values, each of which too many share", 0.004, rules=capped(5)),
    Regime("limits", 0.3, rules=capped(20, limits={"birth": 2}, max_records_per_source={"s1": 3})),
    Regime("a value of many and a chain", 0.8, chain=1000, star=4000),
    Regime(
        "names of people",
        0.1,
        star=3000,
        rules=make_rules(
            {"name": "email", "match": ["email"], "max_people_per_value": 4},
            {
                "name": "phone",
                "match": ["phone"],
                "max_records_per_value": 40,
                "max_people_per_value": 2,
            },
            people=["name"],
            limits={"name": 2},
        ),
    ),
)


def write_records(regime: Regime, count: int, seed: int, path: Path, *, day: int = 0) -> None:
    """Writes records as Parquet: source, id, email, phone, name, birth.

    Each day some records are gone, some are new, and some have other values than the day before.
    """
    draw = np.random.default_rng(seed)
    values = max(2, int(count * regime.spread))

    def column(generator: np.random.Generator, letter: str, missing: float) -> list[str | None]:
        drawn = generator.integers(0, values, count)
        absent = generator.random(count) < missing
        return [
            None if no else f"{letter}{number}" for number, no in zip(drawn, absent, strict=True)
        ]

    rows: dict[str, list[str | None]] = {
        "source": [f"s{number}" for number in draw.integers(0, 3, count)],
        "id": [f"r{number}" for number in range(count)],
        "email": column(draw, "e", 0.3),
        "phone": column(draw, "p", 0.5),
        "name": [
            f"{first}{number % 97}"
            for number, first in zip(
                draw.integers(0, values, count), draw.choice(list("jklmnop"), count), strict=True
            )
        ],
        "birth": column(draw, "b", 0.2),
    }
    for number in range(regime.chain):
        # A record shares its email with the one before, and its phone with the one behind.
        rows["email"][number] = f"chain {number // 2}"
        rows["phone"][number] = f"chain {(number + 1) // 2}"
        rows["birth"][number] = None
    for number in range(regime.chain, regime.chain + regime.star):
        rows["email"][number] = "star"
    chosen = np.ones(count, dtype=np.bool_)
    for passed in range(1, day + 1):
        change = np.random.default_rng(seed + 1000 * passed)
        chosen &= change.random(count) > 0.05
        changed = np.flatnonzero(change.random(count) < 0.1)
        for key, letter in (("email", "e"), ("phone", "p")):
            fresh = change.integers(0, values, len(changed))
            for number, value in zip(changed.tolist(), fresh.tolist(), strict=True):
                rows[key][number] = f"{letter}{value}"
    # New ones come with each day.
    chosen &= np.arange(count) < count * (0.8 + 0.1 * day)
    _write(
        {
            key: [v for v, kept in zip(some, chosen, strict=True) if kept]
            for key, some in rows.items()
        },
        path,
    )


def write_overrides(count: int, records: Path, seed: int, path: Path) -> None:
    """Writes a CSV file of overrides of records, half of them `same`; some name none there is."""
    draw = np.random.default_rng(seed)
    with duckdb.connect() as connection:
        ids = connection.execute(
            f"select source, id from '{path.parent / 'records.parquet'}' order by all"
        ).fetchall()
    pairs = {tuple(sorted(draw.choice(len(ids), 2, replace=False).tolist())) for _ in range(count)}
    lines = ["kind,source,source_record_id,other_source,other_record_id"]
    for number, (one, other) in enumerate(sorted(pairs)):
        kind = "same" if number % 2 else "different"
        lines.append(",".join([kind, *ids[one], *ids[other]]))
    lines.append("same,s0,no such record,s1,nor this")
    path.write_text("\n".join(lines) + "\n")


def _write(rows: Mapping[str, Sequence[str | None]], path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table({name: pa.array(values, pa.string()) for name, values in rows.items()})
    # In small row groups, so that several tasks read the file.
    pq.write_table(table, path, row_group_size=10_000)
