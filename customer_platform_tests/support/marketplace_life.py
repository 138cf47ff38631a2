"""What happens to the marketplace of the tests once it is built.

Leaves copies of the warehouse in its home: `changed.duckdb` (two buyers became one, one seller
became two, and one day was run again) and `rebuilt.duckdb` (all days once more).
"""

import shutil
from typing import Any

import dagster as dg
import duckdb

from customer_platform.demo.marketplace import rates
from customer_platform.environment import Environment
from customer_platform_tests.support.demos import DEMOS
from customer_platform_tests.support.homes import run_job

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


def order_often() -> None:
    """Lets this process' demo hold, in three days, orders of every kind."""
    rates.ORDERS_PER_ACCOUNT, rates.OWN_SHOP_ORDERS = 30.0, 0.2
    rates.REGISTERED_TWICE["seller_portal"] = 0.2


def live(environment: Environment, instance: dg.DagsterInstance) -> dict[str, Any]:
    """Merges and splits, restates and rebuilds.

    Returns:
        Whether both runs succeeded.
    """
    from customer_platform.definitions import defs

    days = DEMOS["marketplace"].days
    keys = defs.resolve_asset_graph().get_all_asset_keys()
    masters = [key for key in keys if key.path[0] in ("master", "published")]
    maps = [key for key in keys if key.path[-1].endswith(("_id_map", "party_source_lookup"))]
    with duckdb.connect(str(environment.warehouse)) as connection:
        for override in (_MERGE, _SPLIT):
            connection.execute(override, {"day": days[0]})
    succeeded = []
    for state, first in (("changed", days[-1]), ("rebuilt", days[0])):
        run = run_job(instance, "main", first, days[-1], [*maps, *masters])
        succeeded.append(run.success)
        shutil.copyfile(environment.warehouse, environment.home / f"{state}.duckdb")
    return {"succeeded": succeeded}
