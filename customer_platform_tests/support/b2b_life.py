"""What happens to the companies of the tests once they are built: a split and a merge."""

from typing import Any

import dagster as dg

from customer_platform.environment import Environment
from customer_platform_tests.support.demos import DEMOS
from customer_platform_tests.support.homes import execute, rows, run_job

_STEWARD = "'tester', '2026-01-10', 'for the test'"

# Records of the CRM and of the ERP that are one account, of which the ERP's lines of the first day
# go to another account when they are kept apart.
_ONE_ACCOUNT = """
select erp.source_record_id, crm.source_record_id, erp.account_id
from identity.account_id_map as erp
inner join identity.account_id_map as crm using (account_id)
where erp.source = 'erp' and crm.source = 'crm' and crm.linked_by_rule is null and account_id
in (select account_id from identity.account_id_map group by 1 having count(*) = 2)
and erp.source_record_id in (select source_record_id from master.transactions
where partition_date = '{day}') order by 1 limit 1
"""
# Two contacts who are to be one.
_TWO_CONTACTS = """
select source_record_id from master.events where contact_id is not null
and partition_date = '{day}'
qualify row_number() over (partition by contact_id order by 1) = 1 order by 1 limit 2
"""


def contents(environment: Environment) -> dict[str, str]:
    """A digest of every master, so that two states can be compared."""
    tables = rows(
        environment,
        "select table_name from information_schema.tables where table_schema = 'master'",
    )
    return {
        table: str(rows(environment, f"select count(*), sum(hash(t)) from master.{table} as t")[0])
        for (table,) in tables
    }


def _failed(run: dg.ExecuteInProcessResult) -> dict[str, str]:
    return {
        f"{each.asset_key.to_user_string()}:{each.check_name}": each.severity.value
        for each in run.get_asset_check_evaluations()
        if not each.passed
    }


def live(environment: Environment, instance: dg.DagsterInstance) -> dict[str, Any]:
    """Splits and merges, restates and rebuilds.

    Returns:
        The checks that failed while `restating` and `rebuilding`; of the account that was `split`
        its ID before, its IDs in the map and in the transactions; the IDs of the contacts that were
        `merged`; and the masters that are `other_than_rebuilt`.
    """
    from customer_platform.definitions import defs

    days = DEMOS["b2b"].days
    maps = [dg.AssetKey(["identity", f"{entity}_id_map"]) for entity in ("account", "contact")]
    masters = [
        spec.key
        for spec in defs.resolve_all_asset_specs()
        if spec.key.path[0] in ("master", "published")
    ]
    [(debtor, crm_account, before)] = rows(environment, _ONE_ACCOUNT.format(day=days[0]))
    [(one,), (other,)] = rows(environment, _TWO_CONTACTS.format(day=days[0]))
    execute(
        environment,
        "insert into identity.account_link_overrides values "
        f"('different', 'erp', '{debtor}', 'crm', '{crm_account}', {_STEWARD});"
        "insert into identity.contact_link_overrides values "
        f"('same', 'web', '{one}', 'web', '{other}', {_STEWARD})",
    )
    restating = run_job(instance, "main", days[-1], days[-1], [*maps, *masters])
    split = {
        "before": before,
        "in_map": rows(
            environment,
            "select source, account_id from identity.account_id_map where (source, "
            f"source_record_id) in (('erp', '{debtor}'), ('crm', '{crm_account}')) order by 1",
        ),
        "in_transactions": rows(
            environment,
            "select distinct account_id from master.transactions where source = 'erp' "
            f"and source_record_id = '{debtor}'",
        ),
    }
    merged = rows(
        environment,
        "select distinct contact_id from master.events "
        f"where source_record_id in ('{one}', '{other}')",
    )
    restated = contents(environment)
    rebuilding = run_job(instance, "main", days[0], days[-1], [*maps, *masters])
    rebuilt = contents(environment)
    return {
        "restating": _failed(restating),
        "split": split,
        "merged": merged,
        "rebuilding": _failed(rebuilding),
        "other_than_rebuilt": [name for name in rebuilt if restated[name] != rebuilt[name]],
    }
