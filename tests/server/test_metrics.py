"""What Prometheus scrapes."""

import asyncio
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import grpc
import pytest
from cryptography import x509

from tests.server.certificate_authority import LOCALHOST, CertificateAuthority
from tests.server.harness import LabProject, LabServer, Scrape, finish, health, scrape, start, stream
from tests.support.command import run

DURATIONS = "rpc_server_call_duration_seconds"
STREAMS = "rpc_server_stream_messages_total"


async def test_names_and_labels_are_the_conventional_ones(lab: LabProject) -> None:
    """Histogram, labels and buckets are those of OpenTelemetry's semantic conventions for RPC."""
    async with lab.running() as lab_server:
        await lab_server.end("Lab/One", lab_server.ask(what="answer"))
        await lab_server.end("Lab/One", lab_server.ask(what="raise"))
        seen = await lab_server.counted()
    fine = {"rpc_system_name": "grpc", "rpc_method": "lab.v1.Lab/One", "rpc_response_status_code": "OK"}
    failed = {**fine, "rpc_response_status_code": "INTERNAL", "error_type": "INTERNAL"}
    assert seen.samples(f"{DURATIONS}_count") == [(fine, 1), (failed, 1)]
    edges = [labels["le"] for labels, _ in seen.samples(f"{DURATIONS}_bucket") if labels.items() > fine.items()]
    bounds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, float("inf")]
    assert [float(edge) for edge in edges] == bounds


async def test_durations_fall_into_their_buckets(lab: LabProject) -> None:
    """Buckets count what took no longer than their bound, and sum and count fit them."""
    async with lab.running() as lab_server:
        for milliseconds in (0, 120, 120):
            await lab_server.end("Lab/One", lab_server.ask(what="sleep", count=milliseconds))
        seen = await lab_server.counted()
    buckets = {labels["le"]: value for labels, value in seen.samples(f"{DURATIONS}_bucket")}
    assert (buckets["0.1"], buckets["10"], buckets["+Inf"]) == (1, 3, 3)
    # Timers of an event loop may fire a moment early.
    assert 0.2 < seen.value(f"{DURATIONS}_sum") < 5
    values = list(buckets.values())
    assert values == sorted(values)


async def test_promtool_finds_nothing(lab: LabProject) -> None:
    """Prometheus's own checker accepts the scrape without a remark."""
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed")
    async with lab.running() as lab_server:
        await lab_server.end("Lab/Chat", stream(lab_server.ask(what="answer"), lab_server.ask(what="raise")))
        text = (await lab_server.counted()).text
    done = await asyncio.to_thread(
        subprocess.run, [promtool, "check", "metrics"], input=text, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "rate limit": ({"rate_limit": 0.001, "rate_limit_burst": 1}, "RESOURCE_EXHAUSTED"),
    "validation": ({}, "INVALID_ARGUMENT"),
}


@pytest.mark.parametrize("reason", REFUSED)
async def test_a_call_that_a_later_interceptor_refuses_is_counted(lab: LabProject, reason: str) -> None:
    """Whatever keeps a call from its handler, it is counted once, with the status that its caller got."""
    settings, code = REFUSED[reason]
    async with lab.running(**settings) as lab_server:
        if reason == "rate limit":
            await lab_server.end("Desk/File", lab_server.lab.pb2.Form())
        before = (await lab_server.counted()).calls().get(("Desk/File", code), 0)
        end = await lab_server.end("Desk/File", lab_server.lab.pb2.Form())
        assert end.name == code
        seen = await lab_server.counted()
        assert seen.calls()[("Desk/File", code)] == before + 1
        assert seen.value("rpc_server_active_calls") == 0


async def test_unknown_methods_share_one_label(lab: LabProject) -> None:
    """Calls to methods that are not here are counted as _OTHER: no caller can make up labels."""
    async with lab.running() as lab_server:
        for path in ("/lab.v1.Lab/Nope", "/nope.Nope/Nope", "/" + "x" * 1000):
            unknown: Any = lab_server.channel.unary_unary(path)
            assert (await finish(unknown(b"", timeout=10))).name == "UNIMPLEMENTED"
        seen = await lab_server.counted()
        assert seen.calls() == {("_OTHER", "UNIMPLEMENTED"): 3}
        assert {labels["rpc_method"] for labels, _ in seen.samples(f"{DURATIONS}_count")} == {"_OTHER"}


async def test_health_and_reflection_are_no_calls(lab: LabProject) -> None:
    """Probes would drown the calls of callers: they are not counted, as neither known nor unknown."""
    async with lab.running() as lab_server:
        assert await lab_server.health() == "SERVING"
        assert (await lab_server.counted()).calls() == {}


async def test_calls_in_progress(lab: LabProject) -> None:
    """The gauge says how many calls of a method run, and is back at 0 when they have ended."""
    async with lab.running() as lab_server:
        running = [
            asyncio.create_task(lab_server.end("Lab/One", lab_server.ask(what="sleep", count=400))) for _ in range(3)
        ]
        watching = lab_server.call("Lab/Many", lab_server.ask(what="flood"))
        await watching.read()
        now = await until_active(lab_server, 4)
        assert now.value("rpc_server_active_calls", rpc_method="lab.v1.Lab/One") == 3
        assert now.value("rpc_server_active_calls", rpc_method="lab.v1.Lab/Many") == 1
        watching.cancel()
        await asyncio.gather(*running)
        assert (await until_active(lab_server, 0)).calls() == {("Lab/One", "OK"): 3, ("Lab/Many", "CANCELLED"): 1}


RETRIED = {
    "methodConfig": [
        {
            "name": [{"service": "lab.v1.Lab"}],
            "retryPolicy": {
                "maxAttempts": 3,
                "initialBackoff": "0.01s",
                "maxBackoff": "0.1s",
                "backoffMultiplier": 2,
                "retryableStatusCodes": ["INTERNAL"],
            },
        }
    ]
}


async def test_retries_are_counted(lab: LabProject) -> None:
    """What a client or Envoy makes again counts once more, by its method; first attempts do not."""
    async with lab.running() as lab_server:
        options = [("grpc.service_config", json.dumps(RETRIED))]
        async with grpc.aio.insecure_channel(f"127.0.0.1:{lab_server.now.port}", options=options) as channel:
            await finish(start(lab_server.lab, channel, "Lab/One", lab_server.ask(what="answer")))
            await finish(start(lab_server.lab, channel, "Lab/One", lab_server.ask(what="raise")))
        for attempt in ("1", "2", "3"):
            envoy = (("x-envoy-attempt-count", attempt),)
            await lab_server.end("Lab/Many", lab_server.ask(what="answer"), metadata=envoy)
        seen = await lab_server.counted()
    assert seen.value("rpc_server_retries_total", rpc_method="lab.v1.Lab/One") == 2
    assert seen.value("rpc_server_retries_total", rpc_method="lab.v1.Lab/Many") == 2
    assert seen.value("rpc_server_retries_total", rpc_method="lab.v1.Lab/Sum") == 0


async def until_active(lab_server: LabServer, calls: int) -> Scrape:
    """The first scrape with so many calls in progress."""
    for _ in range(500):
        seen = await lab_server.scrape()
        if seen.value("rpc_server_active_calls") == calls:
            return seen
        await asyncio.sleep(0.01)
    raise AssertionError(f"there were never {calls} calls in progress")


async def test_messages_of_streams_are_counted_as_they_pass(lab: LabProject) -> None:
    """Received and sent messages are counted while a stream is still open."""
    async with lab.running() as lab_server:
        await lab_server.end("Lab/Many", lab_server.ask(what="answer", count=5))
        await lab_server.end("Lab/Sum", stream(*(lab_server.ask(count=n) for n in range(4))))
        chat = lab_server.call(
            "Lab/Chat", stream(lab_server.ask(what="answer"), lab_server.ask(what="answer"), pause=0.5)
        )
        responses = aiter(chat)
        await anext(responses)
        seen = await lab_server.scrape()
        assert seen.value(STREAMS, rpc_method="lab.v1.Lab/Chat", rpc_message_type="SENT") == 1
        assert [response.text async for response in responses] == ["answer"]
        seen = await lab_server.counted()
    counts = {
        (labels["rpc_method"].removeprefix("lab.v1.Lab/"), labels["rpc_message_type"]): value
        for labels, value in seen.samples(STREAMS)
    }
    assert counts == {("Many", "SENT"): 5, ("Sum", "RECEIVED"): 4, ("Chat", "RECEIVED"): 2, ("Chat", "SENT"): 2}


async def test_metrics_of_ones_own_are_served(lab: LabProject) -> None:
    """What anybody registers with prometheus_client is on the same page, the process's own too."""
    from prometheus_client import REGISTRY, Counter

    counter = Counter("lab_flasks_broken", "Broken flasks.")
    try:
        counter.inc(3)
        async with lab.running() as lab_server:
            seen = await lab_server.counted()
    finally:
        REGISTRY.unregister(counter)
    assert seen.value("lab_flasks_broken_total") == 3
    assert seen.value("process_resident_memory_bytes") > 0


ASKED = {
    b"GET / HTTP/1.1\r\n\r\n": "404",
    b"POST /metrics HTTP/1.1\r\n\r\n": "405",
    b"HEAD /metrics HTTP/1.1\r\n\r\n": "200",
    b"GET /metrics?name=x HTTP/1.0\r\n\r\n": "200",
    b"\x16\x03\x01\x00\r\n\r\n": "405",
    b"x" * 100_000: "",
    b"": "",
}


@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: repr(asked[:20]))
async def test_the_endpoint_answers_nothing_else(lab: LabProject, asked: bytes) -> None:
    """Other paths and methods are refused, garbage is dropped, and the endpoint goes on."""
    async with lab.running() as lab_server:
        reader, writer = await asyncio.open_connection("127.0.0.1", lab_server.now.metrics_port)
        try:
            writer.write(asked)
            writer.write_eof()
            said = await reader.read()
        except ConnectionError:
            said = b""
        writer.close()
        assert said.decode().partition("\r\n")[0].partition(" ")[2][:3] == ASKED[asked]
        assert (await lab_server.counted()).text


async def test_an_idle_client_keeps_no_other_out(lab: LabProject) -> None:
    """Clients that connect and ask nothing are let go, and a scrape works beside some of them."""
    async with lab.running() as lab_server:
        idle = [await asyncio.open_connection("127.0.0.1", lab_server.now.metrics_port) for _ in range(10)]
        assert (await lab_server.counted()).text
        for _, writer in idle:
            writer.close()


async def test_openmetrics_is_spoken_to_who_asks_for_it(lab: LabProject) -> None:
    """A scraper that accepts OpenMetrics gets it, to its end marker."""
    async with lab.running() as lab_server:
        await lab_server.end("Lab/One", lab_server.ask(what="answer"))
        reader, writer = await asyncio.open_connection("127.0.0.1", lab_server.now.metrics_port)
        writer.write(b"GET /metrics HTTP/1.1\r\nAccept: application/openmetrics-text; version=1.0.0\r\n\r\n")
        head, _, body = (await reader.read()).decode().partition("\r\n\r\n")
        writer.close()
    assert "Content-Type: application/openmetrics-text" in head
    assert f"Content-Length: {len(body.encode())}" in head
    assert body.endswith("# EOF\n")


async def test_alerts_have_something_to_compare_with(lab: LabProject, tmp_path: Path) -> None:
    """The limit of calls, and when the certificate ends: the new one's end as soon as it is renewed."""
    authority = CertificateAuthority()
    files = authority.issue("lab", LOCALHOST).write(tmp_path, "server")
    given: dict[str, Any] = {name.lower(): Path(path) for name, path in files.items()}
    certificate = Path(files["TLS_CERT_FILE"])
    async with lab.running(max_concurrent_rpcs=7, **given) as lab_server:
        for _ in range(2):
            seen = await lab_server.counted()
            (ends,) = x509.load_pem_x509_certificates(certificate.read_bytes())
            until = ends.not_valid_after_utc.timestamp()
            assert seen.value("tls_certificate_expiration_timestamp_seconds") == until
            assert seen.value("rpc_server_active_calls_limit") == 7
            authority.issue("lab", LOCALHOST, days=90).write(tmp_path, "server")
    async with lab.running(max_concurrent_rpcs=0) as lab_server:
        seen = await lab_server.counted()
    assert "tls_certificate" not in seen.text
    assert "calls_limit" not in seen.text


async def test_metrics_can_be_switched_off(lab: LabProject) -> None:
    """METRICS=false opens no port."""
    async with lab.running(metrics=False) as lab_server:
        assert lab_server.now.metrics_port is None
        assert (await lab_server.end("Lab/One", lab_server.ask(what="answer"))).name == "OK"


async def test_a_port_that_is_taken_is_named(lab: LabProject) -> None:
    """A second service on the same METRICS_PORT does not start and says which setting to change."""
    async with lab.running() as lab_server:
        with pytest.raises(lab.module("runtime.server").StartError, match="METRICS_PORT"):
            async with lab.running(metrics_port=lab_server.now.metrics_port):
                pass


async def test_it_listens_where_the_service_does(lab: LabProject, tmp_path: Path) -> None:
    """On loopback as long as GRPC_HOST is; beyond this machine with it."""
    async with lab.running() as lab_server:
        assert await reachable("127.0.0.1", lab_server.now.metrics_port)
        assert not await reachable("127.0.0.2", lab_server.now.metrics_port)
    with lab.process(tmp_path / "log", GRPC_HOST="0.0.0.0", ALLOW_PLAINTEXT="true") as lab_process:
        assert await reachable("127.0.0.2", lab_process.port("metrics"))


async def reachable(host: str, port: int) -> bool:
    """Return whether the port accepts connections."""
    try:
        _, writer = await asyncio.open_connection(host, port)
    except OSError:
        return False
    writer.close()
    return True


async def test_a_process_counts_everything_once(lab: LabProject, tmp_path: Path) -> None:
    """Callers that finish, run out of time and cancel: each call is counted, with the status it had."""
    calls = 100
    with lab.process(tmp_path / "log") as lab_process:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{lab_process.port()}") as channel:
            assert await health(channel) == "SERVING"

            async def started(what: str, timeout: float) -> list[Any]:
                """Calls that have all reached their handlers, unless these answered at once."""
                request = lab.pb2.Ask(what=what, count=60_000)
                begun = [start(lab, channel, "Lab/One", request, timeout=timeout) for _ in range(calls)]
                while what == "sleep" and (await scrape(port)).value("rpc_server_active_calls") < calls:
                    await asyncio.sleep(0.02)
                return begun

            port = lab_process.port("metrics")
            done = await asyncio.gather(*map(finish, await started("answer", 30)))
            late = await asyncio.gather(*map(finish, await started("sleep", 4)))
            while (await scrape(port)).value("rpc_server_active_calls"):
                await asyncio.sleep(0.02)
            for call in await started("sleep", 60):
                call.cancel()
            while (seen := await scrape(port)).value("rpc_server_active_calls"):
                await asyncio.sleep(0.02)
    assert {end.name for end in done} == {"OK"}
    assert {end.name for end in late} == {"DEADLINE_EXCEEDED"}
    codes = ("OK", "DEADLINE_EXCEEDED", "CANCELLED")
    assert seen.calls() == {("Lab/One", code): calls for code in codes}


def test_nothing_is_imported_that_is_switched_off(lab: LabProject, tmp_path: Path) -> None:
    """A service without metrics and traces loads none of their libraries, and that of rules as it asks for hooks."""
    code = (
        "import asyncio, sys\n"
        "from lab.app import application\n"
        "from lab.gen.registry import REGISTRY\n"
        "from lab.runtime.server import running\n"
        "from lab.settings import Settings\n"
        "settings = Settings(metrics=False, grpc_port=0, shutdown_grace=0)\n"
        "assert 'protovalidate' not in sys.modules\n"
        "async def main():\n"
        "    async with running(REGISTRY, settings, application): pass\n"
        "asyncio.run(main())\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))\n"
    )
    done = run(["python", "-c", code], tmp_path, {"PYTHONPATH": str(lab.folder / "src")})
    assert done.returncode == 0, done.said
    assert {"opentelemetry", "prometheus_client"}.isdisjoint(done.stdout.split())
