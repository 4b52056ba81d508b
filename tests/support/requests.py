"""What protoc sends to a plugin, made by hand for runs without protoc."""

from pathlib import Path

from google.protobuf.compiler.plugin_pb2 import CodeGeneratorRequest
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from tests.support.protoc import protoc


def request(root: Path, *protos: str, parameter: str = "") -> CodeGeneratorRequest:
    """The request for ``protos`` below ``root``, comments included."""
    target = root / "descriptors.binpb"
    flags = ["--include_imports", "--include_source_info", f"--descriptor_set_out={target}"]
    finished = protoc(f"-I{root}", *flags, *protos, cwd=root)
    assert finished.returncode == 0, finished.said
    files = FileDescriptorSet.FromString(target.read_bytes()).file
    target.unlink()
    return CodeGeneratorRequest(file_to_generate=protos, parameter=parameter, proto_file=files)
