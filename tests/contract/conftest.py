"""Fixtures of the web chat's tests: a gateway on a database of its own, and a page with a chat."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy import Engine

from bot.wiring import Services
from tests.contract.web import Page, gateway, services_on


@pytest.fixture
def services(database: str) -> Services:
    """Services on a migrated, empty database."""
    return services_on(database)


@pytest.fixture
def engine(services: Services) -> Engine:
    """The gateway's database, to look into."""
    return services.engine


@pytest.fixture
async def http(services: Services) -> AsyncIterator[httpx.AsyncClient]:
    """A browser on an allowed shop page."""
    async with gateway(services) as client:
        yield client


@pytest.fixture
async def page(http: httpx.AsyncClient) -> Page:
    """A chat with an open session."""
    return await Page(http).open()
