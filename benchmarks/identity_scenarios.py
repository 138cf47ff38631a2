"""The scenarios of the identity benchmark: which runs are compared with which."""

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
from identity_data.cache import chain_file, people_files, star_file
from identity_engines.runs import ENGINES, Run, run_engine
from identity_report import Comparison

from customer_platform.identity import ResolutionRules
from customer_platform.warehouse import sql

OURS, FLOOR, SPLINK, KEPT = "ours", "floor", "splink", "kept"
LIMITS = {"loyalty_id": 1}

_MAX_OVERRIDES_PER_KIND = 150
_CHAIN_RECORDS, _STAR_RECORDS = 100_000, 1_000_000
# New records as shares of those that are resolved already.
_NEW_SHARES = (0.001, 0.01, 0.1)


class DifferentPartitionsError(RuntimeError):
    """Two runs have not put the same records together."""


@dataclass(frozen=True)
class Bench:
    """What all scenarios need.

    Attributes:
        rules: The rules to resolve by.
        runs: How often everything is run; one run of each, then the next of each.
        cache: Folder of the files of records.
        folder: An empty folder for what the runs write.
    """

    rules: ResolutionRules
    runs: int
    cache: Path
    folder: Path

    def compare(
        self,
        title: str,
        sides: Mapping[str, Callable[[Path], Run]],
        targets: Mapping[str, float],
    ) -> Comparison:
        """Runs all sides in turn; the first is what the others are compared with.

        Args:
            title: What is compared.
            sides: By name, what runs it and writes to the given file.
            targets: By name, the most that its ratio to the first side may be.
        """
        found: dict[str, list[Run]] = {name: [] for name in sides}
        for _ in range(self.runs):
            for name, run in sides.items():
                found[name].append(self._run(run))
        return Comparison(title, found, targets)

    def _run(self, run: Callable[[Path], Run]) -> Run:
        output = self.folder / "output.duckdb"
        try:
            return run(output)
        finally:
            output.unlink(missing_ok=True)


def full(bench: Bench, records: int, engines: Sequence[str]) -> Iterator[Comparison]:
    """All engines on the same records."""
    files = people_files(bench.cache, [records])
    names = [name for name in ENGINES if name in engines]
    sides = {name: _resolving(name, files, bench.rules) for name in names}
    targets = {OURS: 1.6} if names[0] == FLOOR else {}
    comparison = bench.compare(f"{records:,} records", sides, targets)
    require_equal(comparison)
    if OURS in sides and SPLINK in sides:
        comparison.facts["seconds_of_splink_to_ours"] = comparison.ratio(SPLINK, OURS)
        comparison.facts["target_of_splink_to_ours"] = 2.5
    yield comparison


def constrained(bench: Bench, records: int) -> Iterator[Comparison]:
    """Ours with limits and overrides, beside the same without."""
    files = people_files(bench.cache, [records])
    limited = ResolutionRules.model_validate(bench.rules.model_dump() | {"limits": LIMITS})
    overrides = bench.folder / "overrides.csv"

    def without(output: Path) -> Run:
        run = run_engine(OURS, files, bench.rules, output)
        if not overrides.exists():
            write_overrides(output, overrides, _overrides_per_kind(records))
        return run

    def with_constraints(output: Path) -> Run:
        return run_engine(OURS, files, limited, output, overrides=overrides)

    comparison = bench.compare(
        f"{records:,} records with limits and overrides",
        {"unconstrained": without, "constrained": with_constraints},
        {"constrained": 1.5},
    )
    overrides.unlink()
    comparison.facts.update(comparison.sides["constrained"][0].facts)
    yield comparison


def incremental(bench: Bench, records: int) -> Iterator[Comparison]:
    """New records on top of a map that is kept, beside all records from nothing.

    `new only` is given the new records, `all given` has to find out which are new.
    """
    counts = [max(1, round(records * share)) for share in _NEW_SHARES]
    base, *batches = people_files(bench.cache, [records, *counts])
    resolved = bench.folder / "base.duckdb"
    run_engine(KEPT, [base], bench.rules, resolved)

    def on_top_of_base(batch: Path, *, complete: bool) -> Callable[[Path], Run]:
        def run(output: Path) -> Run:
            shutil.copyfile(resolved, output)
            return run_engine(KEPT, [base], bench.rules, output, new=[batch], complete=complete)

        return run

    for count, batch in zip(counts, batches, strict=True):
        comparison = bench.compare(
            f"{count:,} new records on {records:,}",
            {
                "full": _resolving(KEPT, [base, batch], bench.rules),
                "new only": on_top_of_base(batch, complete=False),
                "all given": on_top_of_base(batch, complete=True),
            },
            {"new only": 0.15} if count * 100 <= records else {},
        )
        require_equal(comparison)
        comparison.facts.update(comparison.sides["new only"][0].facts)
        yield comparison
    resolved.unlink()


def shapes(bench: Bench, records: int) -> Iterator[Comparison]:
    """Ours on a chain and a star, beside people's records of the same number."""
    chain, star = min(records, _CHAIN_RECORDS), min(records, _STAR_RECORDS)
    shaped_rules = rules_for_shapes(bench.rules)
    for title, count, files in (
        (
            "chain",
            chain,
            {
                "in order": chain_file(bench.cache, chain, shuffled=False),
                "shuffled": chain_file(bench.cache, chain, shuffled=True),
            },
        ),
        ("star", star, {"star": star_file(bench.cache, star)}),
    ):
        sides = {"people": _resolving(OURS, people_files(bench.cache, [count]), bench.rules)}
        sides |= {name: _resolving(OURS, [file], shaped_rules) for name, file in files.items()}
        comparison = bench.compare(
            f"{title} of {count:,} records", sides, dict.fromkeys(files, 1.0)
        )
        for name in files:
            _require_one_customer(comparison, name)
        yield comparison


def write_overrides(result: Path, overrides: Path, count: int) -> None:
    """Writes overrides: `different` for records that are linked, `same` for any two.

    Args:
        result: A DuckDB file with a customer ID map.
        overrides: The CSV file to write.
        count: How many of each kind.
    """
    with duckdb.connect(str(result), read_only=True) as connection:
        connection.execute(
            f"copy (with picked as (select *, row_number() over (order by "
            f"hash(source, record_id)) as place from identity.customer_id_map "
            f"where linked_by_rule is not null order by place limit {3 * count}) "
            f"select 'different' as kind, source, record_id as source_record_id, "
            f"linked_to_source as other_source, linked_to_record as other_record_id, "
            f"'benchmark' as author, date '2026-01-31' as date, 'measured' as reason "
            f"from picked where place <= {count} "
            f"union all select 'same', one.source, one.record_id, "
            f"other.source, other.record_id, 'benchmark', date '2026-01-31', 'measured' "
            f"from picked as one join picked as other on other.place = one.place + {count} "
            f"where one.place > {count}) to {sql.literal(str(overrides))} (format csv, header)"
        )


def rules_for_shapes(rules: ResolutionRules) -> ResolutionRules:
    """As many rules on the same keys: a phone number links by itself, and there are no caps."""
    shaped = rules.model_dump()
    for rule in shaped["match_rules"]:
        rule["max_records_per_value"] = None
        if "phone" in rule["match"]:
            rule["match"] = ["phone"]
    return ResolutionRules.model_validate(shaped)


def require_equal(comparison: Comparison) -> None:
    """Checks that all runs of all sides that cluster have found the same.

    Raises:
        DifferentPartitionsError: They haven't; the message names the sides.
    """
    found = {
        run.partition: name
        for name, runs in comparison.sides.items()
        for run in runs
        if run.partition is not None
    }
    if len(found) > 1:
        described = "; ".join(f"{name}: {partition}" for partition, name in found.items())
        raise DifferentPartitionsError(f"{comparison.title}: {described}")


def _overrides_per_kind(records: int) -> int:
    """A few hundred on many records; of fewer, no larger a share of the customers."""
    return max(5, min(_MAX_OVERRIDES_PER_KIND, records // 10_000))


def _resolving(name: str, files: list[Path], rules: ResolutionRules) -> Callable[[Path], Run]:
    return lambda output: run_engine(name, files, rules, output)


def _require_one_customer(comparison: Comparison, side: str) -> None:
    for run in comparison.sides[side]:
        if run.partition is None or run.partition.customers != 1:
            raise DifferentPartitionsError(
                f"{comparison.title}: {side} is one customer, and {run.partition} was found"
            )
