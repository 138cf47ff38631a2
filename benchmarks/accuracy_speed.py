"""How fast a similar rule is beside Splink alone with the same model, in one run.

    python benchmarks/accuracy_speed.py 1000000

Ours reads the records, trains, compares, and keeps pairs and map; then it does so again for 1 %
more records. Splink alone trains and predicts in memory, by the same settings, on values that are
normalised already. Both are processes of their own.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
from identity_data.cache import DEFAULT_CACHE, people_files
from measure import measure

from customer_platform.identity import (
    Delta,
    MatchRule,
    OutputTables,
    ResolutionRules,
    key_sql,
    load_rules,
    update_map,
)
from customer_platform.identity.keeping.similar_update import update_similar_pairs
from customer_platform.identity.similar.comparisons import compared_attributes
from customer_platform.identity.similar.engine import UNIQUE_ID
from customer_platform.identity.similar.matching import compared_records, copy_records
from customer_platform.identity.similar.model import model_version
from customer_platform.identity.similar.training import train
from customer_platform.identity.similar_rule import Similar
from customer_platform.identity.store import IdentityStore

FOLDER = Path(__file__).parent
_COMPARED = ["first_name", "last_name", "birth_date", "postcode", "street", "email", "phone"]
_NEW_SHARE = 100


def rules() -> ResolutionRules:
    """A similar rule alone, on the people of the identity benchmark."""
    exact = load_rules(FOLDER / "identity_data" / "rules.yaml")
    return ResolutionRules(
        record_id=exact.record_id,
        source=exact.source,
        match_keys={name: exact.match_keys[name] for name in _COMPARED},
        match_rules=[MatchRule(name="similar", similar=Similar(compare=_COMPARED))],
    )


def ours(files: list[Path]) -> dict[str, float]:
    """Pairs and map of the first file's records, then of the second's on top."""
    seconds = {}
    with closing(duckdb.connect(str(DEFAULT_CACHE / "accuracy_speed.duckdb"))) as connection:
        connection.execute("drop schema if exists identity cascade")
        now = datetime.now(UTC)
        for name, count in (("full", 1), ("new", 2)):
            listed = ", ".join(f"'{path}'" for path in files[:count])
            records = f"select * from read_parquet([{listed}])"
            moment = now + timedelta(seconds=count)
            started = time.perf_counter()
            compared = update_similar_pairs(
                IdentityStore(connection, records, rules(), OutputTables("identity")), moment
            )[0]
            seconds[f"{name}_pairs"] = time.perf_counter() - started
            started = time.perf_counter()
            update_map(connection, Delta(records), rules(), OutputTables("identity"), moment)
            seconds[f"{name}_map"] = time.perf_counter() - started
            seconds[f"{name}_kept_pairs"] = compared.pairs
    return seconds


def splink_alone(files: list[Path]) -> dict[str, float]:
    """Training and predicting the first file's records by Splink, by the settings of ours."""
    chosen = rules()
    rule = chosen.match_rules[0]
    assert rule.similar is not None
    with closing(duckdb.connect()) as connection:
        started = time.perf_counter()
        records = f"select * from read_parquet('{files[0]}')"
        key_sql.create_functions(connection, chosen)
        copy_records(connection, compared_records(records, chosen, rule), connection, "people")
        normalised = time.perf_counter() - started
        started = time.perf_counter()
        model = train(
            connection,
            "people",
            compared_attributes(rule.similar, chosen.match_keys),
            None,
            rule=rule.name,
            version=model_version(rule, chosen.match_keys),
            trained_at=datetime.now(UTC),
        )
        trained = time.perf_counter() - started
        started = time.perf_counter()
        predicted = _predict(connection, dict(model.settings), rule.similar.review)
        return {
            "normalise": normalised,
            "train": trained,
            "predict": time.perf_counter() - started,
            "pairs": predicted,
        }


def _predict(connection: duckdb.DuckDBPyConnection, settings: dict[str, Any], least: float) -> int:
    import logging

    from splink import DuckDBAPI, Linker

    logging.getLogger("splink").setLevel(logging.ERROR)
    api = DuckDBAPI(connection)
    made = Linker(api.register("people", dataset_display_name="people"), settings, log_level=None)
    scored = made.inference.predict(threshold_match_probability=least, warning_mode="never")
    rows = connection.execute(f"select count({UNIQUE_ID}_l) from {scored.physical_name}")
    return int(rows.fetchall()[0][0])


def measure_speed(records: int) -> dict[str, Any]:
    """Ours and Splink alone on so many records, and ours on 1 % more."""
    people_files(DEFAULT_CACHE, [records, max(1, records // _NEW_SHARE)])
    found: dict[str, Any] = {"records": records}
    for engine in ("splink", "ours"):
        script = str(FOLDER / "accuracy_speed.py")
        measured = measure(
            [sys.executable, script, str(records), "--engine", engine], FOLDER.parent
        )
        found[engine] = json.loads(measured.output.splitlines()[-1])
        found[f"{engine}_peak_gigabytes"] = measured.peak_bytes / 1e9
    ours_seconds, splink = found["ours"], found["splink"]
    full = ours_seconds["full_pairs"] + ours_seconds["full_map"]
    alone = splink["train"] + splink["predict"]
    found["ours_to_splink"] = full / alone
    found["new_to_full"] = (ours_seconds["new_pairs"] + ours_seconds["new_map"]) / full
    return found


def speed_lines(found: dict[str, Any]) -> Iterator[str]:
    """The speeds as lines of a table."""
    ours_seconds, splink = found["ours"], found["splink"]
    yield f"\n{found['records']:,} records, seconds"
    yield (
        f"  Splink alone: train {splink['train']:.1f}, predict {splink['predict']:.1f} "
        f"({splink['pairs']:,.0f} pairs kept); before it, normalising {splink['normalise']:.1f}; "
        f"peak {found['splink_peak_gigabytes']:.1f} GB"
    )
    yield (
        f"  ours: pairs {ours_seconds['full_pairs']:.1f}, map {ours_seconds['full_map']:.1f}; "
        f"peak {found['ours_peak_gigabytes']:.1f} GB; "
        f"{found['ours_to_splink']:.2f} x Splink alone"
    )
    yield (
        f"  ours, 1 % new: pairs {ours_seconds['new_pairs']:.1f}, map "
        f"{ours_seconds['new_map']:.1f}; {found['new_to_full']:.3f} of the full time"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("records", type=int)
    parser.add_argument("--engine", choices=("ours", "splink"))
    arguments = parser.parse_args()
    if not arguments.engine:
        print(*speed_lines(measure_speed(arguments.records)), sep="\n")
        return
    files = people_files(
        DEFAULT_CACHE, [arguments.records, max(1, arguments.records // _NEW_SHARE)]
    )
    print(json.dumps((ours if arguments.engine == "ours" else splink_alone)(files)))


if __name__ == "__main__":
    main()
