"""Short ways to deliver files, and a small project to write into."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from customer_platform.environment import REPOSITORY
from customer_platform.onboarding import Entity, Proposal, Wishes, find_deliveries, propose
from customer_platform.onboarding.platform import read_entities, read_platform

DAY = "2024-06-03"
MEMBERS = """member_no,name,surname,mail,mobile,zip,changed
A-1,Anna,de Vries,anna@example.com,06-12345678,1234 AB,2024-06-01 09:30:00
A-2,Piet,Bakker,piet@example.com,06-12345679,1234 AC,2024-06-01 19:30:00
"""

Deliver = Callable[..., Path]

CUSTOMER, *_ = read_entities(REPOSITORY, ["customer"])
_ADDRESS = ("email", "phone", "street", "postcode", "city", "country", "account_number")
_COMPANY = ("company_name", "registration_number", "vat_id", "domain")
BUYER = Entity("buyer", ("first_name", "last_name", "birth_date", *_ADDRESS))
SELLER = Entity("seller", (*_COMPANY, *_ADDRESS))
ACCOUNT = Entity("account", (*_COMPANY, *_ADDRESS, "parent_name"))
CONTACT = Entity("contact", ("first_name", "last_name", "company_name", *_ADDRESS))
MARKETPLACE, B2B = (BUYER, SELLER), (ACCOUNT, CONTACT)
PLATFORM = read_platform(REPOSITORY, "retail")


@pytest.fixture
def deliver(tmp_path: Path) -> Deliver:
    """Writes a file of the user."""

    def write(content: str | bytes, name: str = "members_2024-06-01.csv") -> Path:
        path = tmp_path / "delivered" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def proposed(
    *paths: Path,
    delimiter: str | None = None,
    encoding: str | None = None,
    entities: Sequence[Entity] = (CUSTOMER,),
    **wishes: object,
) -> Proposal:
    """What is proposed for the files of one table."""
    [delivery] = find_deliveries(paths, DAY, delimiter, encoding=encoding)
    return propose(delivery, Wishes(**wishes), entities)  # type: ignore[arg-type]


def entity(proposal: Proposal) -> str | None:
    """The entity whose records the rows are."""
    return proposal.entity.name if proposal.entity else None


def types(proposal: Proposal) -> dict[str, str]:
    """Column -> type, with the format of its dates."""
    return {
        column.name: " ".join(filter(None, (column.type.type, column.type.format)))
        for column in proposal.columns
    }


def attributes(proposal: Proposal) -> dict[str, str]:
    """Attribute -> column."""
    return {
        column.attribute.name: column.name
        for column in proposal.columns
        if column.attribute is not None
    }


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The files of the project that a source is written into."""
    root = tmp_path / "project"
    for name in (
        "dbt/dbt_project.yml", "dbt/seeds/retail/source_precedence.csv",
        "dbt/models/shared/columns.md", "dbt/models/retail/staging/transaction_lines.yml",
        "dbt/models/retail/staging/visitor_events.yml",
    ):  # fmt: skip
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPOSITORY / name, root / name)
    shutil.copytree(REPOSITORY / "dbt/macros/normalise", root / "dbt/macros/normalise")
    return root


def content(project: Path) -> dict[str, str]:
    """Every file of a project, with its content."""
    return {
        str(path.relative_to(project)): path.read_text()
        for path in sorted(project.rglob("*"))
        if path.is_file()
    }
