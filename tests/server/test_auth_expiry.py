"""A stream of responses ends with the token that let its caller in."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.harness import LabProject, LabServer, finish, stream, until
from tests.server.issuer import SETTINGS, Signer, bearer, ec_signer, key_set

LEEWAY = 10.0
"""Seconds that clocks may differ: a token counts for so much longer than it says."""

SIGNER: Signer = ec_signer("key")


@pytest.fixture
async def lab_server(lab: LabProject, tmp_path: Path) -> AsyncIterator[LabServer]:
    """A service that takes tokens."""
    (tmp_path / "keys.json").write_text(key_set(SIGNER))
    auth = {name.lower(): value for name, value in SETTINGS.items()}
    async with lab.running(
        **auth, auth_algorithms="ES256", auth_jwks_file=tmp_path / "keys.json", shutdown_grace=0
    ) as now:
        lab.events.clear()
        yield now


def good_for(seconds: float, **claims: Any) -> Any:
    """The metadata with a token that counts for so long."""
    return tuple(bearer(SIGNER.token(exp=time.time() - LEEWAY + seconds, **claims)))


@pytest.mark.parametrize("method", ["Lab/Many", "Lab/Chat"])
async def test_a_stream_ends_with_its_token(lab_server: LabServer, method: str) -> None:
    """The stream ends with UNAUTHENTICATED, also in the metrics, and the caller can start another with a new token."""
    ask = lab_server.ask(what="sleep", count=60_000)
    call = lab_server.call(method, stream(ask) if method == "Lab/Chat" else ask, metadata=good_for(1.2), timeout=20)
    end = await finish(call)
    assert (end.name, end.details) == ("UNAUTHENTICATED", "the token has expired")
    assert "cancelled" in lab_server.lab.events
    assert (await lab_server.scrape()).calls() == {(method, "UNAUTHENTICATED"): 1}


async def test_a_reader_who_does_not_read(lab_server: LabServer) -> None:
    """A stream that waits for its reader ends with its token as well."""
    call = lab_server.call("Lab/Many", lab_server.ask(what="flood"), metadata=good_for(1.2), timeout=20)
    await call.read()
    await until(lambda: "left in the context of its call" in lab_server.lab.events)
    assert (await finish(call)).name == "UNAUTHENTICATED"


async def test_a_single_reply_is_not_cut_off(lab_server: LabServer) -> None:
    """A call that was let in is answered, even if its token expires meanwhile: it has a time limit of its own."""
    end = await lab_server.end("Lab/One", lab_server.ask(what="sleep", count=1500), metadata=good_for(1.0))
    assert end.name == "OK"


@pytest.mark.parametrize("seconds", [3600, 1e12])
async def test_a_stream_that_ends_before(lab_server: LabServer, seconds: float) -> None:
    """A token that is good for long, or for longer than a loop can count, changes nothing."""
    before = asyncio.get_running_loop().time()
    end = await lab_server.end("Lab/Many", lab_server.ask(what="answer", count=3), metadata=good_for(seconds))
    assert (end.name, len(end.responses)) == ("OK", 3)
    assert asyncio.get_running_loop().time() - before < 5
