"""Exports of tools are recognised by their columns, and their views hold the right records."""

import csv
import io
from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from customer_platform.onboarding.text import describe_proposal
from customer_platform.onboarding.tools import RECORDS, known_exports, recognise
from customer_platform_tests.support.onboarding import B2B, CUSTOMER
from customer_platform_tests.support.staging_views import staged


class Case(NamedTuple):
    """Made-up rows in the columns that an export of a tool has.

    Attributes:
        recognised: What `add-source` says it is.
        model: `retail` or `b2b`.
        text: The file.
        records: What its view holds, by attribute.
    """

    recognised: str
    model: str
    text: str
    records: list[dict[str, str]]

    @property
    def header(self) -> list[str]:
        """The columns."""
        return next(csv.reader(io.StringIO(self.text)))


CASES = [
    Case(**case)
    for path in sorted(Path(__file__).with_name("exports").glob("*.yaml"))
    for case in yaml.safe_load(path.read_text())
]


@pytest.mark.parametrize("case", CASES, ids=[case.recognised for case in CASES])
def test_the_view_of_an_export_holds_its_records(case: Case) -> None:
    proposal, rows = staged(case.text, [CUSTOMER] if case.model == "retail" else B2B)
    assert f"recognised: {case.recognised}" in describe_proposal(proposal)
    told = {"updated_at"} if any("updated_at" in each for each in case.records) else set()
    untold = {"source", *({"updated_at"} - told)}
    found = [
        {
            name: str(value)
            for name, value in row.items()
            if value is not None and name not in untold
        }
        for row in rows
    ]
    assert found == case.records


@given(st.sampled_from(CASES), st.randoms(use_true_random=False))
def test_columns_may_be_missing_or_more_and_written_otherwise(case: Case, random: Random) -> None:
    kept = random.sample(case.header, k=round(len(case.header) * 0.85))
    written = [random.choice([name.upper(), name.title(), name]) for name in kept]
    renamed = [random.choice([name, name.replace(" ", "_"), f" {name}"]) for name in written]
    # What half of the telling columns are left of is no longer sure, and never another tool's.
    assert str(recognise([*renamed, "Loyalty tier", "Remarks"])) in (case.recognised, "None")


@pytest.mark.parametrize(
    "header",
    ["id,first_name,last_name,email,phone,created_at,updated_at",
     "Customer ID,Name,Email,Phone,City,Zip,Country,Total Spent,Tags",
     "Id,Name,Email,OwnerId,CreatedDate,LastModifiedDate",
     "order_id,order_number,order_date,billing_first_name,billing_last_name,billing_address_1,"
     "billing_postcode,billing_phone,shipping_first_name,shipping_address_1,order_total",
     "entity_id,increment_id,store_id,customer_id,grand_total,base_grand_total,created_at",
     "Code,Naam,Adres,Postcode,Plaats,Telefoon,E-mail"],
)  # fmt: skip
def test_columns_that_many_tools_have_are_nobodys(header: str) -> None:
    found = recognise(header.split(","))
    assert found is None or found.kind not in ("customers", "contacts", "leads", "accounts")


def test_at_least_fifteen_tools_are_known_and_each_export_has_a_case() -> None:
    known = {str(export) for export in known_exports() if export.kind in RECORDS}
    assert known == {case.recognised for case in CASES}
    assert len({export.tool for export in known_exports()}) >= 15
