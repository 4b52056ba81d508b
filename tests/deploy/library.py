"""The service of library.proto: generated once, with logic, and started as often as a test wants."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.command import Finished, environment, run
from tests.support.protoc import GOOGLEAPIS, protoc

PROTO = Path(__file__).with_name("library.proto")
OPTIONS = Path(__file__).parents[2] / "protoc_gen_pyservice" / "include"
SERVICE = "acme.library.v1.Library"
START = 30.0
"""Seconds that a process may take until it answers, at most."""

_HANDLER = '''\
"""The logic: it answers with what it was asked."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator

from google.protobuf.empty_pb2 import Empty

from ..errors import InvalidArgument, NotFound, Unavailable
from ..gen import library_pb2 as pb
from ..gen.clients import LibraryClient
from ..gen.servicers import LibraryServicer
from ..runtime.server import Context


class Library(LibraryServicer):
    async def get_book(self, request: pb.GetBookRequest, context: Context) -> pb.Book:
        if request.name.endswith("missing"):
            raise NotFound("book", request.name)
        return pb.Book(name=request.name, sold=1 << 53, server=os.getpid())

    async def list_books(self, request: pb.ListBooksRequest, context: Context) -> pb.ListBooksReply:
        books = [pb.Book(name=request.parent, title=tag) for tag in request.tags]
        return pb.ListBooksReply(books=books[: request.page_size])

    async def create_book(self, request: pb.CreateBookRequest, context: Context) -> pb.Book:
        if not request.book.title:
            raise InvalidArgument({"book.title": "must not be empty"})
        return pb.Book(name=f"{request.parent}/books/1", title=request.book.title, pages=request.book.pages)

    async def watch_books(self, request: pb.WatchBooksRequest, context: Context) -> AsyncIterator[pb.Book]:
        for number in range(request.count):
            yield pb.Book(pages=number)
            await asyncio.sleep(0.02)

    async def add_books(self, requests: AsyncIterator[pb.Book], context: Context) -> pb.ListBooksReply:
        return pb.ListBooksReply(books=[book async for book in requests])

    async def fail(self, request: pb.FailRequest, context: Context) -> Empty:
        await asyncio.sleep(request.milliseconds / 1000)
        match request.how:
            case "unavailable":
                raise Unavailable("the shelves are closed", retry_after=1)
            case "bug":
                raise RuntimeError("password=hunter2")
            case "there":
                async with LibraryClient(request.where) as library:
                    await library.peek(Empty())
                    with contextlib.suppress(Exception):
                        await library.create_book(pb.CreateBookRequest())
        return Empty()

    async def peek(self, request: Empty, context: Context) -> pb.Book:
        return pb.Book(title="anybody")

    async def slow(self, request: Empty, context: Context) -> Empty:
        await asyncio.sleep(60)
        return Empty()
'''


@dataclass(frozen=True, slots=True)
class Running:
    """A process of the service that has said on which ports it listens."""

    process: "subprocess.Popen[bytes]"
    port: int
    metrics: int

    def kill(self) -> None:
        """End it at once, in the middle of whatever it does."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


class Library:
    """The generated project."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def env(self, **settings: object) -> dict[str, str]:
        """The environment of everything that belongs to the project."""
        return {"PYTHONPATH": str(self.folder / "src"), **{name: str(value) for name, value in settings.items()}}

    def rendered(self, **settings: object) -> Finished:
        """Run deploy/envoy/render.py with these settings."""
        return run([sys.executable, "deploy/envoy/render.py"], self.folder, self.env(**settings))

    @contextmanager
    def running(self, log: Path, **settings: object) -> Iterator[Running]:
        """Start the service on free ports; it is killed if it is still there at the end."""
        given = self.env(**{"GRPC_PORT": 0, "METRICS_PORT": 0, **settings})
        with log.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "library"], cwd=self.folder, env=environment(given), stdout=out, stderr=out
            )
        try:
            ports = _listening(process, log)
            yield Running(process, ports["grpc"], ports["metrics"])
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()


def generate(folder: Path) -> Library:
    """Generate the project and write its logic."""
    folder.mkdir(parents=True)
    roots = [f"-I{root}" for root in (PROTO.parent, OPTIONS, GOOGLEAPIS)]
    done = protoc(*roots, "--pyservice_out=.", PROTO.name, cwd=folder)
    assert done.returncode == 0, done.said
    (folder / "src" / "library" / "handlers" / "library.py").write_text(_HANDLER)
    return Library(folder)


def _listening(process: "subprocess.Popen[bytes]", log: Path) -> dict[str, Any]:
    end = time.monotonic() + START
    while time.monotonic() < end:
        ended = process.poll() is not None
        for line in log.read_text().splitlines(keepends=True):
            if line.startswith("{") and line.endswith("\n") and '"listening"' in line:
                return dict(json.loads(line))
        if ended:
            break
        time.sleep(0.02)
    raise AssertionError(f"the service did not say that it listens:\n{log.read_text()}")
