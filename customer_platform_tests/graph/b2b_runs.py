"""The whole graph of the business model b2b, run in a process of its own.

The definitions read the business model when they are imported, so that a test can't do it in its
own. Prints one JSON object: what the runs told, for the tests to look at beside the warehouse.
"""

import json
import sys
from datetime import date

import dagster as dg
import duckdb

from customer_platform.demo.b2b import generate
from customer_platform.deployment import prepare
from customer_platform.environment import load_environment
from customer_platform_tests.support.leaks import write_events
from customer_platform_tests.support.unit_tests import unit_test_results

COMPANIES, LAST_DAY = 120, date(2026, 1, 10)
DAYS = ["2026-01-08", "2026-01-09", "2026-01-10"]

environment = load_environment()
generate(environment.home, customers=COMPANIES, days=len(DAYS), seed=5, end=LAST_DAY)
prepare(environment)

from customer_platform.definitions import defs  # noqa: E402
from customer_platform.partitions import range_tags  # noqa: E402

JOB = defs.resolve_implicit_global_asset_job_def()
MAPS = [dg.AssetKey(["identity", f"{entity}_id_map"]) for entity in ("account", "contact")]
MASTERS = [
    spec.key
    for spec in defs.resolve_all_asset_specs()
    if spec.key.path[0] in ("master", "published")
]


def run(keys: list[dg.AssetKey] | None, first: str, last: str) -> dict[str, object]:
    """Materialises assets, all of them by default, and tells what their checks said."""
    with dg.DagsterInstance.ephemeral() as instance:
        result = JOB.execute_in_process(
            instance=instance, asset_selection=keys, tags=range_tags(first, last)
        )
        write_events(instance, environment.home, f"events_{result.run_id}")
    checks = result.get_asset_check_evaluations()
    return {
        "passed": sum(each.passed for each in checks),
        "failed": {
            f"{each.asset_key.to_user_string()}:{each.check_name}": each.severity.value
            for each in checks
            if not each.passed
        },
    }


def rows(query: str) -> list[tuple]:
    with duckdb.connect(str(environment.warehouse)) as connection:
        return connection.execute(query).fetchall()


def contents() -> dict[str, str]:
    """A digest of every master, so that two states can be compared."""
    tables = rows("select table_name from information_schema.tables where table_schema = 'master'")
    return {
        table: str(rows(f"select count(*), sum(hash(t)) from master.{table} as t")[0])
        for (table,) in tables
    }


told: dict[str, object] = {"first": run(None, DAYS[0], DAYS[-1])}

# Records of the CRM and of the ERP that are one account, of which the ERP's lines of the first day
# go to another account when they are kept apart; and two contacts who are one.
accounts = rows(
    "select erp.source_record_id, crm.source_record_id, erp.account_id "
    "from identity.account_id_map as erp "
    "inner join identity.account_id_map as crm using (account_id) "
    "where erp.source = 'erp' and crm.source = 'crm' and crm.linked_by_rule is null and account_id "
    "in (select account_id from identity.account_id_map group by 1 having count(*) = 2) "
    "and erp.source_record_id in (select source_record_id from master.transactions "
    f"where partition_date = '{DAYS[0]}') order by 1 limit 1"
)
contacts = rows(
    "select source_record_id, contact_id from master.events where contact_id is not null "
    f"and partition_date = '{DAYS[0]}' "
    "qualify row_number() over (partition by contact_id order by 1) = 1 order by 1 limit 2"
)
debtor, crm_account, account_before = accounts[0]
_STEWARD = "'tester', '2026-01-10', 'for the test'"
rows(
    "insert into identity.account_link_overrides values "
    f"('different', 'erp', '{debtor}', 'crm', '{crm_account}', {_STEWARD})"
)
rows(
    "insert into identity.contact_link_overrides values "
    f"('same', 'web', '{contacts[0][0]}', 'web', '{contacts[1][0]}', {_STEWARD})"
)
told["restating"] = run([*MAPS, *MASTERS], DAYS[-1], DAYS[-1])
told["split"] = {
    "before": account_before,
    "in_map": rows(
        "select source, account_id from identity.account_id_map where (source, source_record_id) "
        f"in (('erp', '{debtor}'), ('crm', '{crm_account}')) order by 1"
    ),
    "in_transactions": rows(
        "select distinct account_id from master.transactions where source = 'erp' "
        f"and source_record_id = '{debtor}'"
    ),
}
told["merged"] = rows(
    "select distinct contact_id from master.events "
    f"where source_record_id in ('{contacts[0][0]}', '{contacts[1][0]}')"
)
restated = contents()
told["rebuilding"] = run([*MAPS, *MASTERS], DAYS[0], DAYS[-1])
rebuilt = contents()
told["other_than_rebuilt"] = [table for table in rebuilt if restated[table] != rebuilt[table]]
told["unit_tests"] = unit_test_results(environment)
json.dump(told, sys.stdout, default=str)
