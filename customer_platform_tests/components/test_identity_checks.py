from dataclasses import replace

import dagster as dg
import pytest

from customer_platform.components.identity_checks import (
    Bounds,
    map_check_specs,
    map_checks,
    refusals,
    with_evidence,
)
from customer_platform.identity import UpdateSummary
from customer_platform_tests.support.components import outcome

BOUNDS = Bounds(
    largest_customer=3,
    merged_share=0.1,
    changed_share=0.05,
    refused_share=0.2,
    over_shared_share=0.1,
    tolerated=0,
)
KEY = dg.AssetKey(["identity", "buyer_id_map"])
ALL = {"one_customer_per_record", *(set(Bounds.model_fields) - {"tolerated"})}

# Every count is exactly at its bound.
SUMMARY = UpdateSummary(
    mode="incremental",
    records=100,
    customers=60,
    largest_customer=3,
    new_records=20,
    changed_records=0,
    deleted_records=0,
    touched_records=30,
    moved_records=4,
    new_customers=0,
    retired_customers=7,
    merged_customers=7,
    refused_links=20,
    over_shared_records=10,
    previous_records=80,
    previous_customers=70,
    previous_refused_links=0,
    violations=(),
    seconds={},
)
BEYOND = {
    "largest_customer": replace(SUMMARY, largest_customer=4),
    "merged_share": replace(SUMMARY, merged_customers=8),
    "changed_share": replace(SUMMARY, moved_records=5),
    "refused_share": replace(SUMMARY, refused_links=21),
    "over_shared_share": replace(SUMMARY, over_shared_records=11),
}


def _results(
    summary: UpdateSummary,
    wrong_records: int = 0,
    bounds: Bounds = BOUNDS,
    *,
    accepted: bool = False,
) -> list[dg.AssetCheckResult]:
    return list(map_checks(KEY, summary, wrong_records, bounds, accepted=accepted))


def _outcomes(results: list[dg.AssetCheckResult]) -> dict[str, str]:
    return {str(result.check_name): outcome(result) for result in results}


def test_a_map_at_its_bounds_passes_every_check() -> None:
    results = _results(SUMMARY)
    assert _outcomes(results) == dict.fromkeys(ALL, "passed")
    assert refusals(results) == []


@pytest.mark.parametrize("check", BEYOND)
def test_a_map_beyond_one_bound_fails_that_check_alone_and_is_refused(check: str) -> None:
    results = _results(BEYOND[check])
    assert _outcomes(results) == dict.fromkeys(ALL, "passed") | {check: "ERROR"}
    refusal, advice = refusals(results)
    assert refusal.startswith(f"{check}: ")
    assert "Nothing was written" in advice
    assert advice.endswith("`ops: {identity__buyer_id_map: {config: {accept: true}}}`.")
    assert "Nothing was written" not in refusal


@pytest.mark.parametrize("check", BEYOND)
def test_an_accepted_map_beyond_a_bound_warns_and_is_kept(check: str) -> None:
    results = _results(BEYOND[check], accepted=True)
    assert _outcomes(results) == dict.fromkeys(ALL, "passed") | {check: "WARN"}
    assert refusals(results) == []


def test_records_without_one_customer_are_refused_also_when_the_run_accepts() -> None:
    results = _results(SUMMARY, wrong_records=1, accepted=True)
    assert _outcomes(results) == dict.fromkeys(ALL, "passed") | {"one_customer_per_record": "ERROR"}
    [refusal] = refusals(results)
    assert refusal.startswith("one_customer_per_record: 1 records don't have")
    assert refusal.endswith("`ops: {identity__buyer_id_map: {config: {full: true}}}`.")


def test_a_first_map_is_held_to_the_absolute_bounds_alone() -> None:
    first = replace(SUMMARY, previous_records=0, previous_customers=0, merged_customers=0)
    assert _outcomes(_results(replace(first, moved_records=0))) == dict.fromkeys(ALL, "passed")
    assert _outcomes(_results(replace(first, moved_records=0, largest_customer=4))) == (
        dict.fromkeys(ALL, "passed") | {"largest_customer": "ERROR"}
    )


def test_an_empty_map_passes_every_check() -> None:
    counts = {name: 0 for name, count in vars(SUMMARY).items() if isinstance(count, int)}
    empty = UpdateSummary(mode="full", violations=(), seconds={}, **counts)
    assert _outcomes(_results(empty)) == dict.fromkeys(ALL, "passed")


@pytest.mark.parametrize("check", sorted(set(BEYOND) - {"largest_customer"}))
def test_a_handful_is_tolerated_whatever_its_share(check: str) -> None:
    results = _results(BEYOND[check], bounds=BOUNDS.model_copy(update={"tolerated": 21}))
    assert _outcomes(results) == dict.fromkeys(ALL, "passed")


def test_a_failing_check_says_what_was_found_and_what_to_do() -> None:
    results = {result.check_name: result for result in _results(BEYOND["merged_share"])}
    failing = results["merged_share"]
    assert failing.description is not None
    assert "8 customers merged into others, 11.4% of 70 customers before" in failing.description
    assert "where 10.0% is the most" in failing.description
    assert "Nothing was written" in failing.description
    assert "ops: {identity__buyer_id_map: {config: {accept: true}}}" in failing.description
    found = failing.metadata["found"].value, failing.metadata["bound"].value
    assert found == (8, 0.1)


def test_evidence_is_added_to_what_has_failed_alone() -> None:
    results = with_evidence(_results(BEYOND["refused_share"]), {"seen": dg.MetadataValue.int(1)})
    assert {str(r.check_name) for r in results if "seen" in r.metadata} == {"refused_share"}


def test_every_check_is_blocking_and_described_with_its_bound() -> None:
    specs = map_check_specs(dg.AssetKey("map"), BOUNDS)
    assert {spec.name for spec in specs} == ALL
    assert all(spec.blocking for spec in specs)
    described = {spec.name: spec.description or "" for spec in specs}
    assert "more than 3 records" in described["largest_customer"]
    assert "refuse at most 20.0% as many links" in described["refused_share"]
