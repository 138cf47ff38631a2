"""Takes a small marketplace through its life, in a process of its own: imports read definitions.

Leaves copies of the warehouse in its home: `built.duckdb` (the first run), `changed.duckdb` (two
buyers became one, one seller became two, and one day was run again), `rebuilt.duckdb` (all days
once more).
"""

import json
import shutil
from datetime import date, timedelta

import dagster as dg
import duckdb

from customer_platform.demo.marketplace import generate, rates
from customer_platform.deployment import prepare
from customer_platform.environment import Environment, load_environment
from customer_platform_tests.support.homes import run_job
from customer_platform_tests.support.leaks import write_events
from customer_platform_tests.support.unit_tests import unit_test_results

DAYS = [(date(2024, 2, 28) + timedelta(days=number)).isoformat() for number in range(3)]

# Two buyers who ordered on the first day, of whom no two dates of birth keep them apart.
_MERGE = """
insert into identity.buyer_link_overrides
select 'same', 'app', min(source_record_id), 'app', max(source_record_id), 'test', current_date, '1'
from (
    select source_record_id from identity.buyer_source_lookup
    inner join master.transactions
        on source_record_id = buyer_record_id and buyer_source = 'app'
    where buyer_source_lookup.source = 'app' and birth_date is null and partition_date = $day
    group by all order by count(*) desc, source_record_id limit 2
)
"""
# A seller that has sold under two numbers, one of them on the first day.
_SPLIT = """
insert into identity.seller_link_overrides
select
    'different', 'seller_portal', min(seller_record_id), 'seller_portal', max(seller_record_id),
    'test', current_date, '2'
from master.transactions group by seller_id
having count(distinct seller_record_id) = 2 and min(partition_date) = $day
order by seller_id limit 1
"""


def _keep(environment: Environment, name: str) -> None:
    shutil.copyfile(environment.warehouse, environment.home / f"{name}.duckdb")


def main() -> None:
    """Prints as JSON: the assets, the checks of the first run that failed, and the unit tests."""
    environment = load_environment()
    # In three days few orders are placed, and of the rare kinds none.
    rates.ORDERS_PER_ACCOUNT, rates.OWN_SHOP_ORDERS = 30.0, 0.2
    rates.REGISTERED_TWICE["seller_portal"] = 0.2
    end = date.fromisoformat(DAYS[-1])
    generate(environment.home, customers=200, days=len(DAYS), seed=5, end=end)
    prepare(environment)

    from customer_platform.definitions import defs

    keys = defs.resolve_asset_graph().get_all_asset_keys()
    masters = [key for key in keys if key.path[0] in ("master", "published")]
    maps = [key for key in keys if key.path[-1].endswith(("_id_map", "party_source_lookup"))]
    with dg.DagsterInstance.ephemeral() as instance:
        first = run_job(instance, "main", DAYS[0], DAYS[-1])
        _keep(environment, "built")
        with duckdb.connect(str(environment.warehouse)) as connection:
            for override in (_MERGE, _SPLIT):
                connection.execute(override, {"day": DAYS[0]})
        changed = run_job(instance, "main", DAYS[-1], DAYS[-1], [*maps, *masters])
        _keep(environment, "changed")
        rebuilt = run_job(instance, "main", DAYS[0], DAYS[-1], [*maps, *masters])
        _keep(environment, "rebuilt")
        write_events(instance, environment.home)
    print(
        json.dumps(
            {
                "succeeded": [run.success for run in (first, changed, rebuilt)],
                "assets": sorted(key.to_user_string() for key in keys),
                "failed_checks": sorted(
                    each.asset_check_key.name
                    for each in first.get_asset_check_evaluations()
                    if not each.passed
                ),
                "unit_tests": unit_test_results(environment),
            }
        )
    )


if __name__ == "__main__":
    main()
