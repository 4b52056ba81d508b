"""The service as a process: its settings, its log, its workers, and how it starts and stops."""

import asyncio
import json
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any

import grpc
import pytest

import pyservice_runtime
from pyservice_runtime.server import StartError, run, supervisor
from pyservice_runtime.server.lifecycle import event_loop
from pyservice_runtime.server.ports import bind, reserve_port
from pyservice_runtime.server.supervisor import supervise
from pyservice_runtime.settings import ServiceSettings, SettingsError, load
from pyservice_runtime.testing.calls import call

from .probe.__main__ import application
from .probe_service import (
    ECHO,
    PACKAGE,
    log_set_up,
    method,
    probe_service,
    registry,
    settings_for_tests,
    text,
    until,
)

JWT = {"AUTH_MODE": "jwt", "AUTH_ISSUER": "i", "AUTH_AUDIENCE": "a"}
OPEN = {"GRPC_HOST": "192.0.2.1"}
REDIS = "RATE_LIMIT_REDIS_URL"

WRONG: list[tuple[dict[str, str], str]] = [
    ({"GRPC_PORT": "many"}, "GRPC_PORT=many: Input should be a valid integer"),
    ({"TLS_CERT_FILE": "{text}"}, "TLS_CERT_FILE and TLS_KEY_FILE go together"),
    ({"CA_CERT_FILE": "{text}"}, "CA_CERT_FILE needs TLS_CERT_FILE and TLS_KEY_FILE"),
    ({"TLS_MIN_VERSION": "1.3"}, "TLS_MIN_VERSION=1.3 needs TLS_CERT_FILE"),
    ({"WORKERS": "2", "GRPC_HOST": "unix:/x"}, "WORKERS above 1 cannot share a socket file"),
    ({"WORKERS": "3", "METRICS_PORT": "65535"}, "leaves no port for each of 3 WORKERS"),
    (OPEN, "GRPC_HOST=192.0.2.1 would serve plaintext to other machines"),
    ({"GRPC_HOST": "a.example"}, "GRPC_HOST=a.example would serve plaintext"),
    ({"AUTH_MODE": "jwt", "AUTH_JWKS_URL": "https://i/k"}, "AUTH_MODE=jwt needs AUTH_ISSUER and AUTH_AUDIENCE"),
    (JWT, "AUTH_MODE=jwt needs one of AUTH_JWKS_URL and AUTH_JWKS_FILE"),
    ({**JWT, "AUTH_JWKS_URL": "http://a.example"}, "must be an https URL"),
    ({**JWT, "AUTH_JWKS_URL": "https:///keys"}, "must be an https URL"),
    ({"AUTH_MODE": "api_key"}, "AUTH_MODE=api_key needs API_KEYS_FILE"),
    ({"AUTH_MODE": "mtls"}, "AUTH_MODE=mtls needs CA_CERT_FILE"),
    ({"RATE_LIMIT": "1", "RATE_LIMIT_BURST": "0.5"}, "a burst below 1 allows no call"),
    ({REDIS: "x", f"{REDIS}_FILE": "{text}"}, f"{REDIS} and {REDIS}_FILE are both set"),
    ({f"{REDIS}_FILE": "{text}.gone"}, "No such file or directory"),
    ({f"{REDIS}_FILE": "{binary}"}, "the file is not UTF-8 text"),
]


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Sets variables, with the names of files put in; those of the service are not set otherwise."""
    for name in ServiceSettings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    files = {"text": tmp_path / "text", "binary": tmp_path / "binary"}
    files["text"].write_text("redis://secret\n")
    files["binary"].write_bytes(b"\xff")

    def put(variables: dict[str, str]) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, value.format(**files))

    return put


@pytest.mark.parametrize(("variables", "problem"), WRONG, ids=[problem for _, problem in WRONG])
def test_a_wrong_setting(environment: Any, variables: dict[str, str], problem: str) -> None:
    """It stops the start with one line."""
    environment(variables)
    with pytest.raises(SettingsError) as caught:
        load(ServiceSettings)
    assert problem in str(caught.value)
    assert "\n" not in str(caught.value)


def test_settings(environment: Any) -> None:
    """Secrets come from files too, and what depends on several settings is worked out."""
    environment({f"{REDIS}_FILE": "{text}", "AUTH_ALGORITHMS": "ES256, EdDSA"})
    settings = load(ServiceSettings)
    assert settings.rate_limit_redis_url is not None
    assert settings.rate_limit_redis_url.get_secret_value() == "redis://secret"
    assert settings.auth_algorithms == ("ES256", "EdDSA")
    assert [settings_for_tests(grpc_host=host).is_loopback for host in ("unix:/x", "[::1]")] == [True, True]
    assert settings_for_tests(otel_sdk_disabled=True, otel_traces_exporter="otlp").traces_exporter == "none"
    assert settings_for_tests(otel_exporter_otlp_endpoint="http://x").traces_exporter == "otlp"


# ------------------------------------------------------------------------------------------- start


def exit_code(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """What the command exits with."""
    monkeypatch.setattr(sys, "argv", ["service", *arguments])
    return run(registry(ECHO), ServiceSettings, application)


def test_a_check_of_the_settings(
    environment: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It shows them, with secrets masked."""
    pytest.importorskip("redis", reason="redis is not installed: pip install '.[redis]'")
    environment({REDIS: "redis://:secret@localhost"})
    assert exit_code(monkeypatch, "--check-config") == 0
    lines = capsys.readouterr().out.splitlines()
    assert {"AUTH_ALGORITHMS=RS256,ES256", "METRICS=true", "HEALTH_PORT="} < set(lines)
    assert "secret" not in "".join(lines)


def test_a_check_reads_every_file(
    environment: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What would keep the service from starting is found: a certificate, keys, what methods declare."""
    for variables, problem in (
        ({"TLS_CERT_FILE": "{text}", "TLS_KEY_FILE": "{text}"}, "TLS_CERT_FILE, TLS_KEY_FILE"),
        ({"AUTH_MODE": "api_key", "API_KEYS_FILE": "{text}"}, "API_KEYS_FILE"),
    ):
        environment(variables)
        assert exit_code(monkeypatch, "--check-config") == 2
        assert problem in capsys.readouterr().err
        for name in variables:
            monkeypatch.delenv(name)


def test_a_check_asks_each_interceptor(
    environment: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a method declares has to go with the settings."""
    environment({**OPEN, "ALLOW_PLAINTEXT": "true"})
    monkeypatch.setattr(sys, "argv", ["service", "--check-config"])
    assert run(registry(method("Admin", roles=("admin",))), ServiceSettings, application) == 2
    assert "AUTH_MODE is not set" in capsys.readouterr().err


def test_what_keeps_it_from_starting(
    environment: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line says it: a setting, or a port that is taken."""
    environment({"LOG_LEVEL": "LOUD"})
    assert exit_code(monkeypatch) == 2
    with socket.create_server(("127.0.0.1", 0)) as taken:
        environment({"LOG_LEVEL": "INFO", "WORKERS": "2", "GRPC_PORT": str(taken.getsockname()[1])})
        with log_set_up():
            assert exit_code(monkeypatch) == 2
    lines = capsys.readouterr().err.splitlines()
    expected = ("LOG_LEVEL=LOUD", "change GRPC_PORT or GRPC_HOST")
    assert all(part in line for part, line in zip(expected, lines, strict=True)), lines


async def test_ports_that_cannot_be_had() -> None:
    """A port of another process, an address of another machine, and a port that is not shared."""
    server = grpc.aio.server()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for host, shared in (("127.0.0.1", False), ("127.0.0.1", True), ("192.0.2.1", False)):
            with pytest.raises(StartError, match=f"{host}:{port} is in use or not an address"):
                bind(server, host, port, is_shared=shared)
        with pytest.raises(StartError, match="METRICS_PORT"):
            async with probe_service(settings_for_tests(metrics_port=port)):
                pass
        with pytest.raises(StartError, match="HEALTH_PORT"):
            async with probe_service(settings_for_tests(health_port=port)):
                pass
    with reserve_port("127.0.0.1", 0) as held:
        assert held.getsockname()[1]


async def test_a_socket_file(tmp_path: Path) -> None:
    """It needs no port, and its metrics stay on this machine."""
    async with probe_service(
        settings_for_tests(grpc_host=f"unix:{tmp_path}/socket", health_host="127.0.0.1")
    ) as probe_server:
        async with grpc.aio.insecure_channel(f"unix:{tmp_path}/socket") as channel:
            await channel.channel_ready()
        assert probe_server.running.metrics_port


def test_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """uvloop's where it is wanted and installs."""
    assert event_loop(settings_for_tests(event_loop="asyncio")) is None
    monkeypatch.setitem(sys.modules, "uvloop", None)
    assert event_loop(settings_for_tests(event_loop="uvloop")) is None


# ----------------------------------------------------------------------------------------- workers


class Events:
    """What a service has written to its log."""

    def __init__(self, capfd: pytest.CaptureFixture[str]) -> None:
        self._capfd = capfd
        self._text = ""

    def __call__(self, name: str) -> list[dict[str, Any]]:
        """The events of a name, those that were there before among them."""
        self._text += self._capfd.readouterr().out
        lines = self._text.splitlines()
        listed = [json.loads(line) for line in lines if line[:1] == "{" and line[-1:] == "}"]
        return [event for event in listed if event["event"] == name]


@pytest.fixture
def events(environment: Any, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Events:
    """Processes find the package, and what they write is read."""
    folders = Path(pyservice_runtime.__path__[0]).parent, Path(__file__).parents[2]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(map(str, folders)))
    environment({"GRPC_PORT": "0", "METRICS_PORT": "0", "SHUTDOWN_GRACE": "0"})
    return Events(capfd)


async def test_it_serves_until_a_signal(events: Events) -> None:
    """The log says on which ports, and that it has come to its end."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", PACKAGE)
    await until(lambda: events("listening"), within=60)
    (listening,) = events("listening")
    async with grpc.aio.insecure_channel(f"127.0.0.1:{listening['grpc']}") as channel:
        await channel.channel_ready()
    process.terminate()
    assert await process.wait() == 0
    assert listening["metrics"]
    assert "health" not in listening
    assert len(events("stopping")) == len(events("stopped")) == 1


@pytest.mark.parametrize(
    ("grace", "seconds", "ended"),
    [("20", "1", ["work", "second", "first", "resources"]), ("0", "60", ["second", "first", "resources"])],
    ids=("in time", "too late"),
)
async def test_background_work_ends_in_order(
    environment: Any, events: Events, grace: str, seconds: str, ended: list[str]
) -> None:
    """Detached work ends first, then the tasks, the last one first; at the end of the grace it is cancelled."""
    environment({"SHUTDOWN_GRACE": grace})
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", f"{PACKAGE}.with_tasks")
    await until(lambda: events("listening"), within=60)
    async with grpc.aio.insecure_channel(f"127.0.0.1:{events('listening')[0]['grpc']}") as channel:
        metadata = [("x-request-id", "r-1")]
        assert (await call(channel, ECHO, text(seconds), metadata=metadata)).code is grpc.StatusCode.OK
        process.terminate()
        assert await process.wait() == 0
    assert [event["what"] for event in events("ended")] == ended
    cancelled = [(event["work"], event["request_id"]) for event in events("detached work was cancelled")]
    assert cancelled == ([] if "work" in ended else [("work", "r-1")])
    assert len(events("stopped")) == 1


def test_workers(environment: Any, monkeypatch: pytest.MonkeyPatch, events: Events) -> None:
    """They share a port, one that dies is replaced, and a signal ends them all in good order."""
    environment({"WORKERS": "2", "METRICS": "false"})
    monkeypatch.setattr(supervisor, "_RESTART_SECONDS", 0)

    async def lose_one() -> None:
        parent = asyncio.ensure_future(supervise(PACKAGE, load(ServiceSettings)))
        await until(lambda: len(events("listening")) == 2 or parent.done(), within=60)
        assert len({event["grpc"] for event in events("listening")}) == 1
        assert {event["worker"] for event in events("listening")} == {0, 1}
        os.kill(events("process")[0]["pid"], signal.SIGKILL)
        await until(lambda: len(events("listening")) == 3, within=60)
        assert events("worker died")[0]["code"] == -signal.SIGKILL
        os.kill(os.getpid(), signal.SIGTERM)
        assert await parent == 0

    # The parent has asyncio's own loop: uvloop cannot start a process in a group of its own.
    with log_set_up():
        asyncio.run(lose_one())
    assert len(events("stopped")) == 2


def test_a_worker_that_was_about_to_start(environment: Any, monkeypatch: pytest.MonkeyPatch, events: Events) -> None:
    """A worker that starts during the shutdown is stopped at once, and the others are not started."""
    environment({"WORKERS": "2"})
    start = supervisor._Workers._start
    started = []

    async def start_late(self: Any, number: int, line: socket.socket) -> Any:
        started.append(await start(self, number, line))
        os.kill(os.getpid(), signal.SIGTERM)
        await self._stop.wait()
        return started[0]

    monkeypatch.setattr(supervisor._Workers, "_start", start_late)
    with log_set_up():
        assert asyncio.run(supervise(PACKAGE, load(ServiceSettings))) == 0
    assert [process.returncode for process in started] == [-signal.SIGTERM]


async def test_workers_stop_with_their_parent(environment: Any, events: Events) -> None:
    """No worker continues to serve after the parent was killed."""
    environment({"WORKERS": "2", "METRICS": "false"})
    parent = await asyncio.create_subprocess_exec(sys.executable, "-m", PACKAGE)
    await until(lambda: len(events("listening")) == 2, within=60)
    parent.kill()
    assert await parent.wait() == -signal.SIGKILL
    await until(lambda: len(events("stopped")) == 2, within=60)


def test_workers_that_cannot_start() -> None:
    """The first one is the last, and the parent ends as it did."""
    with log_set_up():
        # Something that takes no such arguments.
        assert asyncio.run(supervise("json.tool", settings_for_tests(workers=2))) == 2
