"""Files that are delivered, and short ways to look at what is proposed."""

from collections.abc import Callable, Sequence
from pathlib import Path

from customer_platform.declarations import read_declarations
from customer_platform.onboarding import Entity, Proposal, Wishes, find_deliveries, propose
from customer_platform.onboarding.platform import read_entities, read_platform
from customer_platform_tests.support.projects import checkout

DAY = "2024-06-03"


MEMBERS = """member_no,name,surname,mail,mobile,zip,changed
A-1,Anna,de Vries,anna@example.com,06-12345678,1234 AB,2024-06-01 09:30:00
A-2,Piet,Bakker,piet@example.com,06-12345679,1234 AC,2024-06-01 19:30:00
"""


Deliver = Callable[..., Path]


CUSTOMER, *_ = read_entities(read_declarations(checkout(), "retail"))


_ADDRESS = ("email", "phone", "street", "postcode", "city", "country", "account_number")


_COMPANY = ("company_name", "registration_number", "vat_id", "domain")


BUYER = Entity("buyer", ("first_name", "last_name", "birth_date", *_ADDRESS))


SELLER = Entity("seller", (*_COMPANY, *_ADDRESS))


ACCOUNT = Entity("account", (*_COMPANY, *_ADDRESS, "parent_name"))


CONTACT = Entity("contact", ("first_name", "last_name", "company_name", *_ADDRESS))


MARKETPLACE, B2B = (BUYER, SELLER), (ACCOUNT, CONTACT)


PLATFORM = read_platform(checkout(), "retail")


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


def content(project: Path) -> dict[str, str]:
    """Every file of a project, with its content."""
    return {
        str(path.relative_to(project)): path.read_text()
        for path in sorted(project.rglob("*"))
        if path.is_file()
    }
