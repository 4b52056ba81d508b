"""The service as it is run: a process with certificates, tokens and a database."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import grpc
import pytest

from securedata.gen.clients import SecureDataServiceClient
from securedata.gen.securedata.v1 import secure_data_pb2 as pb
from securedata.gen.service_info import INFO

from ._runtime.dev_token_issuer import Issuer
from .handlers.callers import Caller, refused
from .postgres import Cluster

_PROJECT = Path(__file__).parent.parent
_START = 30.0
CODE = grpc.StatusCode


@pytest.fixture(scope="module")
def certs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `make certs` makes."""
    for tool in ("make", "openssl"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    folder = tmp_path_factory.mktemp("certs")
    command = ["make", "-s", "-f", str(_PROJECT / "Makefile"), "certs"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder / "certs"


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Issuer:
    """Whoever signs tokens."""
    return Issuer(tmp_path_factory.mktemp("issuer"), INFO.program)


def environment(settings: Mapping[str, object]) -> dict[str, str]:
    """The environment of a process with these settings and no others."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    given = {name: str(value) for name, value in settings.items()}
    return {**kept, "PYTHONPATH": str(_PROJECT / "src"), **given}


@contextmanager
def running(folder: Path, **settings: object) -> Iterator[str]:
    """A process that serves, and ends well when it is told to; yields its address."""
    log = folder / "log"
    given = {"GRPC_PORT": 0, "METRICS_PORT": 0, "SHUTDOWN_GRACE": 1, **settings}
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "securedata"],
            cwd=folder,
            env=environment(given),
            stdout=out,
            stderr=out,
        )
    try:
        yield f"localhost:{_port(process, log)}"
        process.send_signal(signal.SIGTERM)
        assert process.wait(_START) == 0, log.read_text()
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def _port(process: subprocess.Popen[bytes], log: Path) -> int:
    end = time.monotonic() + _START
    while time.monotonic() < end and process.poll() is None:
        for line in log.read_text().splitlines(keepends=True):
            if line.endswith("}\n") and (event := json.loads(line))["event"] == "listening":
                return int(event["grpc"])
        time.sleep(0.02)
    raise AssertionError(log.read_text())


def channel(address: str, certs: Path, with_certificate: bool = True) -> grpc.aio.Channel:
    """A channel that knows the service, with or without a certificate of its own."""
    pair: list[bytes | None] = [None, None]
    if with_certificate:
        pair = [(certs / name).read_bytes() for name in ("client-key.pem", "client.pem")]
    credentials = grpc.ssl_channel_credentials((certs / "ca.pem").read_bytes(), *pair)
    return grpc.aio.secure_channel(address, credentials)


async def test_certificate_and_token_are_both_needed(
    tmp_path: Path, certs: Path, issuer: Issuer
) -> None:
    """Mutual TLS says which machine, the token says who; what is written outlives the process."""
    settings = {
        "TLS_CERT_FILE": certs / "server.pem",
        "TLS_KEY_FILE": certs / "server-key.pem",
        "CA_CERT_FILE": certs / "ca.pem",
        "TLS_MIN_VERSION": "1.3",
        **issuer.settings,
    }
    token = issuer.token("alice", "user", "data:read data:write")
    with running(tmp_path, **settings) as address:
        async with channel(address, certs) as both, channel(address, certs, False) as one:
            alice = Caller(SecureDataServiceClient(both), token)
            resource = await alice.create("plans", raw_data=b"36-24-36")
            with refused(CODE.UNAUTHENTICATED):
                await Caller(SecureDataServiceClient(both), "").get(resource.id)
            with refused(CODE.UNAVAILABLE):
                await Caller(SecureDataServiceClient(one), token).get(resource.id)
    log = (tmp_path / "log").read_text()
    assert '"principal": "alice"' in log
    assert "36-24-36" not in log
    with running(tmp_path, **settings) as address:
        async with channel(address, certs) as both:
            alice = Caller(SecureDataServiceClient(both), token)
            assert await alice.get(resource.id) == resource


async def test_processes_share_a_database(
    tmp_path: Path, issuer: Issuer, postgres: Cluster
) -> None:
    """What one of them wrote another one reads, follows and refuses to lose."""
    url = tmp_path / "url"
    url.write_text(postgres.url)
    settings = {"DATABASE_URL_FILE": url, **issuer.settings}
    token = issuer.token("root", "admin", "data:read data:write audit:read")
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    with running(folders[0], **settings) as first, running(folders[1], **settings) as second:
        async with SecureDataServiceClient(first) as here, SecureDataServiceClient(second) as there:
            mine, yours = Caller(here, token), Caller(there, token)
            follower = aiter(yours.trail(follow=True))
            resource = await mine.create("a")
            entry = await anext(follower)
            assert entry.resource_id == resource.id
            changed = await yours.update(resource, display_name="b")
            with refused(CODE.ABORTED):
                await mine.update(resource, display_name="c")
            assert await mine.get(resource.id) == changed
            assert (await anext(follower)).action == pb.AUDIT_ACTION_UPDATED
    for folder in folders:
        assert postgres.password not in (folder / "log").read_text()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"DATABASE_URL": "mysql://root:secret@localhost/a"}, "DATABASE_URL: it has to begin with"),
        ({"SQLITE_FILE": "no/such/folder/a.db"}, "SQLITE_FILE=no/such/folder/a.db: No such file"),
        ({"DATABASE_URL": "postgresql://root:secret@127.0.0.1:1/a"}, "DATABASE_URL: the database"),
    ],
)
def test_a_wrong_setting_stops_the_start(
    tmp_path: Path, settings: dict[str, str], words: str
) -> None:
    """One line that names the variable, and no secret."""
    done = subprocess.run(
        [sys.executable, "-m", "securedata"],
        cwd=tmp_path,
        env=environment({"GRPC_PORT": 0, "METRICS_PORT": 0, **settings}),
        capture_output=True,
        text=True,
        timeout=_START,
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert words in done.stderr
    assert "secret" not in done.stderr + done.stdout
