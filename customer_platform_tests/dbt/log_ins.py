"""Whose every event is, by a plain loop over the events of each visitor."""

from datetime import datetime

from customer_platform_tests.dbt.project import Project


def accounts_of_events(project: Project, most: int) -> dict[str, str | None]:
    """The account of every staged event: its own, else that of the visitor's log-in before it.

    The first log-in counts for the time before, too. An order tells as well as a log-in does. A
    visitor of more accounts than `most` belongs to none.

    Returns:
        The account by event, None where nobody knows the visitor.
    """
    accounts_of_orders = dict(
        project.rows(
            "select order_id, max(source_record_id) from staging.stg_webshop__order_lines "
            "where source_record_id is not null group by order_id"
        )
    )
    log_ins: dict[str, list[tuple[datetime, str]]] = {}
    events = project.rows(
        "select event_id, anonymous_id, account_id, order_id, occurred_at "
        "from staging.stg_web__events order by occurred_at, event_id"
    )
    for _, visitor, account, order, occurred_at in events:
        told = account or accounts_of_orders.get(order)
        if visitor is not None and told is not None:
            log_ins.setdefault(visitor, []).append((occurred_at, told))
    log_ins = {
        visitor: told
        for visitor, told in log_ins.items()
        if len({account for _, account in told}) <= most
    }
    return {
        event: account or _account_at(log_ins.get(visitor, []), occurred_at)
        for event, visitor, account, _, occurred_at in events
    }


def _account_at(log_ins: list[tuple[datetime, str]], moment: datetime) -> str | None:
    if not log_ins:
        return None
    earlier = [account for occurred_at, account in log_ins if occurred_at <= moment]
    return earlier[-1] if earlier else log_ins[0][1]
