"""Every page of the workbench, on the demo of retail, as whoever reads it sees it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from axe_playwright_python.sync_playwright import Axe

from customer_platform.environment import Environment, load_environment
from customer_platform.publishing.catalogue import read_moment
from customer_platform_tests.support.demos import BuiltDemo
from customer_platform_tests.support.homes import copy_home
from customer_platform_tests.support.served import ServedPlatform, served_workbench

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

_PATIENCE_MS = 60_000
_PAGES = (
    "/",
    "/nothing",
    "/decide",
    "/decide/customers/decisions",
    "/decide/customers/bulk",
    "/rules",
    "/health",
)


@pytest.fixture(scope="module")
def workbench(
    browser: "Browser", retail: BuiltDemo, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServedPlatform]:
    """The workbench of a copy of the built demo."""
    home = tmp_path_factory.mktemp("workbench")
    environment = load_environment({**retail.variables, "CUSTOMER_PLATFORM_HOME": str(home)})
    copy_home(retail.home, environment)
    _queue_pairs(environment)
    with served_workbench(environment) as url:
        yield ServedPlatform(url, environment)


def _queue_pairs(environment: Environment) -> None:
    """Queues pairs of records, as the demo is too small for a rule to be unsure of any."""
    evidence = read_moment(environment.published).evidence
    with duckdb.connect(str(evidence)) as connection:
        connection.execute(
            "insert into identity.review_queue by name "
            "select row_number() over () as position, 'similar_person' as rule, "
            "0.7 - position / 100 as probability, one.source, one.source_record_id, "
            "one.customer_id, 1 as records, two.source as other_source, "
            "two.source_record_id as other_record_id, two.customer_id as other_customer_id, "
            "1 as other_records from (from identity.customer_id_map where source = 'crm' "
            "order by source_record_id limit 4) as one positional join "
            "(from identity.customer_id_map where source = 'newsletter' "
            "order by source_record_id desc limit 4) as two"
        )


def _person(workbench: ServedPlatform) -> tuple[str, str, str]:
    """ID, first and last name of a customer with several records, orders and visits."""
    catalogue = workbench.environment.published / "customer_platform.duckdb"
    with duckdb.connect(str(catalogue), read_only=True) as connection:
        found = connection.execute(
            "select customer_id, first_name, last_name from customers "
            "where first_name is not null and last_name is not null "
            "and record_count > 2 and order_count > 0 "
            "and customer_id in (select customer_id from events) "
            "order by order_count desc, customer_id"
        ).fetchone()
    assert found is not None
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_every_page_is_accessible_and_fits_a_phone(
    browser: "Browser", workbench: ServedPlatform, scheme: Any, width: int
) -> None:
    customer, first, last = _person(workbench)
    context = browser.new_context(
        color_scheme=scheme, viewport={"width": width, "height": 800}, reduced_motion="reduce"
    )
    page = context.new_page()
    page.set_default_timeout(_PATIENCE_MS)
    found = {}
    for path in (
        *_PAGES,
        f"/?q={first} {last}",
        f"/customers/{customer}",
        f"/decide/customers/split/{customer}",
    ):
        page.goto(f"{workbench.url}{path}")
        page.wait_for_load_state("networkidle")
        serious = [
            f"{each['id']}: {each['help']}: {each['nodes'][0]['html'][:200]}"
            for each in Axe().run(page).response["violations"]
            if each["impact"] in ("serious", "critical")
        ]
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            serious.append("it is wider than the screen")
        if serious:
            found[path] = serious
    context.close()
    assert found == {}
