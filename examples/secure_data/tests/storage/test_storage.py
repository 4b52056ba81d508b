"""What the handlers rely on holds in both databases."""

import asyncio
from typing import Any

import pytest

from securedata.errors import AlreadyExists
from securedata.gen.securedata.v1 import secure_data_pb2 as pb
from securedata.resources import first_version
from securedata.storage import Author, Storage

ALICE, BOB = Author("alice", "request-a"), Author("bob", "request-b")


def made(name: str, owner: str = "alice", resource_id: str = "", **fields: Any) -> pb.Resource:
    """A resource as the handlers make it."""
    given = pb.Resource(display_name=name, **fields)
    return first_version(given, resource_id, owner)


async def changes(storage: Storage) -> list[tuple[int, str]]:
    """The whole trail: what was done, and by whom."""
    return [(entry.action, entry.actor) for entry in await storage.trail(0, "", 1000)]


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"raw_data": b"\x00\xff"},
        {"raw_data": b""},
        {"json_data": '{"a": "\u00e4\\u0000"}'},
        {"labels": {"a": "1", "b": "\x00 ' ; ? %s"}},
    ],
)
async def test_a_resource_comes_back_as_it_was(storage: Storage, fields: dict[str, Any]) -> None:
    """Every field to the bit, also what SQL or a driver could trip over."""
    resource = made("a ' \" ; ? %s \u00e4", **fields)
    await storage.create([resource], ALICE)
    assert await storage.get(resource.id, "alice") == resource


async def test_an_owner_sees_its_own(storage: Storage) -> None:
    """None as the owner stands for everybody."""
    resource = made("a")
    await storage.create([resource], ALICE)
    assert await storage.get(resource.id, "bob") is None
    assert await storage.page("bob", "", 10) == []
    assert await storage.get(resource.id, None) == resource
    assert [found.id for found in await storage.page(None, "", 10)] == [resource.id]


async def test_an_id_is_taken_once(storage: Storage) -> None:
    """Whoever asks for an id that is taken gets nothing, and changes nothing."""
    first = made("a")
    await storage.create([first], ALICE)
    with pytest.raises(AlreadyExists, match=first.id):
        await storage.create([made("b"), made("c", "bob", first.id), made("d")], BOB)
    assert await storage.page(None, "", 10) == [first]
    assert await changes(storage) == [(pb.AUDIT_ACTION_CREATED, "alice")]


async def test_nothing_is_quickly_created(storage: Storage) -> None:
    """An empty batch is no mistake."""
    await storage.create([], ALICE)
    assert await changes(storage) == []


async def test_an_id_cannot_be_created_twice_at_once(storage: Storage) -> None:
    """The second of two in one batch is refused with the whole batch."""
    one = made("a")
    with pytest.raises(AlreadyExists, match=one.id):
        await storage.create([one, made("b", resource_id=one.id)], ALICE)
    assert await storage.page(None, "", 10) == []


async def test_pages_follow_each_other(storage: Storage) -> None:
    """By id, without data, each resource once."""
    resources = [made(str(n), raw_data=b"data") for n in range(25)]
    await storage.create(resources, ALICE)
    seen: list[str] = []
    while page := await storage.page("alice", seen[-1] if seen else "", 10):
        assert not any(found.HasField("raw_data") for found in page)
        seen += [found.id for found in page]
    assert seen == sorted(resource.id for resource in resources)


async def test_a_version_is_replaced_once(storage: Storage) -> None:
    """Of many who saw the same version one wins."""
    resource = made("a", raw_data=b"1")
    await storage.create([resource], ALICE)
    versions = [made(str(n), resource_id=resource.id, json_data="{}") for n in range(10)]
    done = await asyncio.gather(*(storage.replace(v, resource.etag, BOB) for v in versions))
    assert sum(done) == 1
    found = await storage.get(resource.id, None)
    assert found is not None
    assert found.etag == versions[done.index(True)].etag
    assert (found.owner, found.json_data) == ("alice", "{}"), "the owner stays"
    assert await changes(storage) == [
        (pb.AUDIT_ACTION_CREATED, "alice"),
        (pb.AUDIT_ACTION_UPDATED, "bob"),
    ]


async def test_a_version_is_deleted_once(storage: Storage) -> None:
    """Another version, or the same one again, is not."""
    resource = made("a")
    await storage.create([resource], ALICE)
    assert not await storage.delete(resource.id, "0", BOB)
    assert await storage.delete(resource.id, resource.etag, BOB)
    assert not await storage.delete(resource.id, resource.etag, BOB)
    assert await storage.get(resource.id, None) is None
    assert [action for action, _ in await changes(storage)] == [
        pb.AUDIT_ACTION_CREATED,
        pb.AUDIT_ACTION_DELETED,
    ]


async def test_the_trail_is_read_from_any_place(storage: Storage) -> None:
    """Behind a sequence number, of one resource or of all."""
    resources = [made(str(n)) for n in range(5)]
    await storage.create(resources, ALICE)
    everything = await storage.trail(0, "", 100)
    assert [entry.resource_id for entry in everything] == [resource.id for resource in resources]
    assert [entry.request_id for entry in everything] == ["request-a"] * 5
    assert await storage.trail(everything[1].sequence, "", 2) == everything[2:4]
    assert await storage.trail(0, resources[3].id, 100) == everything[3:4]


async def test_the_trail_is_read_while_others_write(storage: Storage) -> None:
    """Whoever goes on behind the last entry that it saw sees each one once."""
    seen: list[int] = []

    async def read() -> None:
        while len(seen) < 100:
            seen.extend(e.sequence for e in await storage.trail(seen[-1] if seen else 0, "", 1000))

    writers = (storage.create([made(str(n))], ALICE) for n in range(100))
    async with asyncio.timeout(20):
        await asyncio.gather(read(), *writers)
    assert seen == sorted(set(seen))


async def test_what_is_cancelled_happens_in_full_or_not_at_all(storage: Storage) -> None:
    """Wherever a cancellation strikes: resources and trail agree, and the storage goes on."""
    for n in range(20):
        batch = [made(str(i)) for i in range(10)]
        work = asyncio.create_task(storage.create(batch, ALICE))
        await asyncio.sleep(n * 0.0005)
        work.cancel()
        await asyncio.wait([work])
    await storage.ping()
    kept = {resource.id for resource in await storage.page(None, "", 1000)}
    recorded = {entry.resource_id for entry in await storage.trail(0, "", 1000)}
    assert kept == recorded
    assert len(kept) % 10 == 0
