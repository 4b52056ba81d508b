"""Every refusal of the recommended chain, over all kinds of methods, in memory and over a port."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import pytest

from pyservice_runtime.interceptors import Kind, Method
from pyservice_runtime.server.chain import recommended
from pyservice_runtime.testing.calls import End, call

from .memory_calls import memory_service
from .probe_messages import Order
from .probe_service import Blocker, _handler, method, probe_service, settings_for_tests, text, until

Code = grpc.StatusCode
Send = Callable[..., Awaitable[End]]

ALICE = [("x-api-key", "alice")]


@dataclass(frozen=True)
class Refusal:
    """A call that is refused, and why."""

    code: grpc.StatusCode
    details: str
    declared: dict[str, Any] = field(default_factory=dict)
    """Of the method."""
    settings: dict[str, Any] = field(default_factory=dict)
    metadata: Any = tuple(ALICE)
    request: bytes = text("a").SerializeToString()
    before: str = ""
    """The text of a call that is made first."""


REFUSALS = {
    "no credentials": Refusal(Code.UNAUTHENTICATED, "exactly one x-api-key is required", metadata=()),
    "a role": Refusal(Code.PERMISSION_DENIED, "requires the role admin", {"roles": ("admin",)}),
    "a scope": Refusal(Code.PERMISSION_DENIED, "requires the scope write", {"scopes": ("write",)}),
    "a rate": Refusal(Code.RESOURCE_EXHAUSTED, "limited to 0.01 per second", {"rate": 0.01, "burst": 1}, before="b"),
    "calls at once": Refusal(Code.RESOURCE_EXHAUSTED, "limited to 1 at once", {"concurrency": 1}, before="stay"),
    "all calls at once": Refusal(
        Code.RESOURCE_EXHAUSTED, "the server is busy", settings={"max_concurrent_rpcs": 1}, before="stay"
    ),
    "time": Refusal(
        Code.DEADLINE_EXCEEDED, "longer than 0.05 s", {"timeout": 0.05}, request=text("stay").SerializeToString()
    ),
    "size": Refusal(
        Code.RESOURCE_EXHAUSTED,
        "the request has 2003 bytes",
        settings={"max_message_bytes": 1024},
        request=text("a" * 2000).SerializeToString(),
    ),
    "bytes": Refusal(Code.INVALID_ARGUMENT, "cannot decode the request", request=b"\xff\xff"),
    "rules": Refusal(Code.INVALID_ARGUMENT, "name: is required", {"request": Order}, request=b""),
}


@asynccontextmanager
async def serving(door: str, settings: Any, rpc: Method, blocker: Blocker) -> AsyncIterator[Send]:
    """The service with one method; what is yielded sends bytes to it."""
    behaviors = {"stay": blocker}
    if door == "port":
        async with probe_service(settings, rpc, behaviors=behaviors) as service:

            async def over_port(raw: bytes, metadata: Any) -> End:
                return await call(service.channel, rpc, raw, metadata=metadata)

            yield over_port
        return
    service_in_memory = memory_service(_handler([rpc], behaviors), recommended(settings), settings, rpc)

    async def in_memory(raw: bytes, metadata: Any) -> End:
        return await service_in_memory.send(rpc, raw, metadata)

    yield in_memory


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """The file of API keys, with one caller."""
    file = tmp_path / "keys"
    file.write_text(f"alice {hashlib.sha256(b'alice').hexdigest()} - -\n")
    return file


@pytest.mark.parametrize("door", ["memory", "port"])
@pytest.mark.parametrize("kind", Kind, ids=lambda kind: kind.name.lower())
@pytest.mark.parametrize("what", REFUSALS)
async def test_refusals(door: str, kind: Kind, what: str, keys: Path) -> None:
    """The status and its details are the same, and nothing is sent before."""
    refusal = REFUSALS[what]
    rpc = method("Probe", kind, **refusal.declared)
    settings = settings_for_tests(auth_mode="api_key", api_keys_file=keys, **refusal.settings)
    blocker = Blocker()
    async with serving(door, settings, rpc, blocker) as send:
        before = None
        if refusal.before:
            before = asyncio.ensure_future(send(text(refusal.before).SerializeToString(), ALICE))
            await until(lambda: blocker.calls or before.done())
        end = await send(refusal.request, refusal.metadata)
        blocker.release()
        if before is not None:
            assert (await before).code is Code.OK
    assert (end.code, end.responses) == (refusal.code, ())
    assert refusal.details in end.details
