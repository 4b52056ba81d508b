"""What clients do around a call: deadlines, circuits, retries, credentials, channels, errors."""

import asyncio
import json
from pathlib import Path

import grpc
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import REGISTRY, generate_latest

from pyservice_runtime.client.breaker import (
    Breaker,
    BreakerPolicy,
    Change,
    CircuitOpen,
    State,
)
from pyservice_runtime.client.channels import channels
from pyservice_runtime.client.credentials import ApiKey, Tls, Token, is_loopback
from pyservice_runtime.client.options import Options
from pyservice_runtime.client.retries import service_config
from pyservice_runtime.core import errors
from pyservice_runtime.core.call import CALL, ServerCall
from pyservice_runtime.core.context import Context
from pyservice_runtime.core.errors_from_status import details
from pyservice_runtime.core.status import DETAILS_KEY
from pyservice_runtime.testing.service import FakeClock

from .certificates import CertificateAuthority
from .probe_client import METHODS, ProbeClient, many
from .probe_service import (
    ECHO,
    KINDS,
    NAME,
    Blocker,
    probe_service,
    raises,
    registry,
    settings_for_tests,
    text,
    until,
)

Code = grpc.StatusCode


SENT = [
    errors.InvalidArgument({"a": "is b", "c": "is d"}),
    errors.FailedPrecondition("no", kind="K", subject="s"),
    errors.NotFound("order", 7),
    errors.AlreadyExists("order", 7, "there is one"),
    errors.ResourceExhausted("no", retry_after=1.5, quota="q"),
    errors.Unavailable("no", retry_after=2),
    errors.Unavailable("no"),
    errors.Aborted("no"),
    errors.StatusError("no", [text("of a type that google.rpc does not have")]),
    *(kind("no") for kind in (errors.OutOfRange, errors.DataLoss, errors.PermissionDenied)),
]


async def test_errors_come_back() -> None:
    """Their class and their fields are those that the service raised."""
    behaviors = {str(number): raises(error) for number, error in enumerate(SENT)}
    async with (
        probe_service(settings_for_tests(), *METHODS, behaviors=behaviors) as probe_server,
        ProbeClient(probe_server.target, options=Options(breaker=None)) as client,
    ):
        for number, sent in enumerate(SENT):
            for call in (client.echo(text(str(number))), anext(client.list(str(number)))):
                with pytest.raises(type(sent)) as caught:
                    await call
                assert caught.value.rpc.startswith(f"{NAME}/")
                came = {**vars(caught.value), "details": len(caught.value.details)}
                assert came == {**vars(sent), "details": len(sent.details), "rpc": came["rpc"]}


def test_details_that_are_none() -> None:
    """A status is worth something without them."""
    for trailing in ([], [(DETAILS_KEY, b"\xff")]):
        metadata = grpc.aio.Metadata(*trailing)
        assert details(grpc.aio.AioRpcError(Code.ABORTED, metadata, metadata)) == ()


async def test_deadlines() -> None:
    """A call takes no longer than its caller says, or than the server call in progress may."""
    async with (
        probe_service(settings_for_tests(), *METHODS, behaviors={"stay": Blocker()}) as probe_server,
        ProbeClient(probe_server.target) as client,
    ):
        with pytest.raises(errors.DeadlineExceeded):
            await client.echo(text("stay"), timeout=0.05)
        call = ServerCall("/s/m", ())
        call.remaining = 0.15
        token = CALL.set(call)
        with pytest.raises(errors.DeadlineExceeded) as caught:
            await client.echo(text("stay"))
        assert caught.value.rpc
        call.remaining = 0.0
        with pytest.raises(errors.DeadlineExceeded, match="the deadline expired before"):
            await client.echo(text("a"))
        CALL.reset(token)


async def test_what_is_passed_on() -> None:
    """The request id and the trace of the server call in progress go along."""

    async def told(context: Context) -> str:
        sent = dict(context.invocation_metadata() or ())
        return " ".join(str(sent[key]) for key in ("x-request-id", "traceparent"))

    async with (
        probe_service(settings_for_tests(), *METHODS, behaviors={"tell": told}) as probe_server,
        ProbeClient(probe_server.target) as client,
    ):
        sent = ("x-request-id", "r-1"), ("traceparent", "t-1"), ("other", "x")
        token = CALL.set(ServerCall("/s/m", sent))
        assert (await client.echo(text("tell"))).value == "r-1 t-1"
        CALL.reset(token)


# ---------------------------------------------------------------------------------------- circuits


def test_a_circuit() -> None:
    """Too many failures open it, it is probed after a pause, and a success closes it."""
    changes: list[str] = []

    def listener(change: Change) -> None:
        changes.append(change.after.value)
        raise RuntimeError("a listener's own fault")

    breaker = Breaker("here", "a.B/C", BreakerPolicy(calls=2, pause=10), (listener,))

    def call(code: grpc.StatusCode, now: float) -> None:
        breaker.record(code, now, breaker.admit(now))

    for code, now in ((Code.UNAVAILABLE, 0), (Code.NOT_FOUND, 1), (Code.CANCELLED, 1)):
        call(code, now)
    call(Code.UNAVAILABLE, 11)
    assert breaker.state is State.CLOSED, "counting has started over"
    call(Code.UNAVAILABLE, 12)
    with pytest.raises(CircuitOpen, match=r"a\.B/C of here keeps failing") as caught:
        breaker.admit(13)
    assert caught.value.retry_after
    call(Code.INTERNAL, 30)
    assert breaker.admit(60)
    with pytest.raises(CircuitOpen):
        breaker.admit(60)
    breaker.record(Code.OK, 60, True)
    assert changes == ["open", "half open", "open", "half open", "closed"]


async def test_a_circuit_of_a_method(clock: FakeClock) -> None:
    """Its calls are not made any more, and the numbers of the process tell."""
    with pytest.raises(ValueError, match="must be 1 to 5"):
        Options(attempts=6)
    behaviors = {"fail": raises(errors.Unavailable("no"))}
    options = Options(breaker=BreakerPolicy(calls=1, pause=60), attempts=1)
    async with (
        probe_service(settings_for_tests(), *METHODS, behaviors=behaviors) as probe_server,
        ProbeClient(probe_server.target, options=options) as client,
    ):
        with pytest.raises(errors.Unavailable):
            await client.echo(text("fail"))
        with pytest.raises(CircuitOpen):
            await client.echo(text("fail"))
        assert (await client.list("fine").__anext__()).value == "fine"
        name = f'rpc_method="{ECHO.path[1:]}",rpc_system_name="grpc"'
        labels = f'{name},server_address="{probe_server.target}"'

        def shown() -> str:
            page = generate_latest(REGISTRY).decode().splitlines()
            return next(line for line in page if line.startswith("rpc_client_circuit_open{" + labels)).split()[-1]

        assert shown() == "1.0"
        clock.advance(70)
        assert (await client.echo(text("fine"))).value == "fine"
        assert shown() == "0.0"


async def test_an_idempotent_method_is_tried_again() -> None:
    """Another attempt is made where the first met a service that is not there yet."""
    tries: list[int] = []

    async def second(_: Context) -> str:
        tries.append(1)
        if len(tries) == 1:
            raise errors.Unavailable("not yet")
        return "there"

    async with (
        probe_service(settings_for_tests(), *METHODS, behaviors={"try": second}) as probe_server,
        ProbeClient(probe_server.target) as client,
    ):
        assert await many(client.list("try")) == ["there"]
        tries.clear()
        with pytest.raises(errors.Unavailable):
            await client.echo(text("try"))
    plain = json.loads(service_config(registry(*KINDS), Options(outlier_detection=False, attempts=1)))
    assert plain["methodConfig"] == []
    assert plain["loadBalancingConfig"] == [{"round_robin": {}}]
    assert "healthCheckConfig" not in plain
    watching = json.loads(service_config(registry(*KINDS), Options(watch_health=True)))
    assert watching["healthCheckConfig"] == {"serviceName": ""}
    assert [config["name"][0]["method"] for config in watching["methodConfig"]] == ["List"]


# ------------------------------------------------------------------------- channels and credentials


async def test_channels_are_shared() -> None:
    """Clients of one target that choose alike have one, and the last one closes it."""
    compressed = Options(compression=grpc.Compression.Gzip)
    async with probe_service(settings_for_tests(), *METHODS) as probe_server:
        before = len(channels())
        async with ProbeClient(probe_server.target) as one, ProbeClient(probe_server.target):
            assert len(channels()) == before + 1
            async with ProbeClient(probe_server.target, options=compressed) as other:
                assert len(channels()) == before + 2
                assert (await other.echo(text("a"))).value == "a"
            assert (await one.echo(text("a"))).value == "a"
        assert len(channels()) == before
        async with ProbeClient(probe_server.channel) as lent:
            assert (await lent.echo(text("a"))).value == "a"
        assert (await probe_server.call(ECHO)).code is Code.OK


async def test_credentials(tmp_path: Path) -> None:
    """They are sent with each call, whatever they come from, and nowhere unencrypted."""

    async def told(context: Context) -> str:
        sent = dict(context.invocation_metadata() or ())
        return str(sent.get("authorization") or sent.get("x-api-key"))

    async def fetched() -> str:
        return "fetched"

    (tmp_path / "secret").write_text("filed\n")
    async with probe_service(settings_for_tests(), *METHODS, behaviors={"tell": told}) as probe_server:
        for auth, sent in (
            (Token("fixed"), "Bearer fixed"),
            (Token(lambda: "made"), "Bearer made"),
            (Token(fetched), "Bearer fetched"),
            (Token.file(tmp_path / "secret"), "Bearer filed"),
            (ApiKey.file(tmp_path / "secret"), "filed"),
        ):
            async with ProbeClient(probe_server.target, auth=auth) as client:
                assert (await client.echo(text("tell"))).value == sent
                assert await many(client.list("tell")) == [sent]
    with pytest.raises(ValueError, match="Token would be sent unencrypted to dns:///far:1"):
        ProbeClient("dns:///far:1", auth=Token("fixed"))
    near = (
        "unix:/x",
        "localhost:1",
        "dns:///127.0.0.1:1",
        "ipv6:[::1]:1",
        "far",
        "ipv4:10.0.0.1:1",
    )
    assert [is_loopback(target) for target in near] == [True, True, True, True, False, False]


async def test_certificates(tmp_path: Path, clock: FakeClock) -> None:
    """They are read again when they change, and calls in progress keep the channel they are on."""
    authority, blocker = CertificateAuthority(), Blocker()
    settings = settings_for_tests(**authority.server(tmp_path), ca_cert_file=authority.write(tmp_path))
    certificate, key = authority.issue(tmp_path, "client")
    tls = Tls(tmp_path / "ca.pem", certificate, key, server_name="localhost")
    async with (
        probe_service(settings, *METHODS, behaviors={"stay": blocker}) as probe_server,
        ProbeClient(f"127.0.0.1:{probe_server.running.port}", tls=tls) as client,
    ):
        begun = asyncio.ensure_future(client.echo(text("stay")))
        await until(lambda: blocker.calls)
        authority.issue(tmp_path, "client")
        clock.advance(2)
        assert (await client.echo(text("a"))).value == "a"
        blocker.release()
        assert (await begun).value == "went on"
    with pytest.raises(ValueError, match="go together: set both or none"):
        Tls(certificate_file=certificate)
    (tmp_path / "ca.pem").write_text("nonsense")
    with pytest.raises(ValueError, match=r"Tls .*ca\.pem"):
        await ProbeClient("localhost:1", tls=tls).__aenter__()


async def test_traces(monkeypatch: pytest.MonkeyPatch) -> None:
    """A span for each call, where the process traces."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "get_tracer_provider", lambda: provider)
    async with (
        probe_service(settings_for_tests(), *METHODS, behaviors={"x": raises(errors.Aborted("no"))}) as probe_server,
        ProbeClient(probe_server.target) as client,
    ):
        await client.echo(text("a"))
        with pytest.raises(errors.Aborted):
            await client.echo(text("x"))
    spans = [dict(span.attributes or {}) for span in exporter.get_finished_spans()]
    assert [span["rpc.response.status_code"] for span in spans] == ["OK", "ABORTED"]
