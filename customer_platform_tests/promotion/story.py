"""The story of a change, told as it happens: `make story`.

Production has three months of data. A branch changes it, is planned, refused, mended, approved,
applied, rolled back, and applied again. What must hold at each step is checked.
"""

import shutil
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from customer_platform_tests.support.street import (
    PUBLISHED,
    Street,
    add_attribute,
    break_contract,
    tighten,
)

CUSTOMERS, DAYS, LAST_DAY = 200, 91, "2024-03-31"
_BEFORE_LAST = "2024-03-30"

ANNA, BEN, EVA = "anna@example.com", "ben@example.com", "eva@example.com"

MASTERS = ("golden_records", "transactions", "returns", "events", "sessions")
LAST_MONTH = (
    "select date_trunc('month', occurred_at)::date as month, currency, count(*) as lines, "
    "sum(amount) as revenue from transactions where occurred_at < '2024-03-01' "
    "group by all order by all"
)


class Story:
    """Tells what happens, and how long it takes."""

    def __init__(self) -> None:
        self.chapters = 0
        self.began = time.monotonic()

    @contextmanager
    def chapter(self, title: str) -> Iterator[None]:
        """Tells a chapter."""
        self.chapters += 1
        print(f"\n{self.chapters}. {title}", flush=True)
        began = time.monotonic()
        yield
        print(f"   ({time.monotonic() - began:.0f} s)", flush=True)

    @staticmethod
    def tell(text: str) -> None:
        """Tells something of the chapter."""
        for line in text.strip().splitlines():
            print(f"   {line}", flush=True)

    def close(self) -> None:
        """Tells how long it took."""
        print(f"\nTold in {time.monotonic() - self.began:.0f} seconds.")


class Told(Street):
    """A street whose commands are told."""

    def run(self, *arguments: str, code: int = 0, production: bool = True) -> str:
        """See `Street.run`."""
        if arguments[0] != "query":
            said = " ".join(each if " " not in each else f"'{each}'" for each in arguments)
            Story.tell(f"$ customer-platform {said.replace(f'{self.project}/', '')}")
        return super().run(*arguments, code=code, production=production)

    def tables(self) -> dict[str, str]:
        """What every master holds, as a hash, and its rows."""
        found = {}
        for name in MASTERS:
            rows = self.query(f"select count(*), sum(hash(x)::hugeint) from {name} as x")
            found[name] = rows
        return found


def _known_at(moment: str) -> str:
    """The customers as they were known at a moment."""
    return (
        "select count(*) as customers, sum(hash(customer_id)::hugeint) as ids, "
        "sum(net_revenue) as net_revenue from customers_history "
        f"where valid_from <= '{moment}' and (valid_to is null or valid_to > '{moment}')"
    )


def _part(text: str, *headings: str) -> str:
    """Sections of a plan."""
    parts = text.split("\n## ")
    return "\n".join(
        f"## {part.strip()}" for part in parts[1:] if part.splitlines()[0].startswith(headings)
    )


def tell(folder: Path) -> None:
    """Tells the story.

    Args:
        folder: An empty folder.

    Raises:
        AssertionError: Something isn't as the story goes.
    """
    story = Story()
    shop = Told(folder, folder / "production")
    with story.chapter(f"Production: {CUSTOMERS} people, three months of six sources."):
        days = ["--customers", str(CUSTOMERS), "--days", str(DAYS), "--end", LAST_DAY]
        shop.run("demo", *days)
        ran = shop.run("run", "--to", _BEFORE_LAST)
        story.tell(ran.splitlines()[-2])
    with story.chapter("What production runs becomes its version 1."):
        story.tell(shop.run("apply", "--by", ANNA))
        moment = datetime.now(UTC).replace(tzinfo=None).isoformat()
        report, known = shop.query(LAST_MONTH), shop.query(_known_at(moment))
        first = shop.tables()
        never = Told(folder / "never", folder / "never_changed")
        shutil.copytree(shop.home, never.home, symlinks=True)

    with story.chapter(
        "Eva's branch tightens a rule and adds an attribute. It also takes `returns` from what is "
        "published."
    ):
        whole = (shop.project / PUBLISHED).read_text()
        for change in (tighten, add_attribute, break_contract):
            change(shop.project)
        # A quick look: the last day alone is built.
        _, text = shop.plan("--accept-map", "--days", "1", code=2)
        story.tell(_part(text, "Broken contracts"))
        story.tell("Exit code 2: it can't be applied.")
    with story.chapter("She puts `returns` back, and plans again."):
        (shop.project / PUBLISHED).write_text(whole)
        _, text = shop.plan("--accept-map", code=1)
        story.tell(_part(text, "What differs", "Customer", "Tables", "Build"))
        story.tell("Exit code 1: it changes something, and breaks nothing.")
    file = str(shop.project / "plan.json")
    with story.chapter("Her plan needs somebody else's approval, and gets it."):
        story.tell(shop.run("approve", file, "--by", EVA, code=1))
        story.tell(shop.run("approve", file, "--by", ANNA))
    with story.chapter("It is built beside version 1, checked, compared with the plan, applied."):
        story.tell(shop.run("apply", file, "--by", EVA))
        changed = shop.tables()
        assert changed != first
        assert "customer_since" in shop.query("select * from golden_records limit 1")
    with story.chapter("Last month's report reproduces, and so do the customers as then known."):
        assert shop.query(LAST_MONTH) == report
        assert shop.query(_known_at(moment)) == known
        story.tell(report)
        story.tell(known)
    with story.chapter("It is rolled back: all masters are as before."):
        story.tell(shop.run("roll-back", "--by", BEN))
        assert shop.tables() == first
    with story.chapter("A further day lands, here and in a production that never saw the change."):
        with ThreadPoolExecutor(2) as pool:
            day = ("run", "--from", LAST_DAY, "--to", LAST_DAY)
            assert all(pool.map(lambda each: each.run(*day), (shop, never)))
        assert shop.tables() == never.tables() != first
        story.tell(f"{', '.join(MASTERS)}: equal, row for row.")
    with story.chapter("Applied again, the same version is in force, with the further day."):
        story.tell(shop.run("apply", file, "--by", EVA))
        listed = shop.run("versions")
        assert listed.partition("\n\n")[0].splitlines()[-1].startswith("*   2")
        story.tell(listed)
        assert shop.query("select max(occurred_at)::date from transactions") == never.query(
            "select max(occurred_at)::date from transactions"
        )
        assert shop.query(LAST_MONTH) == report
    story.close()


def main() -> None:
    """Tells the story in a folder that goes afterwards."""
    with tempfile.TemporaryDirectory(prefix="story_") as folder:
        tell(Path(folder).resolve())


if __name__ == "__main__":
    main()
