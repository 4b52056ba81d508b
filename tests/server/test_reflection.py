"""The reflection service, which tools such as grpcurl call."""

from collections.abc import AsyncIterator

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from grpc_reflection.v1alpha import reflection_pb2

from tests.server.harness import LabProject, LabServer, stream


@pytest.fixture
async def lab_server(lab: LabProject) -> AsyncIterator[LabServer]:
    """The service, running."""
    async with lab.running() as now:
        yield now


@pytest.mark.parametrize(
    ("symbol", "found"),
    [
        ("lab.v1.Desk", True),
        ("lab.v1.Form", True),
        ("lab.v1.Desk.File", True),
        ("lab.v1.Form.title", True),
        ("lab.v1.Desk.Nothing", False),
        ("lab.v1.Form.nothing", False),
        ("lab.v1.Nothing", False),
        ("nothing", False),
        ("", False),
        (".", False),
    ],
)
async def test_each_symbol_leads_to_its_file(lab_server: LabServer, symbol: str, found: bool) -> None:
    """Methods and fields too: `grpcurl describe lab.v1.Desk.File` asks for one."""
    ask = lab_server.channel.stream_stream(
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        reflection_pb2.ServerReflectionRequest.SerializeToString,
        reflection_pb2.ServerReflectionResponse.FromString,
    )
    request = reflection_pb2.ServerReflectionRequest(file_containing_symbol=symbol)
    responses = [response async for response in ask(stream(request), timeout=10)]
    files = [FileDescriptorProto.FromString(raw) for raw in responses[0].file_descriptor_response.file_descriptor_proto]
    assert ("lab.proto" in [file.name for file in files]) == found
    assert responses[0].HasField("error_response") != found
