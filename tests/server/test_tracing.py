"""Spans, as a collector gets them from a service that runs as a process of its own."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest

from tests.server.collector import INTERNAL, SERVER, Collector, attributes, collecting
from tests.server.harness import End, LabProject, ServerProcess, finish, start, stream
from tests.support.command import run

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
SAMPLED = (("traceparent", f"00-{TRACE}-{PARENT}-01"), ("tracestate", "vendor=value"))
UNSAMPLED = (("traceparent", f"00-{TRACE}-{PARENT}-00"),)

KINDS = ("Lab/One", "Lab/Many", "Lab/Sum", "Lab/Chat")


@pytest.fixture
def collector() -> Iterator[Collector]:
    """A collector that waits for spans."""
    with collecting() as now:
        yield now


@asynccontextmanager
async def traced(
    lab: LabProject, folder: Path, **settings: str
) -> AsyncIterator[tuple[ServerProcess, grpc.aio.Channel]]:
    """A service, stopped in good order at the end: what it flushes has arrived then."""
    with lab.process(folder / "log", **settings) as lab_process:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{lab_process.port()}") as channel:
            yield lab_process, channel
        lab_process.signal()
        assert lab_process.process.wait(10) == 0, lab_process.log.read_text()


def asking(lab: LabProject, method: str, what: str) -> Any:
    """The one request of a call, or a stream of it."""
    ask = lab.pb2.Ask(what=what)
    return stream(ask) if method in ("Lab/Sum", "Lab/Chat") else ask


async def end_of(
    lab: LabProject,
    channel: grpc.aio.Channel,
    method: str,
    what: str,
    metadata: tuple[tuple[str, str], ...] = (),
) -> End:
    """Make a call and read all that comes."""
    return await finish(start(lab, channel, method, asking(lab, method, what), metadata=metadata))


@pytest.mark.parametrize("method", KINDS)
async def test_a_call_is_a_span_in_its_callers_trace(
    lab: LabProject, collector: Collector, tmp_path: Path, method: str
) -> None:
    """Trace, parent and state come from the caller; the handler's own span is a child of the call's."""
    env = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint}
    async with traced(lab, tmp_path, **env) as (_, channel):
        end = await end_of(lab, channel, method, "trace", SAMPLED)
    assert [reply.text for reply in end.responses] == [TRACE]
    outer, inner = collector.span(f"lab.v1.{method}"), collector.span("inside")
    assert (outer.trace_id.hex(), outer.parent_span_id.hex(), outer.trace_state) == (TRACE, PARENT, "vendor=value")
    assert (inner.trace_id, inner.parent_span_id) == (outer.trace_id, outer.span_id)
    assert (outer.kind, inner.kind) == (SERVER, INTERNAL)
    assert outer.start_time_unix_nano <= inner.start_time_unix_nano <= outer.end_time_unix_nano
    assert len(collector.spans) == 2


STATUS = {"answer": "OK", "refuse": "NOT_FOUND", "raise": "INTERNAL"}


async def test_a_span_says_how_its_call_ended(lab: LabProject, collector: Collector, tmp_path: Path) -> None:
    """Conventional attributes; only what failed on this side is an error, and no exception text is in it."""
    env = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint}
    async with traced(lab, tmp_path, **env) as (_, channel):
        for what in STATUS:
            await end_of(lab, channel, "Lab/One", what, (("x-request-id", what),))
    assert len(collector.spans) == len(STATUS)
    for span, (what, code) in zip(collector.spans, STATUS.items(), strict=True):
        said = attributes(span)
        assert (
            said.items()
            >= {
                "rpc.system.name": "grpc",
                "rpc.method": "lab.v1.Lab/One",
                "rpc.response.status_code": code,
                "network.peer.address": "127.0.0.1",
                "request_id": what,
            }.items()
        )
        assert said.get("error.type") == ("INTERNAL" if code == "INTERNAL" else None)
        assert span.status.code == (2 if code == "INTERNAL" else 0)
    assert b"hunter2" not in b"".join(request.SerializeToString() for request in collector.requests)


SAMPLING: dict[str, tuple[Mapping[str, str], tuple[tuple[str, str], ...], int]] = {
    "by default all": ({}, (), 20),
    "the caller says no": ({}, UNSAMPLED, 0),
    "never": ({"OTEL_TRACES_SAMPLER": "always_off"}, SAMPLED, 0),
    "none of ours": ({"OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0"}, (), 0),
    "a share that is none": ({"OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "-1"}, (), 20),
    "the caller's": ({"OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0"}, SAMPLED, 20),
}


@pytest.mark.parametrize("case", SAMPLING)
async def test_sampling_is_honoured(lab: LabProject, collector: Collector, tmp_path: Path, case: str) -> None:
    """The caller's decision and OTEL_TRACES_SAMPLER decide which calls are sent, and every one still answers."""
    settings, metadata, spans = SAMPLING[case]
    async with traced(lab, tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT=collector.endpoint, **settings) as (_, channel):
        for _ in range(20):
            assert (await end_of(lab, channel, "Lab/One", "answer", metadata)).name == "OK"
    assert len(collector.spans) == spans


@pytest.mark.parametrize("sampler", ["traceidratio", "parentbased_traceidratio"])
async def test_a_share_is_drawn_by_the_rule_of_all_services(
    lab: LabProject, collector: Collector, tmp_path: Path, sampler: str
) -> None:
    """Of new traces those are sent whose ids are low enough, inner spans with them, and the others have ids too."""
    env = {"OTEL_TRACES_SAMPLER": sampler, "OTEL_TRACES_SAMPLER_ARG": "0.5"}
    async with traced(lab, tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT=collector.endpoint, **env) as (_, channel):
        ends = [await end_of(lab, channel, "Lab/One", "trace") for _ in range(60)]
    traces = [end.responses[0].text for end in ends]
    assert len(set(traces)) == 60
    assert all(len(trace) == 32 and int(trace, 16) for trace in traces)
    taken = {trace for trace in traces if int(trace[16:], 16) < 2**63}
    assert 0 < len(taken) < 60
    assert sorted(span.trace_id.hex() for span in collector.spans) == sorted([*taken, *taken])


async def test_the_access_log_names_the_trace(lab: LabProject, collector: Collector, tmp_path: Path) -> None:
    """A line of the access log leads to the trace of its call, where there is one."""
    async with traced(lab, tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT=collector.endpoint) as (lab_process, channel):
        await end_of(lab, channel, "Lab/One", "answer", SAMPLED)
        await end_of(lab, channel, "Lab/One", "answer", UNSAMPLED)
    lines = [event for event in lab_process.events() if event["event"] == "call"]
    assert [line.get("trace_id") for line in lines] == [TRACE, None]


async def test_what_is_not_sampled_stays_so_inside(lab: LabProject, collector: Collector, tmp_path: Path) -> None:
    """A handler's own span of a call that is not sampled is not sent either, and knows the trace."""
    async with traced(lab, tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT=collector.endpoint) as (_, channel):
        end = await end_of(lab, channel, "Lab/One", "trace", UNSAMPLED)
    assert [reply.text for reply in end.responses] == [TRACE]
    assert collector.spans == []


async def test_traces_may_go_elsewhere(lab: LabProject, collector: Collector, tmp_path: Path) -> None:
    """What is set for traces goes before what is set for all that is sent."""
    env = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": collector.endpoint,
        "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "grpc",
    }
    async with traced(lab, tmp_path, **env) as (_, channel):
        await end_of(lab, channel, "Lab/One", "answer")
    assert len(collector.spans) == 1


NAMES: dict[str, tuple[Mapping[str, str], str]] = {
    "its own": ({}, "lab"),
    "OTEL_SERVICE_NAME": ({"OTEL_SERVICE_NAME": "flasks"}, "flasks"),
    "OTEL_RESOURCE_ATTRIBUTES": ({"OTEL_RESOURCE_ATTRIBUTES": "service.name=tubes,team=x"}, "tubes"),
}


@pytest.mark.parametrize("case", NAMES)
async def test_the_service_says_its_name(lab: LabProject, collector: Collector, tmp_path: Path, case: str) -> None:
    """service.name is the project's unless the standard variables say another."""
    settings, name = NAMES[case]
    async with traced(lab, tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT=collector.endpoint, **settings) as (_, channel):
        await end_of(lab, channel, "Lab/One", "answer")
    assert collector.resource["service.name"] == name


OFF: dict[str, Mapping[str, str]] = {
    "nothing is set": {},
    "none": {"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "{endpoint}"},
    "disabled": {"OTEL_SDK_DISABLED": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": "{endpoint}"},
}


@pytest.mark.parametrize("case", OFF)
async def test_without_an_exporter_nothing_is_traced(
    lab: LabProject, collector: Collector, tmp_path: Path, case: str
) -> None:
    """No exporter, no spans; and OpenTelemetry is not even imported by the service."""
    settings = {name: value.format(endpoint=collector.endpoint) for name, value in OFF[case].items()}
    async with traced(lab, tmp_path, **settings) as (_, channel):
        end = await end_of(lab, channel, "Lab/One", "modules", SAMPLED)
    (reply,) = end.responses
    assert "opentelemetry" not in reply.text.split()
    assert collector.spans == []


async def test_a_malformed_traceparent_starts_a_new_trace(
    lab: LabProject, collector: Collector, tmp_path: Path
) -> None:
    """What callers make up neither fails the call nor gets into a trace."""
    bad = ("00-zz-yy-01", "", "x" * 4000, f"00-{'0' * 32}-{'0' * 16}-01")
    async with traced(lab, tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT=collector.endpoint) as (_, channel):
        for value in bad:
            assert (await end_of(lab, channel, "Lab/One", "answer", (("traceparent", value),))).name == "OK"
    assert len({span.trace_id for span in collector.spans}) == len(bad)
    assert {span.parent_span_id for span in collector.spans} == {b""}


async def test_a_dead_collector_holds_nothing_up(lab: LabProject, tmp_path: Path) -> None:
    """Calls are served and the service stops although the collector accepts no spans."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and never listening: connections are refused
        endpoint = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with lab.process(tmp_path / "log", OTEL_EXPORTER_OTLP_ENDPOINT=endpoint) as lab_process:
            async with grpc.aio.insecure_channel(f"127.0.0.1:{lab_process.port()}") as channel:
                ends = await asyncio.gather(*(end_of(lab, channel, "Lab/One", "answer") for _ in range(50)))
            assert {end.name for end in ends} == {"OK"}
            before = time.monotonic()
            lab_process.signal()
            assert lab_process.process.wait(15) == 0
            assert time.monotonic() - before < 8
            assert any("spans were not exported" in event["event"] for event in lab_process.events())


WRONG = {
    "OTEL_TRACES_EXPORTER": "zipkin",
    "OTEL_EXPORTER_OTLP_PROTOCOL": "http/json",
    "OTEL_SDK_DISABLED": "maybe",
}


@pytest.mark.parametrize("variable", WRONG)
def test_a_wrong_value_stops_the_start(lab: LabProject, tmp_path: Path, variable: str) -> None:
    """One line names the variable, and the exit code is 2."""
    env = {"PYTHONPATH": str(lab.folder / "src"), variable: WRONG[variable]}
    done = run(["python", "-m", "lab"], tmp_path, env)
    assert done.returncode == 2, done.said
    assert done.stderr.startswith(f"{variable}={WRONG[variable]}: ")
    assert done.stderr.count("\n") == 1


def test_an_exporter_that_is_not_installed_is_named(lab: LabProject, tmp_path: Path) -> None:
    """OTLP over HTTP needs a package of its own, and the start says which."""
    settings = {
        "PYTHONPATH": str(lab.folder / "src"),
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
    }
    done = run(["python", "-m", "lab"], tmp_path, settings)
    assert (done.returncode, done.stderr) == (
        2,
        "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf: install opentelemetry-exporter-otlp-proto-http.\n",
    ), done.said
