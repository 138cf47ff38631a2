"""Builds the demo of this process' business model, takes it through its life, and tells of it.

The deployment's home then holds the warehouse of the first run (`built.duckdb`) and of later ones,
and `told.json`: the assets that Dagster loads with their checks, what the first run made and what
its checks said, what the life of the business model adds, and how the unit tests of its dbt models
ended.
"""

import json
import os
import shutil
from typing import Any

import dagster as dg

from customer_platform.demo import generator
from customer_platform.environment import Environment, load_environment
from customer_platform_tests.support import b2b_life, marketplace_life
from customer_platform_tests.support.demos import DEMOS, TOLD, prepared_deployment
from customer_platform_tests.support.homes import run_job
from customer_platform_tests.support.leaks import write_events
from customer_platform_tests.support.unit_tests import unit_test_results

LIVES = {"b2b": b2b_life.live, "marketplace": marketplace_life.live}


def _loaded() -> dict[str, dict[str, Any]]:
    """The assets that Dagster loads, by key, and the checks of each with their severity."""
    from customer_platform.definitions import defs

    graph = defs.resolve_asset_graph()
    checks: dict[str, dict[str, str]] = {}
    for key in sorted(graph.asset_check_keys, key=lambda key: key.to_user_string()):
        blocking = "blocking" if graph.get_check_spec(key).blocking else "not blocking"
        checks.setdefault(key.asset_key.to_user_string(), {})[key.name] = blocking
    return {
        (name := spec.key.to_user_string()): {
            "group": spec.group_name,
            "parents": sorted(dep.asset_key.to_user_string() for dep in spec.deps),
            "owners": list(spec.owners),
            "description": spec.description,
            "kinds": sorted(spec.kinds),
            "by_day": spec.partitions_def is not None,
            "checks": checks.get(name, {}),
        }
        for spec in defs.resolve_all_asset_specs()
    }


def _seen(run: dg.ExecuteInProcessResult) -> dict[str, Any]:
    """What a run made, and how each of its checks ended."""
    return {
        "succeeded": run.success,
        "made": sorted(
            event.asset_key.to_user_string()
            for event in run.get_asset_materialization_events()
            if event.asset_key
        ),
        "checks": {
            f"{each.asset_key.to_user_string()}:{each.check_name}": (
                "passed" if each.passed else each.severity.value
            )
            for each in run.get_asset_check_evaluations()
        },
    }


def _instance(environment: Environment) -> dg.DagsterInstance:
    """Where events go: to files where a copy of the demo is served, which take longer to write."""
    if environment.business_model == "retail":
        return dg.DagsterInstance.get()
    return dg.DagsterInstance.ephemeral()


def main() -> None:
    """Builds, lives and tells."""
    environment = load_environment()
    demo = DEMOS[environment.business_model]
    if environment.business_model == "marketplace":
        marketplace_life.order_often()
    # As the command does.
    os.umask(environment.umask)
    generator(environment.business_model)(
        environment.home,
        customers=demo.customers,
        days=len(demo.days),
        seed=demo.seed,
        end=demo.last_day,
    )
    prepared_deployment(environment, environment.home.parent)
    with _instance(environment) as instance:
        first = run_job(instance, "main", demo.days[0], demo.days[-1])
        shutil.copyfile(environment.warehouse, environment.home / "built.duckdb")
        told = {"assets": _loaded(), "first": _seen(first)}
        if live := LIVES.get(environment.business_model):
            told |= live(environment, instance)
        write_events(instance, environment.home)
    told["unit_tests"] = unit_test_results(environment)
    # Written last: a demo that tells nothing was not built.
    (environment.home / TOLD).write_text(json.dumps(told, indent=1, default=str))


if __name__ == "__main__":
    main()
