"""What is left of a call: a line of the log, an audit event, numbers, a span."""

import asyncio
import json
import logging
import sys
import types
from collections.abc import AsyncIterator
from contextlib import closing
from typing import Any
from unittest import mock

import grpc
import pytest
import pytest_asyncio
from google.protobuf import any_pb2, descriptor_pb2, struct_pb2, timestamp_pb2
from google.protobuf.message import Message
from opentelemetry import baggage, context, trace
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import REGISTRY

from pyservice_runtime.core.registry import Kind
from pyservice_runtime.interceptors import spans as spans_module
from pyservice_runtime.interceptors.redaction import redact
from pyservice_runtime.interceptors.sampling import unsampled_context
from pyservice_runtime.server import StartError, detached
from pyservice_runtime.server import metrics_http as metrics
from pyservice_runtime.testing.calls import finish

from .probe_messages import Item, Order
from .probe_service import (
    ECHO,
    GATHER,
    INFO,
    LIST,
    TALK,
    ProbeService,
    log_set_up,
    method,
    probe_service,
    settings_for_tests,
    text,
    until,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def probe_server() -> AsyncIterator[ProbeService]:
    """The service as it is."""
    async with probe_service(settings_for_tests(), ECHO, GATHER, LIST, TALK) as probe_server:
        yield probe_server


# --------------------------------------------------------------------------------------------- log


async def test_the_log_for_machines(capsys: pytest.CaptureFixture[str]) -> None:
    """A JSON object a line, also for calls, with the number of the worker."""
    with log_set_up(settings_for_tests(log_format="json"), 3):
        async with probe_service(settings_for_tests(), ECHO) as probe_server:
            for given in ("r-1", "r-2", "a b"):
                await probe_server.call(ECHO, metadata=[("x-request-id", given)])
        try:
            raise ValueError("wrong")
        except ValueError:
            logging.exception("failed", extra={"order": 7})
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    calls = [line for line in lines if line["event"] == "call"]
    assert [line["code"] for line in calls] == ["OK"] * 3
    assert [line["request_id"] for line in calls[:2]] == ["r-1", "r-2"]
    assert len(calls[2]["request_id"]) == 32
    assert {line["rpc"] for line in calls} == {"pyservice.probe.v1.Probe/Echo"}
    assert {line["worker"] for line in lines} == {3}
    assert lines[-1]["order"] == 7
    assert "ValueError: wrong" in lines[-1]["exception"]


async def test_the_log_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    """A readable line, which no caller can break."""
    with log_set_up(settings_for_tests(log_format="console")):
        logging.info("begun", extra={"by": "a\nb"})
        async with probe_service(settings_for_tests(), ECHO) as probe_server:
            await probe_server.call(ECHO)
        try:
            raise ValueError("wrong")
        except ValueError:
            logging.exception("failed")
        unsent = grpc.aio.InternalError("never seen")
        logging.getLogger("grpc._cython.cygrpc").error("[%s]", 1, exc_info=unsent)
    first, call, *failed, last = capsys.readouterr().out.splitlines()
    assert first.endswith(r"INFO    begun by='a\nb'")
    assert " call rpc=pyservice.probe.v1.Probe/Echo code=OK " in call
    assert failed[-1] == "ValueError: wrong"
    assert last.endswith("response not sent: client disconnected or invalid trailing metadata reason=[1]")


@pytest.mark.parametrize("format", ["json", "console"])
async def test_a_quiet_log(capsys: pytest.CaptureFixture[str], format: Any) -> None:
    """LOG_LEVEL holds for calls too."""
    with log_set_up(settings_for_tests(log_format=format, log_level="ERROR")):
        async with probe_service(settings_for_tests(), ECHO) as probe_server:
            await probe_server.call(ECHO)
    assert not capsys.readouterr().out


# ----------------------------------------------------------------------------------------- metrics


async def ask(probe_server: ProbeService, text: str) -> str:
    """What the metrics port answers to some text."""
    reader, writer = await asyncio.open_connection("127.0.0.1", probe_server.running.metrics_port)
    with closing(writer):
        writer.write(text.encode())
        writer.write_eof()
        try:
            return (await reader.read()).decode()
        except ConnectionResetError:
            return ""


async def scrape(probe_server: ProbeService, more: str = "") -> str:
    """The metrics."""
    return await ask(probe_server, f"GET /metrics HTTP/1.1\r\n{more}\r\n")


async def test_metrics(probe_server: ProbeService) -> None:
    """Calls are counted by method and status, messages of streams one by one."""
    for rpc in (ECHO, GATHER, LIST, TALK):
        await probe_server.call(rpc)
    await finish(probe_server.channel.unary_unary("/made.up/Method")(b"", timeout=5))
    page = await scrape(probe_server)
    assert page.startswith("HTTP/1.1 200 OK\r\n")
    for part in (
        'count{rpc_method="pyservice.probe.v1.Probe/Echo",rpc_response_status_code="OK",',
        'rpc_method="_OTHER",rpc_response_status_code="UNIMPLEMENTED"',
        'rpc_server_active_calls{rpc_method="pyservice.probe.v1.Probe/Talk",rpc_system_name=',
        'total{rpc_message_type="RECEIVED",rpc_method="pyservice.probe.v1.Probe/Gather",',
        "rpc_server_active_calls_limit 1000.0",
    ):
        assert part in page, part
    assert "openmetrics" in await scrape(probe_server, "Accept: application/openmetrics-text\r\n")


async def test_other_requests_of_the_metrics_port(
    probe_server: ProbeService, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """They are refused, and what is wrong with one scrape is not wrong with the next."""
    assert (await ask(probe_server, "POST /metrics HTTP/1.1\r\n\r\n")).startswith("HTTP/1.1 405")
    assert (await ask(probe_server, "GET / HTTP/1.1\r\n\r\n")).startswith("HTTP/1.1 404")
    assert (await ask(probe_server, "HEAD /metrics HTTP/1.1\r\n\r\n")).endswith("close\r\n\r\n")
    assert await ask(probe_server, "nonsense") == ""
    with mock.patch.object(REGISTRY, "collect", side_effect=RuntimeError("broken")):
        assert await scrape(probe_server) == ""
    assert "metrics could not be collected" in caplog.text
    with monkeypatch.context() as patch:
        patch.setattr(metrics, "_MAX_CONNECTIONS", 0)
        assert await scrape(probe_server) == ""
    assert await scrape(probe_server)


# ------------------------------------------------------------------------------------------ traces


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    """What is exported; the process as a whole traces nothing."""
    exporter = InMemorySpanExporter()
    monkeypatch.setattr(spans_module, "ConsoleSpanExporter", lambda: exporter)
    monkeypatch.setattr(trace, "set_tracer_provider", lambda provider: None)
    return exporter


async def test_traces(spans: InMemorySpanExporter, caplog: pytest.LogCaptureFixture) -> None:
    """A call continues its caller's trace; the access log names it."""
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    with caplog.at_level("INFO", "access"):
        async with probe_service(
            settings_for_tests(otel_traces_exporter="console"), ECHO, behaviors={"x": fails}
        ) as probe_server:
            await probe_server.call(ECHO, metadata=[("traceparent", parent)])
            await probe_server.call(ECHO, "x")
    continued, failed = spans.get_finished_spans()
    assert continued.parent is not None
    assert (continued.attributes or {})["rpc.response.status_code"] == "OK"
    assert (failed.attributes or {})["error.type"] == "INTERNAL"
    assert getattr(caplog.records[0], "trace_id", "") in parent
    assert [spans_module._address(peer) for peer in ("ipv6:%5B::1%5D:5", "unix:/x")] == ["::1", "/x"]


@pytest.mark.parametrize(("share", "count"), [("0", 0), ("1", 1), ("nonsense", 1)])
async def test_a_share_of_all_traces(
    spans: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch, share: str, count: int
) -> None:
    """A trace that is not taken has ids all the same, the same ones within a call."""
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "traceidratio")
    monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", share)

    async def ids(_: object) -> str:
        found = [trace.get_current_span().get_span_context() for _ in range(2)]
        assert found[0] == found[1]
        return trace.format_trace_id(found[0].trace_id)

    async with probe_service(
        settings_for_tests(otel_traces_exporter="console"), ECHO, behaviors={"ids": ids}
    ) as probe_server:
        ends = [await probe_server.call(ECHO, "ids") for _ in range(2)]
    seen = {end.responses[0].value for end in ends}
    assert len(seen) == 2
    assert trace.format_trace_id(0) not in seen
    taken = {trace.format_trace_id(span.context.trace_id) for span in spans.get_finished_spans() if span.context}
    assert taken == (seen if count else set())


@pytest.mark.parametrize("share", ["0", "1"])
async def test_detached_work_is_in_the_trace(
    spans: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch, share: str
) -> None:
    """Its spans are below that of the call, or not sampled either; baggage stays behind."""
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "parentbased_traceidratio")
    monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", share)
    seen: list[Any] = []

    def look() -> None:
        seen.append((trace.get_current_span().get_span_context(), baggage.get_baggage("tenant")))

    async def work() -> None:
        look()

    async def behavior(_: object) -> str:
        context.attach(baggage.set_baggage("tenant", "acme"))
        look()
        detached(work)
        return ""

    async with probe_service(
        settings_for_tests(otel_traces_exporter="console"), ECHO, behaviors={"x": behavior}
    ) as probe_server:
        await probe_server.call(ECHO, "x")
        await until(lambda: len(seen) == 2)
    (inside, tenant), (outside, none) = seen
    assert (inside, tenant, none) == (outside, "acme", None)
    assert inside.is_valid
    assert inside.trace_flags.sampled is (share == "1")


async def test_ids_outside_of_a_call() -> None:
    """There are none."""
    assert not unsampled_context().run(trace.get_current_span).get_span_context().is_valid


async def fails(_: object) -> None:
    """A handler with a bug."""
    raise RuntimeError


async def test_a_collector_that_hangs(
    spans: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A slow collector does not delay the shutdown for long, and gets the spans once it responds."""
    go, taken = asyncio.Event(), []

    async def export(request: bytes, _: object) -> bytes:
        await go.wait()
        taken.append(request)
        return b""

    collector = grpc.aio.server()
    methods: Any = {"Export": grpc.unary_unary_rpc_method_handler(export)}
    name = "opentelemetry.proto.collector.trace.v1.TraceService"
    handlers = grpc.method_handlers_generic_handler(name, methods)
    collector.add_generic_rpc_handlers((handlers,))
    port = collector.add_insecure_port("127.0.0.1:0")
    await collector.start()
    monkeypatch.setattr(spans_module, "_FLUSH_SECONDS", 0.05)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{port}")
    async with probe_service(settings_for_tests(otel_traces_exporter="otlp"), ECHO) as probe_server:
        await probe_server.call(ECHO)
    assert "the last spans were not exported" in caplog.text
    go.set()
    await until(lambda: taken)
    assert b"pyservice.probe.v1.Probe/Echo" in taken[0]
    await collector.stop(None)


async def test_spans_by_http(spans: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch) -> None:
    """That exporter is one to be installed."""
    name = "opentelemetry.exporter.otlp.proto.http.trace_exporter"
    settings = settings_for_tests(otel_traces_exporter="otlp", otel_exporter_otlp_protocol="http/protobuf")
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(StartError, match="install opentelemetry-exporter-otlp-proto-http"):
        spans_module.Spans(INFO, settings)
    installed = types.SimpleNamespace(OTLPSpanExporter=lambda: spans)
    monkeypatch.setitem(sys.modules, name, installed)
    await spans_module.Spans(INFO, settings).close()


# --------------------------------------------------------------------------------- what is logged


def packed(message: Message) -> any_pb2.Any:
    """A message in an Any."""
    into = any_pb2.Any()
    into.Pack(message)
    return into


URL, ORDER = "type.googleapis.com/", "pyservice.probe.v1.Order"

SHOWN: list[tuple[Message, Any]] = [
    (Order(name="a", password="secret", color=1), {"name": "a", "color": "RED"}),
    (Order(color=5, counts={3: 1}), {"color": 5, "counts": {"3": "RED"}}),
    (Order(items=[Item()] * 200), {"items": [{}] * 100}),
    (Order(name="x" * 2000), {"name": "x" * 1024 + "..."}),
    (packed(Order(password="secret", count=1)), {"@type": f"{URL}{ORDER}", "count": 1}),
    (packed(text("a")), {"@type": f"{URL}google.protobuf.StringValue", "value": "a"}),
    (any_pb2.Any(type_url=f"{URL}a.B", value=b"secret"), {"@type": f"{URL}a.B"}),
    (struct_pb2.ListValue(values=[struct_pb2.Value(number_value=1)]), [1.0]),
    (struct_pb2.Struct(fields={"a": struct_pb2.Value(bool_value=True)}), {"a": True}),
    (struct_pb2.Struct(fields={"a": struct_pb2.Value(string_value="x" * 20_000)}), "20015 bytes"),
    (struct_pb2.Value(number_value=float("nan")), "invalid google.protobuf.Value"),
    (timestamp_pb2.Timestamp(seconds=10**15), "invalid google.protobuf.Timestamp"),
    (descriptor_pb2.UninterpretedOption(string_value=b"secret"), {"string_value": "6 bytes"}),
    (descriptor_pb2.UninterpretedOption(double_value=float("inf")), {"double_value": "inf"}),
]


@pytest.mark.parametrize(("message", "shown"), SHOWN)
async def test_what_logs_show_of_messages(message: Message, shown: Any) -> None:
    """Not what is declared sensitive, and no more than a line should hold."""
    assert redact(message) == shown


async def test_an_audit_event(caplog: pytest.LogCaptureFixture) -> None:
    """It says who called what, when, with what, and how it ended."""
    audited = method("Audited", Kind.STREAM_UNARY, audit=True)
    single = method("Single", audit=True)
    async with probe_service(settings_for_tests(), audited, single, ECHO) as probe_server:
        await probe_server.call(audited, "first", "second", metadata=[("x-request-id", "r-2")])
        await probe_server.call(single, "third")
        await probe_server.call(ECHO)
    event, other = (record for record in caplog.records if record.name == "audit")
    said = {"rpc": audited.path[1:], "code": "OK", "request": "first", "requests": 2}
    assert {**said, "request_id": "r-2", "principal": ""}.items() <= vars(event).items()
    assert {"rpc": single.path[1:], "request": "third"}.items() <= vars(other).items()
    assert "requests" not in vars(other)
