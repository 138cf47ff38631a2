import re
import subprocess
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from customer_platform_tests.support.served import served_workbench

if TYPE_CHECKING:
    from playwright.sync_api import Page, Response

    from customer_platform_tests.support.served import ServedPlatform

pytestmark = pytest.mark.browser

# Other tests keep the machine busy meanwhile: alone on it a dropped file takes one minute.
_PATIENCE = 360


def test_the_lineage_shows_the_four_groups_of_the_picture(
    page: "Page", platform: "ServedPlatform"
) -> None:
    page.goto(f"{platform.url}/asset-groups")
    for group in ("sources", "staging", "identity", "master"):
        expect(page.get_by_text(group, exact=True).first).to_be_visible()


def test_an_assets_page_shows_description_columns_checks_and_plot(
    page: "Page", platform: "ServedPlatform"
) -> None:
    page.goto(f"{platform.url}/assets/identity/customer_id_map")
    expect(page.get_by_text("Which record is which customer")).to_be_visible()
    expect(page.get_by_text("Match rule of the link")).to_be_visible()
    expect(page.get_by_text("linked_by_rule").first).to_be_visible()
    row = page.get_by_role("row").filter(has_text="source_overlap")
    row.get_by_text("Show Markdown").click()
    picture = page.locator("img[src^='data:image/png;base64']")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.naturalWidth") > 100
    page.goto(f"{platform.url}/assets/identity/customer_id_map?view=checks")
    expect(page.get_by_text("one_customer_per_record").first).to_be_visible()


def test_a_preview_shows_no_whole_email_address(page: "Page", platform: "ServedPlatform") -> None:
    page.goto(f"{platform.url}/assets/identity/source_lookup")
    expect(page.get_by_text("preview").first).to_be_visible()
    expect(page.get_by_text(re.compile(r"^\w\*+@")).first).to_be_visible()
    assert re.findall(r"\b[\w.]{3,}@[\w.]+\.example\b", page.inner_text("body")) == []


def test_sensors_and_schedule_are_listed(page: "Page", platform: "ServedPlatform") -> None:
    page.goto(f"{platform.url}/automation")
    for name in ("crm_landing_sensor", "refresh_sensor", "daily_landing_schedule"):
        expect(page.get_by_text(name, exact=True)).to_be_visible()


def test_a_click_on_materialize_takes_what_is_decided_in_the_workbench(
    page: "Page", platform: "ServedPlatform"
) -> None:
    with served_workbench(platform.environment) as workbench:
        # A page of its own: on the other one, whatever is called Skip is clicked away.
        desk = page.context.new_page()
        desk.goto(f"{workbench}/decide")
        pair = desk.locator("table.pair thead .id").all_inner_texts()
        desk.get_by_role("button", name="Same").click()
        expect(desk.get_by_role("button", name="Undo")).to_be_visible()
        page.goto(f"{platform.url}/assets/identity/customer_id_map")
        # Leaving the page before the server has answered would cancel the launch.
        with page.expect_response(_is_launch) as launch:
            page.locator("button").filter(has_text="Materialize").first.click()
        launched = launch.value.json()["data"]["launchPipelineExecution"]
        # The run holds the warehouse, and not what is published.
        for path in ("/?q=jansen", "/decide", "/health/customers"):
            answer = desk.goto(f"{workbench}{path}")
            assert answer is not None
            assert answer.status == 200
        page.goto(f"{platform.url}/runs/{launched['run']['id']}")
        expect(page.get_by_text("Success", exact=True).first).to_be_visible()
    customers = _asked(
        platform,
        "select count(distinct customer_id) from identity.customer_id_map "
        "where source || ':' || source_record_id in (?, ?)",
        *pair,
    )
    assert customers == 1


def test_a_file_dropped_into_the_landing_zone_reaches_the_masters_by_itself(
    platform: "ServedPlatform",
) -> None:
    today = datetime.now(UTC).date().isoformat()
    folder = platform.environment.landing / "webshop" / "order_lines"
    header = next(folder.glob("*.csv")).read_text().splitlines()[0]
    line = f"D1,BROWSER,DROPPED FILE,2,{today} 00:00:00,1.25,12346,Netherlands"
    (folder / f"order_lines_{today}.csv").write_text(f"{header}\n{line}\n")
    dropped = time.monotonic()
    while time.monotonic() - dropped < _PATIENCE:
        if _orders_in_masters(platform, "D1") == 1:
            return
        time.sleep(3)
    pytest.fail(f"the dropped order line is not in master.transactions after {_PATIENCE} s")


def _is_launch(response: "Response") -> bool:
    return '"LaunchPipelineExecution"' in (response.request.post_data or "")


def _orders_in_masters(platform: "ServedPlatform", order_id: str) -> int | None:
    """None while a run holds the warehouse."""
    query = "select count(*) from master.transactions where order_id = ?"
    return _asked(platform, query, order_id)


def _asked(platform: "ServedPlatform", query: str, *values: str) -> int | None:
    """A number from the warehouse, asked for in a process of its own; None while a run holds it."""
    program = (
        "import duckdb, sys\n"
        "with duckdb.connect(sys.argv[1], read_only=True) as connection:\n"
        "    print(connection.execute(sys.argv[2], sys.argv[3:]).fetchall()[0][0])"
    )
    arguments = [sys.executable, "-c", program, str(platform.environment.warehouse), query]
    result = subprocess.run([*arguments, *values], capture_output=True, text=True)
    if result.returncode and "Could not set lock" not in result.stderr:
        raise RuntimeError(result.stderr)
    return int(result.stdout) if result.stdout else None
