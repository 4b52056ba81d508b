"""Both databases, each with no rows."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from securedata.storage import Storage
from securedata.storage.sqlite import open_sqlite

from ..postgres import Cluster


@pytest.fixture(params=["sqlite", "postgres"])
async def storage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Storage]:
    """A storage, once in each database."""
    opened: AbstractAsyncContextManager[Storage]
    if request.param == "sqlite":
        opened = open_sqlite(tmp_path / "resources.db")
    else:
        from securedata.storage.postgres import open_postgres

        postgres: Cluster = request.getfixturevalue("postgres")
        opened = open_postgres(postgres.url)
    async with opened as now:
        yield now
