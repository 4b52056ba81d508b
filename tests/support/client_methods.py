"""Call every method of every client of a generated project, with ``async`` and without, in front of a fake.

python client_methods.py PACKAGE     in the project's folder
"""

import asyncio
import importlib
import sys
from collections.abc import AsyncIterator
from typing import Any


def main() -> int:
    """Return 0; raises AssertionError for a method that sends or gives back something else than it should."""
    sys.path[:0] = ["src", "."]
    (package,) = sys.argv[1:]
    registry = importlib.import_module(f"{package}.gen.registry").REGISTRY
    clients = importlib.import_module(f"{package}.gen.clients")
    kinds = {kind._service: kind for kind in vars(clients).values() if hasattr(kind, "sync")}
    fake = importlib.import_module(f"{package}.runtime.client").Fake
    sample = importlib.import_module("tests.samples").sample
    count = 0
    for service in registry.services:
        asyncio.run(call_all(answering(fake(kinds[service.name]), service, sample), service, sample))
        call_all_without_async(answering(fake(kinds[service.name]), service, sample), service, sample)
        count += len(service.methods)
    print(count)
    return 0


def answering(fake: Any, service: Any, sample: Any) -> Any:
    """A fake that answers all methods of a service, each stream with two responses."""
    for method in service.methods:
        fake.on(method.attribute, answer(method, sample(method.response)))
    return fake


def answer(method: Any, response: Any) -> Any:
    """The response that a fake is configured with."""

    async def each(requests: AsyncIterator[Any]) -> AsyncIterator[Any]:
        async for _ in requests:
            yield response

    if method.kind.server_streaming and method.kind.client_streaming:
        return each
    return [response, response] if method.kind.server_streaming else response


def requests(method: Any, sample: Any) -> Any:
    """What to call a method with."""
    request = sample(method.request)
    return [request, request] if method.kind.client_streaming else request


async def call_all(fake: Any, service: Any, sample: Any) -> None:
    """The methods of the async client."""
    async with fake.client() as client:
        for method in service.methods:
            called = getattr(client, method.attribute)(requests(method, sample))
            found = [one async for one in called] if method.kind.server_streaming else [await called] * 2
            check(found, fake, method, sample)


def call_all_without_async(fake: Any, service: Any, sample: Any) -> None:
    """The methods of the client for scripts and threads."""
    with fake.sync() as client:
        for method in service.methods:
            called = getattr(client, method.attribute)(requests(method, sample))
            check(list(called) if method.kind.server_streaming else [called] * 2, fake, method, sample)


def check(responses: list[Any], fake: Any, method: Any, sample: Any) -> None:
    """What came back is what was answered, and what was sent is what the proto says."""
    assert responses == [sample(method.response)] * 2, method.path
    assert fake.calls[-1].request == sample(method.request), method.path


if __name__ == "__main__":
    sys.exit(main())
