"""A small published shop, and browsers of its workbench without a browser."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from customer_platform.workbench.app import create_app
from customer_platform.workbench.gate import Access
from customer_platform.workbench.sessions import Sessions
from customer_platform.workbench.users import Users
from customer_platform_tests.workbench.shop import Shop


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """The shop, which the tests of a module share: nobody changes it."""
    return Shop(tmp_path_factory.mktemp("shop"))


@pytest.fixture(scope="module")
def steward(shop: Shop) -> Iterator[TestClient]:
    """Somebody who sees values."""
    with TestClient(create_app(shop.environment), follow_redirects=False) as client:
        yield client


@pytest.fixture(scope="module")
def viewer(shop: Shop) -> Iterator[TestClient]:
    """Somebody who sees masked values."""
    access = Access(
        Sessions(b"x" * 32),
        Users(shop.environment.home / "users.json"),
        proxy_header="X-Remote-User",
        proxy_peers=frozenset(["testclient"]),
    )
    app = create_app(shop.environment, access)
    headers = {"X-Remote-User": "Vic"}
    with TestClient(app, follow_redirects=False, headers=headers) as client:
        yield client
