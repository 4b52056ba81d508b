"""upload() and download() through services that break off, and bytes that do not arrive as they left."""

from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import pytest

from files import transfer
from files.errors import DataLoss, Unavailable
from files.gen.clients import FileServiceClient
from files.gen.files.v1 import files_pb2 as pb
from files.handlers.file_service import FileService
from files.runtime.server import Context
from files.settings import Settings
from files.store import Store
from files.transfer import ATTEMPTS, download, upload

from .gen.service import settings_for_tests

CONTENT = bytes(range(256)) * (3 << 12) + b"and the rest"


class Breaking(FileService):
    """Takes or gives one chunk, and breaks off, as often as ``breaks`` says."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.breaks = 0
        self.keeps = True
        """Whether the chunk is kept that comes before a break."""
        self.damages = 0
        """Chunks that are to be damaged on their way out."""
        self.broken = 0
        self.fetches = 0

    async def send_chunks(
        self, requests: AsyncIterator[pb.Chunk], context: Context
    ) -> pb.SendChunksResponse:
        if not self.breaks:
            return await super().send_chunks(requests, context)
        if self.keeps:
            await super().send_chunks(_first(requests), context)
        raise self._break()

    async def fetch_chunks(
        self, request: pb.FetchChunksRequest, context: Context
    ) -> AsyncIterator[pb.Chunk]:
        self.fetches += 1
        async for chunk in super().fetch_chunks(request, context):
            if self.damages:
                self.damages -= 1
                chunk.crc32 ^= 1
            yield chunk
            if self.breaks:
                raise self._break()

    def _break(self) -> Unavailable:
        self.breaks -= 1
        self.broken += 1
        return Unavailable("restarting")


async def _first(requests: AsyncIterator[pb.Chunk]) -> AsyncIterator[pb.Chunk]:
    yield await anext(requests)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """As in conftest.py, with a folder of the test's own."""
    return settings_for_tests(files_folder=tmp_path / "store")


@pytest.fixture
def service(settings: Settings) -> Breaking:
    """The service, as whole as it ever is."""
    return Breaking(Store(settings.files_folder))


@pytest.fixture
def handlers(service: Breaking) -> list[object]:
    """It answers the calls."""
    return [service]


@pytest.fixture
def client(channel: grpc.aio.Channel, monkeypatch: pytest.MonkeyPatch) -> FileServiceClient:
    """A client of it, which does not wait between attempts."""
    monkeypatch.setattr(transfer, "_PAUSE", 0)
    return FileServiceClient(channel)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A file of several chunks."""
    path = tmp_path / "in"
    path.write_bytes(CONTENT)
    return path


async def test_a_file_comes_through_breaks(
    client: FileServiceClient, service: Breaking, source: Path, tmp_path: Path
) -> None:
    """Both ways go on where they stood: no chunk that arrived is sent again."""
    service.breaks = 2
    file = await upload(client, source, "a.bin")
    assert service.broken == 2
    service.breaks = 2
    assert await download(client, "a.bin", tmp_path / "out") == file
    assert service.broken == 4
    assert (tmp_path / "out").read_bytes() == CONTENT


async def test_a_service_that_keeps_breaking_is_given_up(
    client: FileServiceClient, service: Breaking, source: Path, tmp_path: Path
) -> None:
    """After so many attempts the caller hears what the last one ended with."""
    await upload(client, source, "a.bin")
    service.breaks, service.keeps = 100, False
    with pytest.raises(Unavailable, match="restarting"):
        await upload(client, source, "b.bin")
    assert service.broken == ATTEMPTS
    service.breaks, service.damages = 0, 100
    with pytest.raises(DataLoss, match="the chunk at 0 arrived damaged"):
        await download(client, "a.bin", tmp_path / "out")
    assert service.fetches == ATTEMPTS


async def test_a_damaged_chunk_is_fetched_again(
    client: FileServiceClient, service: Breaking, source: Path, tmp_path: Path
) -> None:
    """Its checksum tells, and nothing of it is kept."""
    await upload(client, source, "a.bin")
    service.damages = 1
    await download(client, "a.bin", tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == CONTENT


async def test_what_lay_there_damaged_is_thrown_away(
    client: FileServiceClient, source: Path, tmp_path: Path
) -> None:
    """The checksum of the whole tells, and the next download begins anew."""
    file = await upload(client, source, "a.bin")
    arrived = tmp_path / f"out.{file.sha256[:16]}.part"
    arrived.write_bytes(b"something else")
    with pytest.raises(DataLoss, match=r"a\.bin arrived with another checksum"):
        await download(client, "a.bin", tmp_path / "out")
    assert not arrived.exists()
    await download(client, "a.bin", tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == CONTENT
