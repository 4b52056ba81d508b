"""A servicer that a team has, with modules of its own that grpc_tools wrote, serves in a generated project."""

import sys
from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

from tests.project.harness import Project, make
from tests.support import server
from tests.support.command import run
from tests.support.protoc import protoc

PROTO = "ledger.proto"
"""Flat, as modules of grpc_tools often are."""

PROTOS = {PROTO: """\
syntax = "proto3";
package ledger.v1;

message Entry {
  string account_id = 1;
  int64 amount_cents = 2;
  string named = 3 [json_name = "n"];
}

service Ledger {
  rpc Add(Entry) returns (Entry);
  rpc List(Entry) returns (stream Entry);
  rpc Sum(stream Entry) returns (Entry);
  rpc Follow(stream Entry) returns (stream Entry);
  rpc Remove(Entry) returns (Entry);
}
"""}

LEGACY = '''\
"""A servicer as it is written for grpc.server."""

import grpc
import ledger_pb2
import ledger_pb2_grpc


class LedgerServicer(ledger_pb2_grpc.LedgerServicer):
    """Keeps entries."""

    def __init__(self, name):
        self.name = name

    def Add(self, request, context):
        if not request.account_id:
            context.set_code(grpc.StatusCode.INVALID_ARGUMENT)
            context.set_details("an account is required")
            return ledger_pb2.Entry()
        return ledger_pb2.Entry(account_id=request.account_id, named=self.name)

    def List(self, request, context):
        for number in range(3):
            yield ledger_pb2.Entry(account_id=request.account_id, amount_cents=number)

    def Sum(self, request_iterator, context):
        return ledger_pb2.Entry(amount_cents=sum(request.amount_cents for request in request_iterator))

    async def Follow(self, request_iterator, context):
        async for request in request_iterator:
            await context.write(request)


def add_to(server):
    ledger_pb2_grpc.add_LedgerServicer_to_server(LedgerServicer("unused"), server)
'''


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project whose app.py adapts the servicer, which imports modules of its own."""
    project = make(tmp_path_factory.mktemp("ledger") / "ledger", PROTOS)
    written = protoc("-Iproto", "--python_out=src", "--grpc_python_out=src", PROTO, cwd=project.folder)
    assert written.returncode == 0, written.said
    project.write("src/legacy.py", LEGACY)
    imports = "from legacy import LedgerServicer as Legacy\n\nfrom .gen.servicers import LedgerServicer\n"
    project.edit(
        "src/ledger/app.py", "from .runtime.interceptors import (", f"{imports}from .runtime.interceptors import ("
    )
    project.edit(
        "src/ledger/app.py",
        "    yield Application(interceptors=chain(settings))",
        '    yield Application(interceptors=chain(settings), handlers=[LedgerServicer.adapt(Legacy("kept"))])',
    )
    return project


@pytest.fixture(scope="module")
def channel(ledger: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[grpc.Channel]:
    """A channel to the service."""
    log = tmp_path_factory.mktemp("log") / "log"
    with (
        server.serving(ledger.folder, "ledger", log) as running,
        grpc.insecure_channel(f"127.0.0.1:{running.port}") as channel,
    ):
        yield channel


def message_class(project: Project) -> Any:
    """The class of the messages, for this process."""
    done = protoc("-Iproto", "--descriptor_set_out=entry.binpb", PROTO, cwd=project.folder)
    assert done.returncode == 0, done.said
    pool = DescriptorPool()
    for file in FileDescriptorSet.FromString((project.folder / "entry.binpb").read_bytes()).file:
        pool.Add(file)
    return GetMessageClass(pool.FindMessageTypeByName("ledger.v1.Entry"))


def test_calls(ledger: Project, channel: grpc.Channel) -> None:
    """All four kinds, with the messages of the servicer's own modules."""
    entry = message_class(ledger)

    def call(kind: str, rpc: str) -> Any:
        return getattr(channel, kind)(f"/ledger.v1.Ledger/{rpc}", entry.SerializeToString, entry.FromString)

    sent = [entry(account_id="a", amount_cents=cents) for cents in (1, 2)]
    assert call("unary_unary", "Add")(sent[0], timeout=10) == entry(account_id="a", named="kept")
    with pytest.raises(grpc.RpcError) as refused:
        call("unary_unary", "Add")(entry(), timeout=10)
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert refused.value.details() == "an account is required"
    assert [one.amount_cents for one in call("unary_stream", "List")(sent[0], timeout=10)] == [0, 1, 2]
    assert call("stream_unary", "Sum")(iter(sent), timeout=10).amount_cents == 3
    assert list(call("stream_stream", "Follow")(iter(sent), timeout=10)) == sent
    with pytest.raises(grpc.RpcError) as missing:
        call("unary_unary", "Remove")(sent[0], timeout=10)
    assert missing.value.code() is grpc.StatusCode.UNIMPLEMENTED
    assert (
        missing.value.details()
        == "ledger.v1.Ledger/Remove is not written yet: legacy, class LedgerServicer: add Remove"
    )


def test_messages_are_the_same_classes(ledger: Project) -> None:
    """Protobuf has one class for a message, whichever of two equal modules is imported."""
    code = "import ledger_pb2; from ledger.gen import ledger_pb2 as own; print(own.Entry is ledger_pb2.Entry)"
    done = run([sys.executable, "-c", code], ledger.folder / "src", {"PYTHONPATH": str(ledger.folder / "src")})
    assert done.stdout == "True\n", done.said


def test_an_object_is_refused_in_one_line(ledger: Project) -> None:
    """A class instead of an object ends the start, without a traceback."""
    app = ledger.text("src/ledger/app.py")
    ledger.edit("src/ledger/app.py", 'adapt(Legacy("kept"))', "adapt(Legacy)")
    try:
        done = run([sys.executable, "-m", "ledger"], ledger.folder / "src", {"GRPC_PORT": "0", "METRICS_PORT": "0"})
    finally:
        ledger.write("src/ledger/app.py", app)
    assert done.returncode == 2
    message = "app.py: LedgerServicer.adapt(LedgerServicer) gets a class: pass an object of it, LedgerServicer(...)."
    assert done.stderr == f"{message}\n"
