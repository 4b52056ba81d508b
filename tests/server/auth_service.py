"""The service that the tests call: generated once, with logic that answers who is calling."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from google.protobuf.wrappers_pb2 import StringValue

from tests.support.command import Finished, environment, run
from tests.support.protoc import protoc

PROTO = Path(__file__).with_name("vault.proto")
SERVICE = "acme.vault.v1.Vault"

_START, _CALL = 30.0, 10.0
"""Seconds until the service listens and until a call is answered, at most."""

_POLICIES = """\
[methods."acme.vault.v1.Vault/Open"]
roles = ["admin", "auditor"]

[methods."acme.vault.v1.Vault/Follow"]
roles = ["admin"]

[methods."acme.vault.v1.Vault/Export"]
scopes = ["vault:read", "vault:export"]

[methods."acme.vault.v1.Vault/Peek"]
public = true
"""

_HANDLER = '''\
"""The logic: it says who is calling."""

import asyncio
import json
from collections.abc import AsyncIterator

from google.protobuf.empty_pb2 import Empty
from google.protobuf.wrappers_pb2 import StringValue

from ..gen.servicers import VaultServicer
from ..runtime.server import Context, principal


class Vault(VaultServicer):
    async def who_am_i(self, request: Empty, context: Context) -> StringValue:
        who = principal()
        roles, scopes = sorted(who.roles), sorted(who.scopes)
        return StringValue(value=json.dumps([who.subject, roles, scopes]))

    open = export = peek = who_am_i

    async def follow(self, request: Empty, context: Context) -> AsyncIterator[StringValue]:
        yield await self.who_am_i(request, context)

    async def fail(self, request: Empty, context: Context) -> StringValue:
        raise RuntimeError("the combination is 36-24-36")

    async def wait(self, request: Empty, context: Context) -> StringValue:
        await asyncio.sleep(2)
        return await self.who_am_i(request, context)
'''

_SETTINGS = '''\
"""The settings of this service."""

from pydantic import Field, SecretStr

from .gen.defaults import Defaults


class Settings(Defaults):
    """The settings of one process."""

    database_password: SecretStr | None = Field(default=None, min_length=4)
    """A secret of the owner's."""
'''


@dataclass(frozen=True, slots=True)
class Who:
    """The principal that a handler saw."""

    subject: str
    roles: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()


NOBODY = Who("")


@dataclass(frozen=True, slots=True)
class Refusal:
    """How a call ended that was not answered."""

    code: grpc.StatusCode
    words: str


@dataclass(frozen=True, slots=True)
class Server:
    """A service that has said on which ports it listens."""

    ports: Mapping[str, int]
    log: Path

    @property
    def address(self) -> str:
        """Where calls come in."""
        return f"localhost:{self.ports['grpc']}"

    def said(self) -> str:
        """Everything in its log so far."""
        return self.log.read_text()


class AuthProject:
    """The generated project, for tests to start."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def check_config(self, **env: object) -> Finished:
        """Run it with ``--check-config``."""
        return self.command("--check-config", **env)

    def command(self, *arguments: str, **env: object) -> Finished:
        """Run it with arguments, to its end."""
        return run([sys.executable, "-m", "vault", *arguments], self.folder, self._env(env))

    def python(self, code: str, **env: object) -> Finished:
        """Run a piece of code that can import it."""
        return run([sys.executable, "-c", code], self.folder, self._env(env))

    @contextmanager
    def running(self, log: Path, **env: object) -> Iterator[Server]:
        """Start it on a free port with these settings; ``log`` gets what it prints.

        SIGTERM has to end it with exit code 0.
        """
        settings = {"GRPC_PORT": "0", "METRICS_PORT": "0", "LOG_LEVEL": "DEBUG", **env}
        command = [sys.executable, "-m", "vault"]
        with log.open("wb") as out:
            process = subprocess.Popen(
                command, cwd=self.folder, env=environment(self._env(settings)), stdout=out, stderr=out
            )
        try:
            yield Server(_ports(process, log), log)
            process.send_signal(signal.SIGTERM)
            assert process.wait(_CALL) == 0, log.read_text()
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()

    def _env(self, settings: Mapping[str, object]) -> dict[str, str]:
        texts = {name: str(value) for name, value in settings.items()}
        return {"PYTHONPATH": str(self.folder / "src"), **texts}


def generate(folder: Path) -> AuthProject:
    """Generate the project, declare its policies, and write its logic and a setting of the user's."""
    folder.mkdir(parents=True)
    (folder / "pyservice.toml").write_text(_POLICIES)
    done = protoc(f"-I{PROTO.parent}", "--pyservice_out=.", PROTO.name, cwd=folder)
    assert done.returncode == 0, done.said
    package = folder / "src" / "vault"
    (package / "handlers" / "vault.py").write_text(_HANDLER)
    (package / "settings.py").write_text(_SETTINGS)
    return AuthProject(folder)


def _ports(process: subprocess.Popen[bytes], log: Path) -> dict[str, int]:
    end = time.monotonic() + _START
    while time.monotonic() < end:
        ended = process.poll() is not None
        for line in log.read_text().splitlines(keepends=True):
            if line.startswith("{") and line.endswith("\n") and '"listening"' in line:
                event = json.loads(line)
                return {name: event[name] for name in ("grpc", "metrics", "health") if name in event}
        if ended:
            break
        time.sleep(0.02)
    raise AssertionError(f"the service did not say that it listens:\n{log.read_text()}")


def call(channel: grpc.Channel, rpc: str, metadata: Sequence[tuple[str, str]] = ()) -> Who | Refusal:
    """Call an RPC, and say how that ended."""
    path = f"/{SERVICE}/{rpc}"
    try:
        if rpc == "Follow":
            stream: Any = channel.unary_stream(path, None, StringValue.FromString)
            (reply,) = stream(b"", metadata=tuple(metadata), timeout=_CALL)
        else:
            single: Any = channel.unary_unary(path, None, StringValue.FromString)
            reply = single(b"", metadata=tuple(metadata), timeout=_CALL)
    except grpc.RpcError as error:
        return Refusal(error.code(), error.details() or "")
    subject, roles, scopes = json.loads(reply.value)
    return Who(subject, tuple(roles), tuple(scopes))


def code(ended: Who | Refusal) -> grpc.StatusCode:
    """The status of a call."""
    return ended.code if isinstance(ended, Refusal) else grpc.StatusCode.OK
