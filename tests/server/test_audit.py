"""The events that declared methods leave."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import any_pb2, duration_pb2, field_mask_pb2, timestamp_pb2
from google.protobuf.message import Message

from tests.server.harness import LabProject, finish, start, stream, until


@pytest.fixture
def events() -> Iterator[list[Any]]:
    """What the logger ``audit`` was given."""
    seen: list[Any] = []

    class Keeping(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            seen.append(record)

    handler = Keeping()
    logging.getLogger("audit").addHandler(handler)
    yield seen
    logging.getLogger("audit").removeHandler(handler)


async def test_an_event_says_who_did_what_and_how_it_ended(lab: LabProject, events: list[Any]) -> None:
    """Method, caller, request, status, duration and request id, as the request came in."""
    async with lab.running() as lab_server:
        await lab_server.end("Vault/Open", lab_server.ask(what="answer", count=2), metadata=(("x-request-id", "id-1"),))
        await until(lambda: events)
    (event,) = events
    assert (event.rpc, event.code, event.request_id, event.principal) == ("lab.v1.Vault/Open", "OK", "id-1", "")
    assert event.request == {"what": "answer", "count": 2}
    assert event.peer.startswith("ipv4:127.0.0.1:")
    assert 0 < event.ms < 10_000


async def test_only_declared_methods_leave_one(lab: LabProject, events: list[Any]) -> None:
    """What is not declared, or declared away, leaves nothing."""
    async with lab.running() as lab_server:
        await lab_server.end("Vault/Peek", lab_server.ask(what="answer"))
        await lab_server.end("Lab/One", lab_server.ask(what="answer"))
        await lab_server.end("Vault/Open", lab_server.ask(what="answer"))
        await until(lambda: events)
    assert [event.rpc for event in events] == ["lab.v1.Vault/Open"]


ENDINGS = {"raise": "INTERNAL", "refuse": "NOT_FOUND", "abort": "FAILED_PRECONDITION"}


@pytest.mark.parametrize("what", ENDINGS)
async def test_a_call_that_failed_leaves_one_too(lab: LabProject, events: list[Any], what: str) -> None:
    """The event has the status that the caller saw."""
    async with lab.running() as lab_server:
        await lab_server.end("Vault/Open", lab_server.ask(what=what))
        await until(lambda: events)
    assert [(event.code, event.request) for event in events] == [(ENDINGS[what], {"what": what})]


async def test_a_call_that_was_refused_leaves_one_too(lab: LabProject, events: list[Any]) -> None:
    """An attempt that never reached the handler is an event, with the request as far as it was read."""
    async with lab.running(rate_limit=0.001, rate_limit_burst=1) as lab_server:
        for _ in range(2):
            await lab_server.end("Vault/Open", lab_server.ask(what="answer"))
        await until(lambda: len(events) == 2)
    assert [(event.code, event.request) for event in events] == [
        ("OK", {"what": "answer"}),
        ("RESOURCE_EXHAUSTED", None),
    ]


async def test_a_stream_leaves_one_event(lab: LabProject, events: list[Any]) -> None:
    """The first request of a stream, and how many there were."""
    async with lab.running() as lab_server:
        await lab_server.end("Vault/Fill", stream(*(lab_server.ask(count=n) for n in range(1, 6))))
        await until(lambda: events)
    (event,) = events
    assert (event.rpc, event.request, event.requests) == ("lab.v1.Vault/Fill", {"count": 1}, 5)


async def test_sensitive_fields_are_left_out(lab: LabProject, events: list[Any]) -> None:
    """Fields declared debug_redact appear nowhere in the event, however deep they are."""
    async with lab.running() as lab_server:
        inner = lab_server.ask(what="inner", secret="hunter2")
        ask = lab_server.ask(what="answer", secret="hunter2", more=[inner], named={"a": inner})
        ask.packed.Pack(lab_server.ask(what="packed", secret="hunter2"))
        await lab_server.end("Vault/Open", ask)
        await until(lambda: events)
    (event,) = events
    assert event.request == {
        "what": "answer",
        "more": [{"what": "inner"}],
        "named": {"a": {"what": "inner"}},
        "packed": {"@type": "type.googleapis.com/lab.v1.Ask", "what": "packed"},
    }


TYPES = "type.googleapis.com/google.protobuf."


def packed(message: Message) -> any_pb2.Any:
    """A message inside an Any."""
    outer = any_pb2.Any()
    outer.Pack(message)
    return outer


SHOWN: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "long text": ({"what": "x" * 5000}, {"what": "x" * 1024 + "..."}),
    "long list": ({"more": [{"count": n + 1} for n in range(500)]}, {"more": [{"count": n + 1} for n in range(100)]}),
    "bytes": ({"blob": b"12345"}, {"blob": "5 bytes"}),
    "no JSON number": ({"number": float("nan")}, {"number": "nan"}),
    "unknown to us": (
        {"packed": any_pb2.Any(type_url="type.googleapis.com/unknown.Type", value=b"hunter2")},
        {"packed": {"@type": "type.googleapis.com/unknown.Type"}},
    ),
    "no time": (
        {"packed": packed(timestamp_pb2.Timestamp(seconds=2**62))},
        {"packed": {"@type": f"{TYPES}Timestamp", "value": "invalid google.protobuf.Timestamp"}},
    ),
    "no duration": (
        {"packed": packed(duration_pb2.Duration(seconds=1, nanos=-1))},
        {"packed": {"@type": f"{TYPES}Duration", "value": "invalid google.protobuf.Duration"}},
    ),
    "no mask": (
        {"packed": packed(field_mask_pb2.FieldMask(paths=["NotLower"]))},
        {"packed": {"@type": f"{TYPES}FieldMask", "value": "invalid google.protobuf.FieldMask"}},
    ),
    "a long mask": (
        {"packed": packed(field_mask_pb2.FieldMask(paths=["a" * 98] * 1000))},
        {"packed": {"@type": f"{TYPES}FieldMask", "value": "100000 bytes"}},
    ),
    "no type": ({"packed": any_pb2.Any(value=b"hunter2")}, {"packed": {"@type": ""}}),
}


@pytest.mark.parametrize("case", SHOWN)
def test_messages_as_logs_have_them(lab: LabProject, case: str) -> None:
    """What is long is cut, bytes are counted, and what cannot be read is not shown."""
    fields, shown = SHOWN[case]
    redact = lab.module("runtime.interceptors.redaction").redact
    assert redact(lab.pb2.Ask(**fields)) == shown
    assert json.loads(json.dumps(shown, allow_nan=False)) == shown


WELL_KNOWN: dict[str, tuple[dict[str, Any], Any]] = {
    "update_mask": ({"update_mask": {"paths": ["a", "b_c"]}}, "a,bC"),
    "form": ({"form": {"color": 1, "year": 0}}, {"color": "COLOR_RED", "year": 0}),
}


@pytest.mark.parametrize("field", WELL_KNOWN)
def test_enums_and_well_known_types_are_readable(lab: LabProject, field: str) -> None:
    """Enums are names, and well-known types have their JSON form."""
    fields, shown = WELL_KNOWN[field]
    redact = lab.module("runtime.interceptors.redaction").redact
    assert redact(lab.pb2.Change(**fields)) == {field: shown}


async def test_the_log_has_one_json_line_an_event_at_any_level(lab: LabProject, tmp_path: Path) -> None:
    """LOG_LEVEL does not silence the audit, and no line of the log has what is sensitive."""
    with lab.process(tmp_path / "log", LOG_LEVEL="INFO") as lab_process:
        port = lab_process.port()
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            request = lab.pb2.Ask(what="raise", secret="tr0ub4dor", count=1)
            await finish(start(lab, channel, "Vault/Open", request))
        event = lab_process.wait_for("audit")
        assert event["logger"] == "audit"
        assert event["request"] == {"what": "raise", "count": 1}
        assert event["code"] == "INTERNAL"
        assert "tr0ub4dor" not in lab_process.log.read_text()


def test_no_level_silences_the_audit(lab: LabProject) -> None:
    """The logger lets its events through even where the service logs errors only."""
    lab.module("runtime.interceptors.audit")
    root = logging.getLogger()
    before = root.level
    root.setLevel(logging.ERROR)
    try:
        assert logging.getLogger("audit").isEnabledFor(logging.INFO)
        assert not logging.getLogger("access").isEnabledFor(logging.INFO)
    finally:
        root.setLevel(before)
