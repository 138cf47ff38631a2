"""What the company's warehouse and landing zone hold, to be compared with those of another."""

import gzip
import json
from pathlib import Path
from typing import Any

from customer_platform.environment import Environment
from customer_platform_tests.support.company import Company, company_in
from customer_platform_tests.support.erasure_lives import History


def facts_of(company: Company) -> dict[str, list[tuple[Any, ...]]]:
    """Totals of facts, as reports split them."""
    return {
        "transactions": company.rows(
            "select partition_date, source, transaction_type, currency, channel, count(*), "
            "sum(amount), sum(quantity) from master.transactions group by all order by all"
        ),
        "events": company.rows(
            "select partition_date, source, event_type, count(*) from master.events "
            "group by all order by all"
        ),
    }


def state_of(company: Company) -> dict[str, Any]:
    """What a company's warehouse says, with the smallest record of each customer for its ID."""
    named = (
        "with named as (select customer_id, min(source || ':' || source_record_id) as named "
        "from identity.customer_id_map group by 1) "
    )
    raw = {}
    for table in ("crm__customers", "webshop__customers", "newsletter__subscribers",
                  "webshop__order_lines", "pos__receipt_lines"):  # fmt: skip
        raw[table] = company.rows(
            f"select * exclude (_loaded_at, _unexpected) from raw.{table} "
            "order by _source_file, _row_number"
        )
    return {
        **raw,
        "events": company.rows(
            "select event_id, event_type, occurred_at, _partition, _row_number, utm_source, "
            "account_id from raw.web__events order by event_id"
        ),
        "map": company.rows(
            f"{named} select source, source_record_id, named from identity.customer_id_map "
            "join named using (customer_id) order by all"
        ),
        "transactions": company.rows(
            f"{named} select * exclude (customer_id) from master.transactions "
            "left join named using (customer_id) order by transaction_id, source"
        ),
        "master events": company.rows(
            f"{named} select event_id, event_type, occurred_at, partition_date, utm_source, "
            "source_record_id, named from master.events left join named using (customer_id) "
            "order by event_id"
        ),
        "lookup": company.rows("select * from identity.source_lookup order by all"),
    }


def landed(company: Company) -> dict[str, Any]:
    """The landed files: their bytes, or what is in them where bytes may be others."""
    found: dict[str, Any] = {}
    landing = company.environment.landing
    for path in sorted(landing.rglob("*")):
        name = path.relative_to(landing).as_posix()
        if path.suffix == ".parquet":
            found[name] = company.rows(f"from read_parquet('{path}')")
        elif path.suffix == ".gz":
            lines = gzip.decompress(path.read_bytes()).decode().splitlines()
            found[name] = [(e["event_id"], e["account_id"]) for e in map(json.loads, lines)]
        elif path.is_file():
            found[name] = path.read_bytes()
    return found


def everything_of(company: Company) -> dict[str, Any]:
    """What its warehouse says, its landed files, and the totals of its facts."""
    return {
        **state_of(company),
        **landed(company),
        **{f"totals of {name}": rows for name, rows in facts_of(company).items()},
    }


def never_had(
    history: History, environment: Environment, empty: Path, folder: Path
) -> dict[str, Any]:
    """The same of a company that has never had whoever is out, built in one run.

    Args:
        history: What has happened to the company that had them.
        environment: The session's deployment.
        empty: What `make_warehouse` has made.
        folder: Where its home is put.
    """
    with company_in(folder, environment, empty) as twin:
        for (source, table, day), rows in history.books.left().items():
            twin.land(source, table, day, [row for row, _ in rows])
        twin.decisions.write_text(history.company.decisions.read_text())
        twin.declarations = history.company.declarations
        twin.run()
        return everything_of(twin)
