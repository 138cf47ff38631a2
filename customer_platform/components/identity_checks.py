"""What a new customer ID map is held to, decided before it is kept."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import dagster as dg

from customer_platform.declarations import Bounds
from customer_platform.identity import UpdateSummary

ONE_CUSTOMER_PER_RECORD = "one_customer_per_record"

_RUN_CONFIG = "`ops: {{{step}: {{config: {{{option}: true}}}}}}`"
_KEEPS = (
    "Nothing was written: the map and the masters keep what they had. Either change the rules or "
    "the records, or keep this map all the same, by a run with the config "
)
_ACCEPTED = "The run config has accepted it; what stays beyond its bound needs another bound."


@dataclass(frozen=True)
class _Bound:
    """One bound: its check, what is counted, of how many, and what it means to exceed it.

    Attributes:
        check: Name of the check, which is that of the bound in YAML.
        holds: What the check says.
        found: What was counted, as a noun.
        of: What it is a share of; None for an absolute number.
        cause: What is wrong when it is exceeded.
    """

    check: str
    holds: str
    found: str
    of: str | None
    cause: str


LARGEST_CUSTOMER = _Bound(
    check="largest_customer",
    holds="No customer has more than {bound} records.",
    found="records of the largest customer",
    of=None,
    cause="a rule links different people, or a value such as a shop's own address does",
)
MERGED_SHARE = _Bound(
    check="merged_share",
    holds="One run merges at most {bound} of the customers into others.",
    found="customers merged into others",
    of="customers before",
    cause="a rule has become weaker, or a source delivers a value that many share",
)
CHANGED_SHARE = _Bound(
    check="changed_share",
    holds="One run gives at most {bound} of the records another customer ID.",
    found="records with another customer ID",
    of="records before",
    cause="the rules have changed, or a source has lost or changed its match keys",
)
REFUSED_SHARE = _Bound(
    check="refused_share",
    holds="Limits and overrides refuse at most {bound} as many links as there are records.",
    found="links refused by limits and overrides",
    of="records",
    cause="a rule keeps linking records that a limit or an override holds apart",
)
OVER_SHARED_SHARE = _Bound(
    check="over_shared_share",
    holds="At most {bound} of the records have a value that too many share to link.",
    found="records with a value that too many share",
    of="records",
    cause="a placeholder or a shop's own address has appeared; list it under ignored values",
)
BOUNDS = (LARGEST_CUSTOMER, MERGED_SHARE, CHANGED_SHARE, REFUSED_SHARE, OVER_SHARED_SHARE)


def map_check_specs(key: dg.AssetKey, bounds: Bounds) -> list[dg.AssetCheckSpec]:
    """The blocking checks on a map, described with their bounds."""
    specs = [
        dg.AssetCheckSpec(
            ONE_CUSTOMER_PER_RECORD,
            asset=key,
            blocking=True,
            description="Every record of the source lookup has exactly one customer ID.",
        )
    ]
    for bound in BOUNDS:
        limit = getattr(bounds, bound.check)
        holds = bound.holds.format(bound=_shown(limit, bound.of))
        specs.append(
            dg.AssetCheckSpec(
                bound.check,
                asset=key,
                blocking=True,
                description=f"{holds} Else {bound.cause}. Decided before the map is kept.",
            )
        )
    return specs


def map_checks(
    key: dg.AssetKey,
    summary: UpdateSummary,
    wrong_records: int,
    bounds: Bounds,
    *,
    accepted: bool = False,
) -> Iterator[dg.AssetCheckResult]:
    """The checks on a map that is about to be kept.

    Args:
        key: The asset of the map.
        summary: What the update found.
        wrong_records: Records of the lookup that don't have exactly one customer ID, and records
            of the map that the lookup doesn't have.
        bounds: What the map may look like.
        accepted: Whether a map beyond its bounds is to be kept: its checks then only warn.
    """
    yield dg.AssetCheckResult(
        check_name=ONE_CUSTOMER_PER_RECORD,
        passed=wrong_records == 0,
        description=None
        if wrong_records == 0
        else f"{wrong_records:,} records don't have exactly one customer ID. Nothing was written: "
        f"resolve everything again, by a run with the config {_run_config(key, 'full')}.",
        metadata={"records": summary.records, "wrong_records": wrong_records},
    )
    counts = {
        LARGEST_CUSTOMER: (summary.largest_customer, None),
        MERGED_SHARE: (summary.merged_customers, summary.previous_customers),
        CHANGED_SHARE: (summary.moved_records, summary.previous_records),
        REFUSED_SHARE: (summary.refused_links, summary.records),
        OVER_SHARED_SHARE: (summary.over_shared_records, summary.records),
    }
    for bound, (found, of) in counts.items():
        yield _bound_result(key, bound, found, of, bounds, accepted)


def refusals(results: Sequence[dg.AssetCheckResult]) -> list[str]:
    """Why a map is not to be kept, a line per failed check, and what to do; empty when it is."""
    failing = {
        result.check_name: result.description or ""
        for result in results
        if not result.passed and result.severity == dg.AssetCheckSeverity.ERROR
    }
    lines, keeps = [], ""
    for name, said in failing.items():
        found, what, config = said.partition(_KEEPS)
        lines.append(f"{name}: {found.strip()}")
        keeps = keeps or what + config
    return [*lines, keeps] if keeps else lines


def with_evidence(
    results: Sequence[dg.AssetCheckResult], evidence: Mapping[str, dg.MetadataValue]
) -> list[dg.AssetCheckResult]:
    """The same results, those that have failed with further metadata."""
    return [
        result if result.passed else result._replace(metadata={**result.metadata, **evidence})
        for result in results
    ]


def _bound_result(
    key: dg.AssetKey, bound: _Bound, found: int, of: int | None, bounds: Bounds, accepted: bool
) -> dg.AssetCheckResult:
    limit = getattr(bounds, bound.check)
    if of is None:
        passed, counted = found <= limit, f"{found:,} {bound.found}"
        metadata: dict[str, int | float] = {"found": found, "bound": limit}
    else:
        # Without customers before, as at the first run, there is nothing to compare with.
        share = found / of if of else 0.0
        passed = share <= limit or found <= bounds.tolerated
        counted = f"{found:,} {bound.found}, {share:.1%} of {of:,} {bound.of}"
        metadata = {"found": found, "share": share, "bound": limit}
    failing = f"{counted}, where {_shown(limit, bound.of)} is the most: {bound.cause}."
    what_now = _ACCEPTED if accepted else f"{_KEEPS}{_run_config(key, 'accept')}."
    return dg.AssetCheckResult(
        check_name=bound.check,
        passed=passed,
        severity=dg.AssetCheckSeverity.WARN if accepted else dg.AssetCheckSeverity.ERROR,
        description=f"{counted}." if passed else f"{failing} {what_now}",
        metadata=metadata,
    )


def _run_config(key: dg.AssetKey, option: str) -> str:
    return _RUN_CONFIG.format(step=key.to_python_identifier(), option=option)


def _shown(limit: float, of: str | None) -> str:
    return f"{limit:,}" if of is None else f"{limit:.1%}"
