"""PostgreSQL comes and goes; the service says so and goes on."""

import asyncio

import pytest
from psycopg import AsyncConnection

from securedata.errors import Unavailable
from securedata.gen.securedata.v1 import secure_data_pb2 as pb
from securedata.runtime.server import StartError
from securedata.storage import schema
from securedata.storage.postgres import open_postgres

from ..postgres import Cluster
from .test_storage import ALICE, BOB, made


async def test_a_database_that_restarts_is_found_again(postgres: Cluster) -> None:
    """While it is away calls are told to try again; then the old connections are replaced."""
    resource = made("a")
    async with open_postgres(postgres.url) as storage:
        await storage.create([resource], ALICE)
        postgres.stop()
        try:
            for attempt in (storage.ping(), storage.get(resource.id, None)):
                with pytest.raises(Unavailable, match="the database does not answer"):
                    await attempt
        finally:
            await asyncio.to_thread(postgres.start)
        async with asyncio.timeout(20):
            while True:
                try:
                    assert await storage.get(resource.id, None) == resource
                    return
                except Unavailable:
                    await asyncio.sleep(0.1)


async def test_no_entry_appears_behind_one_that_was_read(postgres: Cluster) -> None:
    """While a writer that has the first number is not done, nobody gets to show the second."""
    async with (
        open_postgres(postgres.url) as storage,
        await AsyncConnection.connect(postgres.url) as other,
    ):
        entry = schema.record("", pb.AUDIT_ACTION_CREATED, BOB)
        await other.execute(entry.text.replace("?", "%s").encode(), entry.values)
        work = asyncio.create_task(storage.create([made("a")], ALICE))
        await asyncio.sleep(0.3)
        assert await storage.trail(0, "", 10) == []
        await other.commit()
        await work
        assert [entry.actor for entry in await storage.trail(0, "", 10)] == ["bob", "alice"]


async def test_a_start_without_database_is_one_line(postgres: Cluster) -> None:
    """It says which setting is concerned, and nothing of the password."""
    wrong = postgres.url.replace(postgres.password, "a-wrong-password")
    with pytest.raises(
        StartError, match="DATABASE_URL: .* password authentication failed"
    ) as caught:
        async with open_postgres(wrong):
            pass
    assert "\n" not in str(caught.value)
    assert "a-wrong-password" not in str(caught.value)


async def test_many_start_at_once(postgres: Cluster) -> None:
    """The tables are made once, whoever comes first."""

    async def start() -> None:
        async with open_postgres(postgres.url) as storage:
            await storage.page(None, "", 1)

    await asyncio.gather(*(start() for _ in range(5)))
