"""What a server tells about itself by health and reflection, and what it is put together of."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import grpc
import pytest
import pytest_asyncio
from google.api import field_behavior_pb2  # type: ignore[import-untyped]
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection_pb2

from pyservice_runtime.core import Registry, Service
from pyservice_runtime.core.reloading import ReloadingFile
from pyservice_runtime.server import DependencyCheck, StartError, health, reflection, tls
from pyservice_runtime.server.handler_discovery import HandlerError, find_handlers
from pyservice_runtime.server.tls import server_credentials
from pyservice_runtime.settings.environment import SettingsError
from pyservice_runtime.testing.calls import End, finish

from .certificates import CertificateAuthority
from .probe import handlers
from .probe_service import (
    ECHO,
    GATHER,
    INFO,
    LIST,
    NAME,
    TALK,
    ProbeService,
    ProbeServicer,
    connected,
    probe_service,
    settings_for_tests,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

Code = grpc.StatusCode
Check, Answer = health_pb2.HealthCheckRequest, health_pb2.HealthCheckResponse
SERVING, AWAY, UNKNOWN = Answer.SERVING, Answer.NOT_SERVING, Answer.SERVICE_UNKNOWN


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def probe_server() -> AsyncIterator[ProbeService]:
    """The service as it is."""
    async with probe_service(settings_for_tests(health_port=0), ECHO, GATHER, LIST, TALK) as probe_server:
        yield probe_server


# ------------------------------------------------------------------------------------------ health


async def check(channel: Any, raw: bytes) -> End:
    """What Check answers to some bytes."""
    call = channel.unary_unary("/grpc.health.v1.Health/Check", None, Answer.FromString)
    return await finish(call(raw, timeout=5))


def watch(channel: Any, raw: bytes) -> Any:
    """A Watch, begun by some bytes."""
    call = channel.unary_stream("/grpc.health.v1.Health/Watch", None, Answer.FromString)
    return call(raw, timeout=30)


def named(service: str) -> bytes:
    """A question about a service."""
    return Check(service=service).SerializeToString()


async def test_health(probe_server: ProbeService, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each service has a status, also on the port for probes, and nonsense has none."""
    probes = f"127.0.0.1:{probe_server.running.health_port}"
    async with grpc.aio.insecure_channel(probes) as channel:
        for name in ("", NAME, "liveness"):
            assert (await check(channel, named(name))).responses == (Answer(status=SERVING),)
        assert (await ProbeService(probe_server.running, channel).call(ECHO)).code is Code.UNIMPLEMENTED
    assert (await check(probe_server.channel, named("made.up"))).code is Code.NOT_FOUND
    for raw in (b"\xff", named("x" * 2000)):
        assert (await check(probe_server.channel, raw)).code is Code.INVALID_ARGUMENT
        assert await watch(probe_server.channel, raw).code() is Code.INVALID_ARGUMENT
    monkeypatch.setattr(health, "_MAX_WATCHES_PER_CONNECTION", 1)
    first = watch(probe_server.channel, named("made.up"))
    assert (await first.read()).status == UNKNOWN
    assert await watch(probe_server.channel, named("")).code() is Code.UNIMPLEMENTED
    first.cancel()


async def test_watches_have_a_limit(probe_server: ProbeService, monkeypatch: pytest.MonkeyPatch) -> None:
    """The total number of Watch streams is limited too, across connections."""
    monkeypatch.setattr(health, "_MAX_WATCHES", 2)
    async with connected(probe_server.target) as one, connected(probe_server.target) as other:
        watched = [watch(one, named("made.up")), watch(other, named("made.up"))]
        for each in watched:
            assert (await each.read()).status == UNKNOWN
        refused = watch(probe_server.channel, named("made.up"))
        assert (await refused.code(), await refused.details()) == (Code.UNIMPLEMENTED, "too many open Watch streams")
        for each in watched:
            each.cancel()


@pytest.mark.parametrize("needed_by", [(), (NAME,)], ids=("server", "service"))
async def test_what_a_service_needs(needed_by: tuple[str, ...]) -> None:
    """It is NOT_SERVING while the dependency fails or hangs, and Watch streams report it."""
    state: dict[str, Any] = {"error": OSError("refused")}

    async def ping() -> None:
        if state["error"]:
            raise state["error"]
        if state["hangs"]:
            await asyncio.sleep(10)

    needs = DependencyCheck("database", ping, 0.005, 0.05, needed_by)
    async with probe_service(settings_for_tests(), checks=[needs]) as probe_server:
        watched = watch(probe_server.channel, named(NAME))
        assert (await watched.read()).status == AWAY
        for error, hangs, status in (("", False, SERVING), ("", True, AWAY), ("", False, SERVING)):
            state.update(error=error, hangs=hangs)
            assert (await watched.read()).status == status
        probe_server.running.health.end_watches()
        assert await watched.read() is grpc.aio.EOF


async def test_checks_have_to_fit() -> None:
    """They have names of their own, and name services that are here."""

    async def ping() -> None:
        """There."""

    one, other = DependencyCheck("a", ping), DependencyCheck("b", ping, services=["made.up"])
    for checks, problem in (([one, one], "two checks named 'a'"), ([other], "not among pyservice")):
        with pytest.raises(StartError, match=problem):
            async with probe_service(settings_for_tests(), checks=checks):
                pass


# -------------------------------------------------------------------------------------- reflection

Ask = reflection_pb2.ServerReflectionRequest


async def reflect(probe_server: ProbeService, *raw: bytes) -> tuple[Code, list[Any]]:
    """How reflection answers some bytes."""
    path = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"
    reply = reflection_pb2.ServerReflectionResponse.FromString
    end = await finish(probe_server.channel.stream_stream(path, None, reply)(iter(raw), timeout=5))
    return end.code or Code.UNKNOWN, list(end.responses)


async def test_reflection(probe_server: ProbeService, monkeypatch: pytest.MonkeyPatch) -> None:
    """It lists the services, tells methods from nonsense, and does not let anybody stay."""
    _, (listed,) = await reflect(probe_server, Ask(list_services="").SerializeToString())
    assert NAME in [service.name for service in listed.list_services_response.service]
    check = Ask(file_containing_symbol="grpc.health.v1.Health.Check")
    _, (found,) = await reflect(probe_server, check.SerializeToString())
    assert found.file_descriptor_response.file_descriptor_proto
    by_name = Ask(file_by_filename="google/protobuf/wrappers.proto").SerializeToString()
    _, (found,) = await reflect(probe_server, by_name)
    assert found.file_descriptor_response.file_descriptor_proto
    extensions = Ask(all_extension_numbers_of_type="google.protobuf.FieldOptions").SerializeToString()
    _, (found,) = await reflect(probe_server, extensions)
    assert field_behavior_pb2.field_behavior.number in found.all_extension_numbers_response.extension_number
    for raw in (b"\xff", b"\x00" * 5000):
        _, (refused,) = await reflect(probe_server, raw)
        assert refused.HasField("error_response")
    monkeypatch.setattr(reflection, "_TIMEOUT_SECONDS", 0.05)
    path = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"
    assert (await finish(probe_server.channel.stream_stream(path)(timeout=5))).code is Code.OK
    monkeypatch.setattr(reflection, "_MAX_STREAMS", 0)
    assert (await reflect(probe_server))[0] is Code.RESOURCE_EXHAUSTED


# --------------------------------------------------------------------------------------------- TLS


async def test_certificates_are_renewed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """New connections are shown what the files say, and while that is nonsense what they said."""
    first, second = CertificateAuthority(), CertificateAuthority()
    settings = settings_for_tests(**first.server(tmp_path))
    async with probe_service(settings, ECHO, credentials=first.trusted()) as probe_server:
        assert (await probe_server.call(ECHO)).code is Code.OK
        name = "tls_certificate_expiration_timestamp_seconds"
        url = f"http://127.0.0.1:{probe_server.running.metrics_port}/metrics"
        assert name.encode() in (await asyncio.to_thread(urlopen, url, timeout=10)).read()

        async def code(authority: CertificateAuthority) -> Any:
            async with connected(probe_server.target, authority.trusted()) as channel:
                return (await ProbeService(probe_server.running, channel).call(ECHO)).code

        second.server(tmp_path)
        assert await code(second) is Code.OK
        assert await code(first) is Code.UNAVAILABLE
        (tmp_path / "server.pem").write_text("nonsense")
        assert await code(second) is Code.OK
    assert "reload failed; keeping the previous version" in caplog.text


async def test_handshakes_learn_of_new_certificates(tmp_path: Path) -> None:
    """grpc asks ahead of each, on threads of its own: there is news only after a change."""
    authority = CertificateAuthority()
    pair = authority.issue(tmp_path, "server")
    changes = tls._CertificateFetcher(ReloadingFile(pair, tls.TlsFiles(*pair, None).read))
    assert changes() is None
    authority.issue(tmp_path, "server")
    assert changes() is not None
    assert changes() is None


async def test_files_that_do_not_fit_stop_the_start(tmp_path: Path) -> None:
    """A key that is not the certificate's, and authorities that are none."""
    authority = CertificateAuthority()
    files = authority.server(tmp_path)
    other = authority.issue(tmp_path, "other")[1]
    (tmp_path / "nonsense").write_text("nonsense")
    for wrong in ({"tls_key_file": other}, {"ca_cert_file": tmp_path / "nonsense"}):
        with pytest.raises(SettingsError, match="TLS_CERT_FILE, TLS_KEY_FILE, CA_CERT_FILE"):
            server_credentials(settings_for_tests(**{**files, **wrong}))


# ------------------------------------------------------------------------------------------ wiring


def servicer(*written: str, takes: str = "") -> type:
    """A base class, and classes in handlers/ that derive from it."""
    base = type("Base", (), {})
    members: dict[str, Any] = {"__module__": f"{handlers.__name__}.made_up"}
    if takes:
        exec(f"def __init__(self, {takes}): pass", members)
    _KEPT.extend(type(name, (base,), members) for name in written)
    return base


_KEPT: list[type] = []
"""References to created classes, because a base class has only weak ones."""

WIRINGS: dict[str, tuple[type, list[Any], str]] = {
    "no handler": (servicer(), [], "has no handler: write a class in handlers/"),
    "several": (servicer("One", "Other"), [], "has several handlers, .*One and .*Other: keep one"),
    "needs something": (
        servicer("One", takes="pool, *more"),
        [],
        "needs pool: create it in app.py",
    ),
    "not one": (servicer("One"), [7], "app.py passes a int, which is not a subclass of a servicer"),
    "one too many": (ProbeServicer, [ProbeServicer(), ProbeServicer()], "passes 2 handlers for a.B"),
}


@pytest.mark.parametrize("what", WIRINGS)
async def test_a_service_needs_one_handler(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, what: str) -> None:
    """One sentence says which is missing; a file that cannot be imported does not affect the others."""
    base, given, problem = WIRINGS[what]
    (tmp_path / "broken.py").write_text("1 / 0")
    monkeypatch.setattr(handlers, "__path__", [str(tmp_path)])
    found = Registry(INFO, (Service("a.B", base, ()),))
    with pytest.raises(HandlerError, match=problem) as caught:
        find_handlers(found, given)
    assert ("broken (ZeroDivisionError" in str(caught.value)) is (what == "no handler")


async def test_a_handler_is_found() -> None:
    """The only class that derives from the base, and from that one."""
    base = servicer("One")
    _KEPT.append(type("Two", (_KEPT[-1],), {"__module__": _KEPT[-1].__module__}))
    ((_, found),) = find_handlers(Registry(INFO, (Service("a.B", base, ()),)), [])
    assert type(found).__name__ == "Two"


async def test_a_server_without_handlers_does_not_start() -> None:
    """What wiring finds wrong is said at the start."""
    with pytest.raises(StartError, match="is not a subclass of a servicer"):
        async with probe_service(settings_for_tests(), handler=7):
            pass
