"""How long calls may take."""

import time

import pytest

from tests.client.harness import DepotProject


async def test_what_is_declared_is_the_deadline(depot: DepotProject) -> None:
    """A call has the caller's timeout, else the method's, else 30 s; a response stream has none by default."""
    async with depot.running() as port, depot.client(f"127.0.0.1:{port}") as client:
        assert 20 < (await client.find(what="remaining")).number < 31
        assert 0 < (await client.count(what="remaining")).number < 0.5
        assert 2 < (await client.count(what="remaining", timeout=5)).number < 6
        assert [reply.number async for reply in client.watch(what="remaining", number=1)] == [0, 0]
    async with depot.running() as port, depot.client(f"127.0.0.1:{port}", timeout=None) as client:
        assert (await client.find(what="remaining")).number == 0


@pytest.mark.parametrize("timeout", [2.0, None])
async def test_a_handlers_calls_end_before_it_has_to(depot: DepotProject, timeout: float | None) -> None:
    """The deadline of the call in progress holds for those that it makes, with a margin."""
    async with depot.running(default_timeout=2) as port, depot.client(f"127.0.0.1:{port}", timeout=None) as client:
        own = {"what": "forward", "target": f"127.0.0.1:{port}", "load": b"remaining", "number": 0.5}
        assert 0.5 < (await client.put(**own, timeout=timeout)).number < 1.7


async def test_a_call_that_has_no_time_left_is_not_made(depot: DepotProject) -> None:
    """It fails at once, and the other service never hears of it."""
    async with depot.running() as port, depot.client(f"127.0.0.1:{port}") as client:
        before = depot.calls.count("remaining")
        started = time.monotonic()
        own = {"what": "forward", "target": f"127.0.0.1:{port}", "load": b"remaining", "number": 30}
        with pytest.raises(depot.errors.DeadlineExceeded, match="did not respond"):
            await client.put(**own, timeout=20)
        assert time.monotonic() - started < 10
        assert depot.calls.count("remaining") == before
