"""The texts of the pages, which stand in one place."""

import re

from customer_platform.project import PACKAGE
from customer_platform.workbench import texts

_WORKBENCH = PACKAGE / "workbench"


def test_every_text_that_a_page_names_is_there() -> None:
    pages = [*_WORKBENCH.rglob("*.html"), *_WORKBENCH.rglob("*.py")]
    named = {name for page in pages for name in re.findall(r"\btexts\.([A-Z_]+)", page.read_text())}
    assert len(named) > 50
    assert sorted(named - set(dir(texts))) == []
