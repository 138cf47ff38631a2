"""A small published shop, and browsers of its workbench without a browser."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.requests import Request

from customer_platform.workbench.access import User
from customer_platform.workbench.app import create_app
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
    with TestClient(_of_viewer(create_app(shop.environment)), follow_redirects=False) as client:
        yield client


def _of_viewer(app: FastAPI) -> FastAPI:
    @app.middleware("http")
    async def sign_in(request: Request, call_next):  # type: ignore[no-untyped-def]
        request.state.user = User("Vic", "viewer")
        return await call_next(request)

    return app
