"""Import, sync and trail: what happens while a stream is open, and when it breaks off."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any, cast

import grpc
import pytest

from securedata.gen.securedata.v1 import secure_data_pb2 as pb
from securedata.handlers.secure_data_service import SecureDataService
from securedata.resources import first_version
from securedata.runtime.server import Context
from securedata.storage import Author, Storage
from securedata.storage.sqlite import open_sqlite

from .callers import LATE, NO_SUCH_ID, Caller, item, refused

CODE = grpc.StatusCode


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[Storage]:
    """A database without a server around it."""
    async with open_sqlite(tmp_path / "alone.db") as now:
        yield now


# ImportResources


async def test_an_import_creates_all(alice: Caller) -> None:
    """The ids come back in the order sent, and the caller owns what came in."""
    ids = await alice.bring(item(str(n), raw_data=b"x") for n in range(1000))
    assert [(await alice.get(ids[n])).display_name for n in (0, 500, 999)] == ["0", "500", "999"]
    assert (await alice.get(ids[0])).owner == "alice"


@pytest.mark.parametrize(
    ("last", "code", "words"),
    [
        (item(""), CODE.INVALID_ARGUMENT, "display_name: is required"),
        (item("c", json_data="{"), CODE.INVALID_ARGUMENT, "json_data: it is no JSON"),
        (item("c", NO_SUCH_ID), CODE.ALREADY_EXISTS, NO_SUCH_ID),
    ],
)
async def test_one_bad_resource_refuses_an_import(
    alice: Caller, last: pb.ImportResourcesRequest, code: grpc.StatusCode, words: str
) -> None:
    """Nothing of a refused import stays, wherever in it the bad one is."""
    await alice.create(resource_id=NO_SUCH_ID)
    with refused(code, words):
        await alice.bring([item("a"), last, item("b")])
    assert [found.id for found in (await alice.page()).resources] == [NO_SUCH_ID]


@pytest.mark.parametrize(
    "items",
    [[item("a")] * 1001, [item("a", raw_data=b"x" * 65536)] * 129],
    ids=["resources", "bytes"],
)
async def test_an_import_has_a_limit(alice: Caller, items: list[pb.ImportResourcesRequest]) -> None:
    """What is held in memory until the end of an import is bounded."""
    with refused(CODE.RESOURCE_EXHAUSTED, "an import has 1000 resources at most"):
        await alice.bring(items)
    assert not (await alice.page()).resources


async def test_an_import_that_breaks_off_leaves_nothing(alice: Caller, admin: Caller) -> None:
    """A caller that is gone before it closed its side has created nothing, and changed nothing."""

    async def unfinished(sent: asyncio.Event) -> AsyncIterator[pb.ImportResourcesRequest]:
        yield item("a")
        yield item("b")
        sent.set()
        await asyncio.sleep(LATE)

    for _ in range(10):
        sent = asyncio.Event()
        call = asyncio.ensure_future(
            alice.client.import_resources(unfinished(sent), **alice.options)
        )
        await asyncio.wait_for(sent.wait(), LATE)
        await asyncio.sleep(0.005)  # let the resources arrive
        call.cancel()
        await asyncio.wait([call])
    await asyncio.sleep(0.1)  # let the server notice
    assert not (await alice.page()).resources
    assert [entry async for entry in admin.trail()] == []


# SyncResources


async def test_a_copy_is_compared(alice: Caller, bob: Caller) -> None:
    """Each request has its answer: what is the same, what is newer, what is gone."""
    same, newer, gone, others = [await alice.create(str(n)) for n in range(3)] + [
        await bob.create()
    ]
    now = await alice.update(newer, raw_data=b"x")
    await alice.delete(gone.id)
    copies = [(r.id, r.etag) for r in (same, newer, gone, others)] + [(same.id, "")]
    answers = [answer async for answer in alice.sync(copies)]
    assert [answer.resource_id for answer in answers] == [found for found, _ in copies]
    assert [answer.WhichOneof("state") for answer in answers] == [
        "current",
        "changed",
        "gone",
        "gone",
        "changed",
    ]
    assert answers[1].changed == now
    assert answers[4].changed == same


async def test_a_caller_that_does_not_read_is_not_read(storage: Storage) -> None:
    """While an answer waits to be read, no further question is taken."""
    asked = 0

    async def questions() -> AsyncIterator[pb.SyncResourcesRequest]:
        nonlocal asked
        while True:
            asked += 1
            yield pb.SyncResourcesRequest(resource_id=NO_SUCH_ID)

    stream = SecureDataService(storage).sync_resources(questions(), cast("Context", None))
    async with aclosing(cast("AsyncGenerator[Any, None]", stream)) as answers:
        for n in range(1, 4):
            await anext(answers)
            await asyncio.sleep(0.01)
            assert asked == n


# StreamAuditLogs


async def test_the_trail_tells_who_changed_what(alice: Caller, auditor: Caller) -> None:
    """One entry for each change, in order, with the request id and without any data."""
    resource = await alice.create(raw_data=b"secret")
    await alice.delete((await alice.update(resource, display_name="b")).id)
    entries = [entry async for entry in auditor.trail()]
    assert [entry.action for entry in entries] == [
        pb.AUDIT_ACTION_CREATED,
        pb.AUDIT_ACTION_UPDATED,
        pb.AUDIT_ACTION_DELETED,
    ]
    assert {(entry.resource_id, entry.actor) for entry in entries} == {(resource.id, "alice")}
    assert len({entry.request_id for entry in entries}) == 3
    later = [entry async for entry in auditor.trail(after_sequence=entries[1].sequence)]
    assert later == entries[2:]


async def test_the_trail_of_one_resource(alice: Caller, auditor: Caller) -> None:
    """The changes of others are left out."""
    first, second = await alice.create(), await alice.create()
    entries = [entry async for entry in auditor.trail(resource_id=second.id)]
    assert [entry.resource_id for entry in entries] == [second.id]
    assert first.id != second.id


async def test_whoever_follows_hears_of_changes(alice: Caller, auditor: Caller) -> None:
    """First what happened already, then what happens."""
    await alice.create("a")
    async with auditor.trail(follow=True) as entries:
        first = await anext(entries)
        resource = await alice.create("b")
        second = await asyncio.wait_for(anext(entries), LATE)
        assert second.resource_id == resource.id
        assert second.sequence > first.sequence


async def test_whoever_reads_slowly_misses_nothing(alice: Caller, auditor: Caller) -> None:
    """A trail that is longer than what is fetched at once comes in full."""
    await alice.bring(item(str(n)) for n in range(350))
    async with auditor.trail(follow=True) as entries:
        await anext(entries)
        await alice.bring(item(str(n)) for n in range(350))
        sequences = [(await anext(entries)).sequence for _ in range(699)]
    assert sequences == sorted(set(sequences))


async def test_the_trail_is_fetched_as_it_is_read(storage: Storage) -> None:
    """A reader that stops costs the server one chunk, however long the trail is."""
    resources = [first_version(pb.Resource(display_name=str(n)), "", "alice") for n in range(250)]
    await storage.create(resources, Author("alice", ""))
    fetched: list[int] = []

    class Counting:
        async def trail(self, after: int, resource_id: str, size: int) -> Sequence[pb.AuditLog]:
            fetched.append(after)
            return await storage.trail(after, resource_id, size)

    handler = SecureDataService(cast("Storage", Counting()))
    stream = handler.stream_audit_logs(pb.StreamAuditLogsRequest(), cast("Context", None))
    async with aclosing(cast("AsyncGenerator[Any, None]", stream)) as entries:
        for _ in range(150):
            await anext(entries)
    assert fetched == [0, 100]
