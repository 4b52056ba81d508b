"""FileService over a real connection: whole files, broken calls, damaged bytes."""

import asyncio
import hashlib
import os
import zlib
from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import pytest

from files.errors import Aborted, DataLoss, InvalidArgument, NotFound, OutOfRange, StatusError
from files.gen.clients import FileServiceClient
from files.gen.files.v1 import files_pb2 as pb
from files.settings import Settings
from files.store import UPLOAD_LIFE, Store
from files.transfer import download, upload

CHUNK = 1 << 20
CONTENT = os.urandom(3 * CHUNK + 100)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def chunk(offset: int, data: bytes, upload_id: str = "") -> pb.Chunk:
    return pb.Chunk(upload_id=upload_id, offset=offset, data=data, crc32=zlib.crc32(data))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def sent(*chunks: pb.Chunk) -> AsyncIterator[pb.Chunk]:
    for item in chunks:
        yield item


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """As in conftest.py, with a folder of the test's own."""
    return Settings(
        grpc_port=0,
        metrics_port=0,
        shutdown_drain=0,
        shutdown_grace=0,
        files_folder=tmp_path / "store",
    )


@pytest.fixture
def client(channel: grpc.aio.Channel) -> FileServiceClient:
    """A client of a server that has no files yet."""
    return FileServiceClient(channel)


async def begun(client: FileServiceClient, content: bytes = CONTENT, name: str = "a.bin") -> str:
    """Begin an upload; its id."""
    started = await client.start_upload(name=name, size=len(content), sha256=sha256(content))
    return started.upload_id


@pytest.mark.parametrize("content", [b"", b"x", CONTENT[:CHUNK], CONTENT], ids=len)
async def test_what_goes_up_comes_down(
    client: FileServiceClient, tmp_path: Path, content: bytes
) -> None:
    """Empty, small, exactly one chunk, and more than one."""
    (tmp_path / "in").write_bytes(content)
    file = await upload(client, tmp_path / "in", "a.bin")
    assert (file.name, file.size, file.sha256) == ("a.bin", len(content), sha256(content))
    assert await download(client, "a.bin", tmp_path / "out") == file
    assert (tmp_path / "out").read_bytes() == content
    assert "part" not in str(names(tmp_path))


async def test_an_upload_goes_on_where_it_broke_off(client: FileServiceClient) -> None:
    """What arrived of a call that was cancelled is kept, and nobody sees the file before it is whole."""
    upload_id = await begun(client)

    async def breaks_off() -> AsyncIterator[pb.Chunk]:
        yield chunk(0, CONTENT[:CHUNK], upload_id)
        yield chunk(CHUNK, CONTENT[CHUNK : 2 * CHUNK])
        for _ in range(500):
            if (await client.get_upload(upload_id=upload_id)).offset == 2 * CHUNK:
                break
            await asyncio.sleep(0.01)
        raise ConnectionError("the cable")

    with pytest.raises((ConnectionError, StatusError)):
        await client.send_chunks(breaks_off())
    with pytest.raises(NotFound):
        await client.get_file(name="a.bin")
    rest = [
        chunk(2 * CHUNK, CONTENT[2 * CHUNK : 3 * CHUNK], upload_id),
        chunk(3 * CHUNK, CONTENT[3 * CHUNK :]),
    ]
    while True:
        try:
            file = (await client.send_chunks(sent(*rest))).file
            break
        except Aborted:  # the service is about to notice that the first call is gone
            await asyncio.sleep(0.01)
    assert file.sha256 == sha256(CONTENT)


async def test_a_call_may_end_before_the_file_does(client: FileServiceClient) -> None:
    """A sender that closes its side early hears where to go on."""
    upload_id = await begun(client)
    answer = await client.send_chunks(sent(chunk(0, CONTENT[:10], upload_id)))
    assert answer.upload.offset == 10


async def test_an_upload_survives_a_restart(client: FileServiceClient, settings: Settings) -> None:
    """What a service has received is on its disk: the next one knows it."""
    upload_id = await begun(client)
    await client.send_chunks(sent(chunk(0, CONTENT[:10], upload_id)))
    assert Store(settings.files_folder).upload(upload_id)[1] == 10


async def test_a_damaged_chunk_is_refused_and_the_rest_kept(client: FileServiceClient) -> None:
    """DATA_LOSS for a chunk whose checksum is wrong; those before it stay."""
    upload_id = await begun(client)
    bad = pb.Chunk(offset=10, data=CONTENT[10:20], crc32=1)
    with pytest.raises(DataLoss, match="the chunk at 10 arrived with another checksum"):
        await client.send_chunks(sent(chunk(0, CONTENT[:10], upload_id), bad))
    assert (await client.get_upload(upload_id=upload_id)).offset == 10


async def test_a_file_with_another_checksum_is_dropped(client: FileServiceClient) -> None:
    """All chunks are right and the whole is not: nothing is published, and the upload is gone."""
    upload_id = await begun(client, b"expected")
    with pytest.raises(DataLoss, match="begin again"):
        await client.send_chunks(sent(chunk(0, b"received", upload_id)))
    for call in (client.get_upload(upload_id=upload_id), client.get_file(name="a.bin")):
        with pytest.raises(NotFound):
            await call


@pytest.mark.parametrize(
    ("chunks", "error"),
    [
        ([], InvalidArgument),
        ([chunk(0, b"x", "nobody")], NotFound),
        ([chunk(0, b"x", "../names/a.bin")], NotFound),
        ([chunk(5, b"x", "ID")], OutOfRange),
        ([chunk(0, CONTENT[: CHUNK + 1], "ID")], InvalidArgument),
        ([chunk(0, b"xx", "ID"), chunk(1, b"x")], OutOfRange),
        ([chunk(0, b"xx", "ID"), chunk(2, b"x", "other")], InvalidArgument),
        ([chunk(0, b"more than four", "ID")], OutOfRange),
    ],
)
async def test_chunks_that_do_not_fit_are_refused(
    client: FileServiceClient, chunks: list[pb.Chunk], error: type[StatusError]
) -> None:
    """Gaps, repetitions, strangers' ids, too much: each has its status."""
    upload_id = await begun(client, b"four")
    for item in chunks:
        if item.upload_id == "ID":
            item.upload_id = upload_id
    with pytest.raises(error):
        await client.send_chunks(sent(*chunks))


@pytest.mark.parametrize("name", ["", ".hidden", "../escape", "a/b", "a" * 129, "a\n", "ä"])
async def test_a_name_never_leads_anywhere_else(client: FileServiceClient, name: str) -> None:
    """What could be a path is no name, in any call."""
    with pytest.raises(InvalidArgument):
        await begun(client, name=name)
    with pytest.raises(InvalidArgument):
        await client.get_file(name=name)
    with pytest.raises(InvalidArgument):
        async for _ in client.fetch_chunks(name=name):
            pass


async def test_a_download_goes_on_where_it_broke_off(
    client: FileServiceClient, tmp_path: Path
) -> None:
    """What lies there already is not fetched again."""
    (tmp_path / "in").write_bytes(CONTENT)
    file = await upload(client, tmp_path / "in", "a.bin")
    part = tmp_path / f"out.{file.sha256[:16]}.part"
    part.write_bytes(CONTENT[: CHUNK + 5])
    chunks = [c async for c in client.fetch_chunks(name="a.bin", offset=CHUNK + 5)]
    assert sum(len(c.data) for c in chunks) == len(CONTENT) - CHUNK - 5
    await download(client, "a.bin", tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == CONTENT


async def test_a_download_never_mixes_two_versions(
    client: FileServiceClient, tmp_path: Path
) -> None:
    """Going on with a file that was replaced ends with ABORTED; one that is being read stays whole."""
    (tmp_path / "in").write_bytes(CONTENT)
    old = await upload(client, tmp_path / "in", "a.bin")
    reading = client.fetch_chunks(name="a.bin").__aiter__()
    received = (await anext(reading)).data
    (tmp_path / "in").write_bytes(b"another")
    await upload(client, tmp_path / "in", "a.bin")
    async for item in reading:
        received += item.data
    assert received == CONTENT
    with pytest.raises(Aborted, match="replaced meanwhile"):
        async for _ in client.fetch_chunks(name="a.bin", offset=1, sha256=old.sha256):
            pass
    assert (await client.get_file(name="a.bin")).size == len(b"another")


async def test_an_offset_beyond_the_file_is_refused(
    client: FileServiceClient, tmp_path: Path
) -> None:
    """The end itself is a place to go on from; beyond it is not."""
    (tmp_path / "in").write_bytes(b"four")
    await upload(client, tmp_path / "in", "a.bin")
    assert [c async for c in client.fetch_chunks(name="a.bin", offset=4)] == []
    with pytest.raises(OutOfRange):
        async for _ in client.fetch_chunks(name="a.bin", offset=5):
            pass


def test_uploads_that_nobody_continues_are_forgotten(tmp_path: Path) -> None:
    """A day after its last chunk an upload makes room when the next one begins."""
    store = Store(tmp_path)
    old = store.begin("a", 4, sha256(b"four"))
    long_ago = (tmp_path / "uploads" / old.id).stat().st_mtime - UPLOAD_LIFE - 1
    os.utime(tmp_path / "uploads" / old.id, (long_ago, long_ago))
    store.begin("b", 4, sha256(b"four"))
    with pytest.raises(NotFound):
        store.upload(old.id)
