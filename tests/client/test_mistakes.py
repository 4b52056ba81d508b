"""Mistakes of callers raise exceptions with a clear message, before a call starts."""

import asyncio
import math
from collections.abc import Callable
from typing import Any

import pytest

from tests.client.harness import DepotProject
from tests.client.kinds import KINDS, each_kind

METADATA: list[tuple[Any, type[Exception], str]] = [
    ({"a": "b"}, TypeError, r"pairs.* not dict.*list\(metadata.items\(\)\)"),
    ("text", TypeError, "pairs.* not str"),
    ([("X-Colour", "red")], ValueError, "'X-Colour'.* lower case"),
    ([("a b", "red")], ValueError, "'a b'"),
    ([("colour", "red\nblue")], ValueError, "'colour'.* ASCII"),
    ([("colour", "grün")], ValueError, "'colour'.* ASCII"),
    ([("colour", 1)], TypeError, "'colour'.* text, not int"),
    ([("colour", b"red")], TypeError, "'colour'.* text, not bytes"),
    ([("shape-bin", "round")], TypeError, "'shape-bin'.* bytes, not str"),
]


@pytest.mark.parametrize(("metadata", "kind", "words"), METADATA, ids=repr)
async def test_metadata_that_cannot_be_sent(
    depot: DepotProject, metadata: Any, kind: type[Exception], words: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """The key and what is wrong with it are named; what might be secret is not."""
    async with depot.client("127.0.0.1:1") as client:
        with pytest.raises(kind, match=words) as caught:
            await client.put(what="x", metadata=metadata)
        assert client._rpcs["put"].metrics.running == 0
        assert not client._rpcs["put"].metrics.durations
    assert not any(secret in str(caught.value) for secret in ("red", "blue", "grün", "round"))
    assert capfd.readouterr().err == ""


@each_kind
async def test_metadata_of_any_kind_of_call(depot: DepotProject, kind: str) -> None:
    """All four look at it."""
    async with depot.client("127.0.0.1:1") as client:
        with pytest.raises(ValueError, match="lower case"):
            await KINDS[kind](client, depot.parcel(what="x"), metadata=[("Colour", "red")])
        assert client._rpcs[kind].metrics.running == 0


async def _late() -> Any:
    return 7


SECRETS: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (lambda: None, TypeError, "Token: .* text, not NoneType"),
    (lambda: b"bytes", TypeError, "Token: .* text, not bytes"),
    (_late, TypeError, "Token: .* text, not int"),
    (lambda: "hunter2\n", ValueError, "Token: .* ASCII"),
]


@pytest.mark.parametrize(("secret", "kind", "words"), SECRETS)
async def test_a_secret_that_cannot_be_sent(
    depot: DepotProject, secret: Callable[[], Any], kind: type[Exception], words: str
) -> None:
    """What its function gave is not shown."""
    token = depot.module("runtime.client").Token(secret)
    async with depot.client("127.0.0.1:1", auth=token) as client:
        with pytest.raises(kind, match=words) as caught:
            await client.put(what="x")
    assert "hunter2" not in str(caught.value)


def test_a_secret_that_never_can_be(depot: DepotProject) -> None:
    """One that is fixed is looked at when it is given."""
    credentials = depot.module("runtime.client")
    with pytest.raises(ValueError, match=r"ApiKey: .* ASCII"):
        credentials.ApiKey("hunter2\n")
    with pytest.raises(TypeError, match=r"Token: .* text, not bytes"):
        credentials.Token(b"x")
    with pytest.raises(TypeError, match=r"auth must be Token\(...\) or ApiKey\(...\), not str"):
        depot.client("127.0.0.1:1", auth="hunter2")


async def test_as_long_as_it_takes(depot: DepotProject) -> None:
    """`timeout=math.inf` lifts what a method declares; None is what it declares."""
    async with depot.running(default_timeout=0) as port, depot.client(f"127.0.0.1:{port}") as client:
        assert (await client.count(what="remaining", timeout=math.inf)).number == 0
        assert 0 < (await client.count(what="remaining", timeout=None)).number < 0.5


async def test_two_readers(depot: DepotProject) -> None:
    """The second reader gets an exception, and the first continues to read."""
    async with depot.running() as port, depot.client(f"127.0.0.1:{port}") as client, client.talk() as talk:
        first = asyncio.create_task(anext(talk))
        await asyncio.sleep(0)
        with pytest.raises(RuntimeError, match="one response at a time"):
            await anext(talk)
        await talk.send(what="a")
        assert (await first).text == "a"
