"""Erases somebody from this process' deployment by a run, rebuilds it, and tells of both.

The arguments are the first day, the last day, and a query of the ID of whoever is erased.
"""

import json
import sys
from contextlib import redirect_stdout

import dagster as dg

from customer_platform.environment import load_environment
from customer_platform.privacy.people import Wanted
from customer_platform.privacy.requests import read_requests
from customer_platform_tests.support.b2b_life import contents
from customer_platform_tests.support.erased_demo import ErasedDemo
from customer_platform_tests.support.homes import run_job


def main(first: str, last: str, query: str) -> None:
    """Prints, as JSON, what became of it."""
    from customer_platform.definitions import defs

    environment = load_environment()
    demo = ErasedDemo(environment)
    keys = defs.resolve_asset_graph().get_all_asset_keys()
    built = [
        key for key in keys
        if key.path[0] in ("master", "published")
        or key.path[-1].endswith(("_id_map", "party_source_lookup"))
    ]  # fmt: skip
    before = demo.totals()
    [(number,)] = demo.rows(query)
    demo.ask(Wanted(customers=[number]))
    with dg.DagsterInstance.ephemeral() as instance, redirect_stdout(sys.stderr):
        erasing = run_job(instance, "refresh", last, last)
        restated, totals = contents(environment), demo.totals()
        rebuilding = run_job(instance, "main", first, last, built)
        rebuilt = contents(environment)
    [request] = read_requests(environment).values()
    failed = {
        each.check_name
        for run in (erasing, rebuilding)
        for each in run.get_asset_check_evaluations()
        if not each.passed and each.severity == dg.AssetCheckSeverity.ERROR
    }
    told = {
        "succeeded": [erasing.success, rebuilding.success],
        "failed": sorted(failed),
        "state": request.state,
        "totals_stay": totals == before == demo.totals(),
        "other_than_rebuilt": [name for name in rebuilt if restated[name] != rebuilt[name]],
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])
