"""Resources one by one: what becomes of them, and what is refused."""

import asyncio
from typing import Any

import grpc
import pytest

from securedata.gen.clients import SecureDataServiceClient
from securedata.gen.securedata.v1 import secure_data_pb2 as pb

from .callers import NO_SUCH_ID, Caller, refused

CODE = grpc.StatusCode


async def test_anybody_may_ask_for_the_limits(client: SecureDataServiceClient) -> None:
    """GetLimits is declared public: it takes no token."""
    assert (await client.get_limits(pb.GetLimitsRequest())).max_import_resources == 1000


# CreateResource


async def test_a_created_resource_belongs_to_its_caller(alice: Caller) -> None:
    """Id, owner, etag and times are the service's to say, whatever was sent."""
    sent: dict[str, Any] = {"owner": "bob", "id": NO_SUCH_ID, "etag": "00", "labels": {"a": "1"}}
    resource = await alice.create("plans", raw_data=b"secret", **sent)
    assert (resource.owner, resource.display_name) == ("alice", "plans")
    assert resource.id != NO_SUCH_ID
    assert resource.etag != "00"
    assert resource.create_time == resource.update_time
    assert await alice.get(resource.id) == resource


async def test_a_chosen_id_makes_a_call_safe_to_repeat(alice: Caller) -> None:
    """The second call creates no twin."""
    assert (await alice.create(resource_id=NO_SUCH_ID)).id == NO_SUCH_ID
    with refused(CODE.ALREADY_EXISTS, NO_SUCH_ID):
        await alice.create(resource_id=NO_SUCH_ID)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": ""}, "resource.display_name: is required"),
        ({"name": "a" * 201}, "resource.display_name"),
        ({"name": "two\nlines"}, "resource.display_name"),
        ({"resource_id": "42"}, "resource_id: must be a valid UUID"),
        ({"labels": {"No": ""}}, 'resource.labels["No"]'),
        ({"labels": {f"l{n}": "" for n in range(33)}}, "resource.labels"),
        ({"raw_data": b"x" * 65537}, "resource.raw_data"),
        ({"json_data": "{"}, "resource.json_data: it is no JSON document"),
        ({"json_data": "NaN"}, "resource.json_data: it is no JSON document"),
        ({"json_data": "[" * 65536}, "resource.json_data: it is no JSON document"),
    ],
)
async def test_a_bad_resource_is_refused(alice: Caller, fields: dict[str, Any], words: str) -> None:
    """The field is named, and what is wrong with it."""
    with refused(CODE.INVALID_ARGUMENT, words):
        await alice.create(**fields)
    assert not (await alice.page()).resources


# GetResource, and who sees what


async def test_what_others_own_is_not_there(alice: Caller, bob: Caller, admin: Caller) -> None:
    """Reading, changing and deleting it all say NOT_FOUND; an admin sees it."""
    hers = await alice.create()
    for attempt in (bob.get(hers.id), bob.update(hers, display_name="b"), bob.delete(hers.id)):
        with refused(CODE.NOT_FOUND, hers.id):
            await attempt
    assert not (await bob.page()).resources
    assert await admin.get(hers.id) == hers
    assert (await admin.update(hers, display_name="b")).owner == "alice"


async def test_what_does_not_exist_is_not_found(alice: Caller) -> None:
    """The answer is the same as for what others own."""
    with refused(CODE.NOT_FOUND, NO_SUCH_ID):
        await alice.get(NO_SUCH_ID)


# ListResources


async def test_pages_lead_to_each_other(alice: Caller, bob: Caller) -> None:
    """Every resource of the caller once, without its data; no token behind the last page."""
    mine = {(await alice.create(str(n), raw_data=b"x")).id for n in range(10)}
    await bob.create()
    seen: list[str] = []
    token = ""
    for count in (4, 4, 2):
        page = await alice.page(4, token)
        assert len(page.resources) == count
        assert not any(resource.HasField("raw_data") for resource in page.resources)
        seen += [resource.id for resource in page.resources]
        token = page.next_page_token
    assert not token
    assert (seen, set(seen)) == (sorted(seen), mine)


async def test_a_full_last_page_is_the_last(alice: Caller) -> None:
    """There is no token to a page with nothing on it."""
    for _ in range(2):
        await alice.create()
    assert not (await alice.page(2)).next_page_token


async def test_deleting_does_not_disturb_pages(alice: Caller) -> None:
    """The next page begins behind where the last one ended, even if that is gone."""
    for n in range(4):
        await alice.create(str(n))
    first = await alice.page(2)
    await alice.delete(first.resources[1].id)
    second = await alice.page(2, first.next_page_token)
    assert len(second.resources) == 2
    assert second.resources[0].id > first.resources[1].id


@pytest.mark.parametrize("token", ["x", "####", "bm90IGFuIGlk", "\u00e4", "AAAA"])
async def test_a_made_up_page_token_is_refused(alice: Caller, token: str) -> None:
    """Whatever was not given out says so."""
    with refused(CODE.INVALID_ARGUMENT, "page_token: this service never gave it out"):
        await alice.page(2, token)


async def test_a_page_token_of_another_caller_grants_nothing(alice: Caller, bob: Caller) -> None:
    """A token says where to go on, not what may be seen."""
    for _ in range(3):
        await alice.create()
    token = (await alice.page(1)).next_page_token
    assert not (await bob.page(10, token)).resources


@pytest.mark.parametrize("size", [-1, 501])
async def test_a_page_has_a_limit(alice: Caller, size: int) -> None:
    """Nobody asks for everything at once."""
    with refused(CODE.INVALID_ARGUMENT, "page_size"):
        await alice.page(size)


# UpdateResource


async def test_an_update_changes_what_its_mask_names(alice: Caller) -> None:
    """Everything else stays, whatever is in the request."""
    before = await alice.create("a", labels={"a": "1"}, raw_data=b"x")
    after = await alice.update(before, "labels", display_name="b", labels={"b": "2"})
    assert (after.display_name, dict(after.labels), after.raw_data) == ("a", {"b": "2"}, b"x")
    assert after.etag != before.etag
    assert after.update_time.ToMicroseconds() >= before.create_time.ToMicroseconds()
    assert await alice.get(before.id) == after


@pytest.mark.parametrize(
    ("mask", "fields", "kind"),
    [
        ("json_data", {"json_data": "{}"}, "json_data"),
        ("raw_data", {}, None),
        ("json_data", {}, "raw_data"),
        ("raw_data", {"json_data": "{}"}, None),
    ],
)
async def test_data_is_one_or_the_other(
    alice: Caller, mask: str, fields: dict[str, Any], kind: str | None
) -> None:
    """Setting one kind replaces the other; emptying the kind that is not there does nothing."""
    before = await alice.create(raw_data=b"x")
    after = await alice.update(before, mask, **fields)
    assert after.WhichOneof("data") == kind
    assert (await alice.get(before.id)).WhichOneof("data") == kind


async def test_whoever_is_late_is_told(alice: Caller) -> None:
    """The etag of a version that was replaced ends with ABORTED, and changes nothing."""
    first = await alice.create()
    second = await alice.update(first, display_name="b")
    with refused(CODE.ABORTED, "read it again"):
        await alice.update(first, display_name="c")
    with refused(CODE.ABORTED, "read it again"):
        await alice.delete(first.id, first.etag)
    assert await alice.get(first.id) == second


async def test_of_many_at_once_one_wins(alice: Caller) -> None:
    """A lost update is impossible."""
    resource = await alice.create()
    attempts = (alice.update(resource, display_name=str(n)) for n in range(20))
    done = await asyncio.gather(*attempts, return_exceptions=True)
    won = [found for found in done if isinstance(found, pb.Resource)]
    assert len(won) == 1
    assert await alice.get(resource.id) == won[0]


@pytest.mark.parametrize(
    ("mask", "fields", "words"),
    [
        ((), {"owner": "bob"}, "only display_name, labels, raw_data and json_data"),
        ((), {}, "update_mask"),
        (("display_name", "labels.a"), {"display_name": "b"}, "only display_name, labels"),
        ((), {"display_name": ""}, "display_name: is required"),
        ((), {"display_name": "b", "etag": ""}, "resource.id and resource.etag are required"),
    ],
)
async def test_a_bad_update_is_refused(
    alice: Caller, mask: tuple[str, ...], fields: dict[str, Any], words: str
) -> None:
    """Before anything is looked up."""
    resource = await alice.create()
    if "etag" in fields:
        fields = {name: value for name, value in fields.items() if name != "etag"}
        resource.etag = ""
    with refused(CODE.INVALID_ARGUMENT, words):
        await alice.update(resource, *mask, **fields)


# DeleteResource


@pytest.mark.parametrize("with_etag", [True, False])
async def test_a_deleted_resource_is_gone(alice: Caller, with_etag: bool) -> None:
    """With the version that was read, or whatever version there is."""
    resource = await alice.create()
    await alice.delete(resource.id, resource.etag if with_etag else "")
    for attempt in (alice.get(resource.id), alice.delete(resource.id)):
        with refused(CODE.NOT_FOUND):
            await attempt
