"""Both databases, each with no rows."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from securedata.storage import Storage
from securedata.storage.sqlite import open_sqlite

from ..postgres import Cluster, cluster, programs


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """A real PostgreSQL."""
    found = programs()
    if found is None:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    with cluster(found) as now:
        yield now


@pytest.fixture(params=["sqlite", "postgres"])
async def storage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Storage]:
    """A storage, once in each database."""
    opened: AbstractAsyncContextManager[Storage]
    if request.param == "sqlite":
        opened = open_sqlite(tmp_path / "resources.db")
    else:
        from securedata.storage.postgres import open_postgres

        postgres: Cluster = request.getfixturevalue("postgres")
        postgres.empty()
        opened = open_postgres(postgres.url)
    async with opened as now:
        yield now
