"""What the calls of a client leave behind in metrics and traces."""

import asyncio
import contextlib
import json
import subprocess
import sys
from pathlib import Path

import grpc

from tests.client.harness import DepotProject
from tests.server.collector import attributes, collecting
from tests.server.harness import scrape
from tests.support.command import environment, run

CLIENT = 3
"""The kind of span, as OTLP numbers it."""


async def test_a_service_shows_the_calls_that_it_makes(depot: DepotProject, tmp_path: Path) -> None:
    """Beside those that it answers, by the same names, with the target."""
    with depot.process(tmp_path / "log") as depot_process:
        target = f"127.0.0.1:{depot_process.port()}"
        async with depot.client(target) as client:
            for what in (b"x", b"missing"):
                with contextlib.suppress(depot.errors.Internal):
                    await client.put(what="forward", target=target, load=what)
            assert [reply.by async for reply in client.watch(what="x")]
        seen = await scrape(depot_process.port("metrics"))
    labels = {"rpc_system_name": "grpc", "rpc_method": "depot.v1.Depot/Find", "server_address": target}
    counts = seen.samples("rpc_client_call_duration_seconds_count")
    assert counts == [
        ({**labels, "rpc_response_status_code": "OK"}, 1),
        ({**labels, "rpc_response_status_code": "NOT_FOUND", "error_type": "NOT_FOUND"}, 1),
    ]
    assert seen.samples("rpc_client_active_calls") == [(labels, 0)]
    # What an answer was for this service is not what it was for its own callers.
    assert seen.value("rpc_server_call_duration_seconds_count", rpc_response_status_code="NOT_FOUND") == 1


async def test_a_trace_goes_through(depot: DepotProject, tmp_path: Path) -> None:
    """Server, the call that its handler makes, and the server of that one are one line of spans."""
    with (
        collecting() as collector,
        depot.process(tmp_path / "log", OTEL_EXPORTER_OTLP_ENDPOINT=collector.endpoint) as depot_process,
    ):
        target = f"127.0.0.1:{depot_process.port()}"
        async with depot.client(target) as client:
            await client.put(what="forward", target=target, load=b"x")
            with_error = client.put(what="forward", target=target, load=b"missing")
            await asyncio.gather(with_error, return_exceptions=True)
        depot_process.signal()
        depot_process.process.wait(20)
    puts = [span for span in collector.spans if span.name == "depot.v1.Depot/Put"]
    calls = [span for span in collector.spans if span.name == "depot.v1.Depot/Find" and span.kind == CLIENT]
    answers = [span for span in collector.spans if span.name == "depot.v1.Depot/Find" and span.kind != CLIENT]
    assert len(puts) == len(calls) == len(answers) == 2
    assert [call.parent_span_id for call in calls] == [put.span_id for put in puts]
    assert [answer.parent_span_id for answer in answers] == [call.span_id for call in calls]
    assert len({span.trace_id for span in collector.spans}) == 2
    first, second = (attributes(call) for call in calls)
    expected = {"rpc.system.name": "grpc", "rpc.method": "depot.v1.Depot/Find", "server.address": target}
    assert first == {**expected, "rpc.response.status_code": "OK"}
    assert second == {**expected, "rpc.response.status_code": "NOT_FOUND", "error.type": "NOT_FOUND"}


_ALONE = """
import asyncio, json, sys
import grpc
from depot.gen.clients import DepotClient
from depot.runtime.client import ApiKey, Options, Tls, Token
from depot.errors import NotFound

async def main():
    async with DepotClient(sys.argv[1]) as client:
        return (await client.find(what="hello")).text

text = asyncio.run(main())
print(json.dumps([text, sorted({name.partition(".")[0] for name in sys.modules})]))
"""

_HEAVY = {"pydantic", "pydantic_settings", "opentelemetry", "prometheus_client", "jwt", "uvloop", "cryptography"}


def test_other_teams_need_nothing_of_the_service(depot: DepotProject, tmp_path: Path) -> None:
    """No settings, no environment, and none of the libraries that only a server needs."""
    with depot.process(tmp_path / "log") as depot_process:
        variables = {"PYTHONPATH": str(depot.folder / "src"), "GRPC_PORT": "no port", "AUTH_MODE": "nonsense"}
        done = run(["python", "-c", _ALONE, f"127.0.0.1:{depot_process.port()}"], tmp_path, variables)
    assert done.returncode == 0, done.said
    text, modules = json.loads(done.stdout)
    assert text == "hello"
    assert _HEAVY.isdisjoint(modules)


def test_libraries_that_are_not_installed_are_not_missed(depot: DepotProject, tmp_path: Path) -> None:
    """A client works where neither metrics nor traces nor settings can be imported."""
    blocked = f"import sys\nsys.modules.update(dict.fromkeys({sorted(_HEAVY)!r}))\n"
    with depot.process(tmp_path / "log") as depot_process:
        done = subprocess.run(
            [sys.executable, "-c", blocked + _ALONE, f"127.0.0.1:{depot_process.port()}"],
            env=environment({"PYTHONPATH": str(depot.folder / "src")}),
            capture_output=True,
            check=False,
            text=True,
        )
    assert done.returncode == 0, done.stderr


def test_status_names_are_grpcs(depot: DepotProject) -> None:
    """Every status has a class of its own or the plain one, and only one."""
    kinds = depot.module("runtime.core.errors_from_status")._ERROR_CLASSES
    assert set(grpc.StatusCode) - set(kinds) == {grpc.StatusCode.OK, grpc.StatusCode.UNKNOWN}
    assert all(kind.code is code for code, kind in kinds.items())
