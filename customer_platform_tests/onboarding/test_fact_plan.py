"""What orders and events change in a project: views, contracts, and the lists that let them in."""

import shutil
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import pytest
import yaml

from customer_platform.errors import OnboardingError
from customer_platform.onboarding import (
    FileOrigin,
    NewSource,
    Wishes,
    find_deliveries,
    landing_path,
    make_changes,
    plan_source,
    propose,
)
from customer_platform.project import REPOSITORY
from customer_platform_tests.support.onboarding import CUSTOMER, DAY, Deliver, content
from customer_platform_tests.support.projects import checkout

ORDERS = """order_id,order_date,customer_id,email,amount,currency
1,2024-06-01,7,anna@example.com,30.00,EUR
2,2024-06-01,,guest@example.com,20.00,EUR
"""
CUSTOMERS = "customer_id,first_name,email\n7,Anna,anna@example.com\n8,Piet,piet@example.com\n"
EVENTS = """event_id,visitor_id,user_id,event_type,occurred_at
e1,v1,7,view,2024-06-01 10:00:00
e2,v2,,view,2024-06-01 10:01:00
"""
STAGING = "dbt/models/retail/staging"


def _added(project: Path, source: str, paths: Sequence[Path], **wishes: object) -> dict[str, str]:
    """What the project holds after files were brought in."""
    tables = [
        (
            propose(delivery, Wishes(**wishes), [CUSTOMER]),  # type: ignore[arg-type]
            FileOrigin(landing_path(source, delivery, PurePosixPath("/landing")), delivery),
        )
        for delivery in find_deliveries(paths, DAY)
    ]
    new = NewSource(source, "team:a", f"The system {source}.", "retail")
    make_changes(plan_source(checkout(project), new, tables))
    return content(project)


def _facts(files: dict[str, str]) -> dict[str, list[str]]:
    """By kind, the views that deliver facts."""
    path = "customer_platform/defs/retail/facts/defs.yaml"
    found: dict[str, list[str]] = yaml.safe_load(files[path])["attributes"]["sources"]
    return found


def _views_of_customers(files: dict[str, str]) -> list[str]:
    path = "customer_platform/defs/retail/identity/defs.yaml"
    found: list[str] = yaml.safe_load(files[path])["attributes"]["sources"]
    return found


def test_orders_become_transactions_and_records_of_whom_they_name(
    deliver: Deliver, project: Path
) -> None:
    orders = deliver(ORDERS, "orders.csv")
    files = _added(project, "shop", [orders])
    assert _facts(files)["transactions"][-1] == "stg_shop__orders"
    assert _views_of_customers(files)[-1] == "stg_shop__orders_customers"
    assert "shop,*," in files["dbt/seeds/retail/source_precedence.csv"]
    [model] = yaml.safe_load(files[f"{STAGING}/shop/stg_shop__orders.yml"])["models"]
    contract = yaml.safe_load(files[f"{STAGING}/transaction_lines.yml"])["models"][0]["columns"]
    assert [each["name"] for each in model["columns"]] == [each["name"] for each in contract]
    assert model["columns"][0]["data_tests"] == ["unique_over_days", "not_null"]
    assert model["config"]["tags"] == ["transaction_lines"]
    assert _added(project, "shop", [orders]) == files


def test_orders_name_the_customers_that_the_source_delivers(
    deliver: Deliver, project: Path
) -> None:
    files = _added(
        project, "shop", [deliver(ORDERS, "a_orders.csv"), deliver(CUSTOMERS, "customers.csv")]
    )
    lines = files[f"{STAGING}/shop/stg_shop__a_orders.sql"]
    assert "'a_orders:' || {{ normalise_email('email') }}) as source_record_id" in lines
    records = files[f"{STAGING}/shop/stg_shop__a_orders_customers.sql"]
    assert "is null then 'a_orders:' ||" in records
    assert (
        "cast(customer_id as string) as source_record_id"
        in (files[f"{STAGING}/shop/stg_shop__customers.sql"])
    )


def test_events_name_accounts_of_the_source_that_is_said_or_of_the_web_site(
    deliver: Deliver, project: Path
) -> None:
    webshop = "customer_platform/defs/retail/sources/webshop"
    shutil.copytree(REPOSITORY / webshop, project / webshop)
    events = deliver(EVENTS, "events.csv")
    files = _added(project, "tracker", [events])
    view = files[f"{STAGING}/tracker/stg_tracker__events.sql"]
    assert "'webshop' as account_source" in view
    assert _facts(files)["events"][-1] == "stg_tracker__events"
    assert f"{STAGING}/tracker/stg_tracker__events_customers.sql" not in files
    _added(project, "shop", [deliver(CUSTOMERS, "customers.csv")])
    files = _added(project, "app", [events], accounts_of="shop")
    assert "'shop' as account_source" in files[f"{STAGING}/app/stg_app__events.sql"]
    with pytest.raises(OnboardingError, match="no source 'nobody'; there are app, other, shop"):
        _added(project, "other", [events], accounts_of="nobody")


def test_events_of_a_source_without_others_have_records_of_their_own(
    deliver: Deliver, project: Path
) -> None:
    files = _added(project, "tracker", [deliver(EVENTS, "events.csv")])
    assert "'tracker' as account_source" in files[f"{STAGING}/tracker/stg_tracker__events.sql"]
    assert _views_of_customers(files)[-1] == "stg_tracker__events_customers"
