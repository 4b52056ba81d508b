"""pb2: the compiler's modules, moved below gen/ with imports that work there."""

from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto

from protoc_gen_pyservice.errors import CompilerError
from protoc_gen_pyservice.inputs.descriptors import requested
from protoc_gen_pyservice.render.pb2 import HEADER, Compiled, _ImportRewriter, compile_modules
from tests.support.protoc import protoc
from tests.support.requests import request

MOVED = {
    "orders_pb2": "orders_pb2",
    "acme.v1.types_pb2": "acme.v1.types_pb2",
    "acme.import.class_pb2": "acme.import_.class__pb2",
    "my_file.v1_pb2": "my_file.v1_pb2",
}
"""The compiler's names of the modules of a project, and ours."""


@pytest.mark.parametrize(
    ("depth", "line", "expected"),
    [
        (1, "import orders_pb2 as orders__pb2", "from . import orders_pb2 as orders__pb2"),
        (3, "import orders_pb2 as orders__pb2", "from ... import orders_pb2 as orders__pb2"),
        (1, "from acme.v1 import types_pb2 as t", "from .acme.v1 import types_pb2 as t"),
        (3, "from acme.v1 import types_pb2 as t", "from ...acme.v1 import types_pb2 as t"),
        (1, "  import orders_pb2 as o", "  from . import orders_pb2 as o"),
        (
            2,
            "a = importlib.import_module('acme.import.class_pb2')",
            "from ..acme.import_ import class__pb2 as a",
        ),
        (1, "from acme.v1.types_pb2 import *", "from .acme.v1.types_pb2 import *"),
        (1, "  types__pb2 = facade__pb2.acme.v1.types_pb2", "  from .acme.v1 import types_pb2 as types__pb2"),
    ],
)
def test_an_import_of_the_projects_own(depth: int, line: str, expected: str) -> None:
    """Every way in which the compiler names a module becomes a relative import."""
    assert _ImportRewriter(MOVED, depth)(f"{line}\n\nDESCRIPTOR = 1\n") == f"{expected}\n\nDESCRIPTOR = 1\n"


@pytest.mark.parametrize(
    "line",
    [
        "from google.protobuf import timestamp_pb2 as google_dot_protobuf_dot_timestamp__pb2",
        "from google.api import annotations_pb2 as google_dot_api_dot_annotations__pb2",
        "from google.protobuf import descriptor as _descriptor",
        "import grpc",
        "# import orders_pb2 as orders__pb2 is not code",
    ],
)
def test_any_other_line(line: str) -> None:
    """What a distribution ships is imported from there, and other lines stay as they are."""
    assert _ImportRewriter(MOVED, 3)(f"{line}\n\nDESCRIPTOR = 1\n") == f"{line}\n\nDESCRIPTOR = 1\n"


def test_lines_below_the_descriptor_stay() -> None:
    """Text in a descriptor that reads like an import is none."""
    text = "\nDESCRIPTOR = b'''\nimport orders_pb2 as o\n'''\n"
    assert _ImportRewriter(MOVED, 1)(text) == text


# --------------------------------------------------------------------------------------- compiling


def compiled(folder: Path, **protos: str) -> Compiled:
    """The modules of protos, given by file name with __ for / and without .proto."""
    names = []
    for name, text in protos.items():
        path = folder / f"{name.replace('__', '/')}.proto"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'syntax = "proto3";\n{text}\n')
        names.append(path.relative_to(folder).as_posix())
    files = requested(request(folder, *names[-1:]))
    return compile_modules(files.all, files.targets)


def test_every_module_says_that_it_is_generated(tmp_path: Path) -> None:
    """Message module, stub and service stub begin with the header, below which no linter looks."""
    modules = compiled(tmp_path, x="package x; message M {} service S { rpc R(M) returns (M); }").files
    assert list(modules) == ["x_pb2.py", "x_pb2.pyi", "x_pb2_grpc.py"]
    for text in modules.values():
        assert text.startswith(HEADER)
        assert "# ruff: noqa\n# mypy: ignore-errors\n" in text


ALIKE = """\
syntax = "proto2";
package names.v1;
import "google/protobuf/timestamp.proto";

message A {
  optional string plain = 1;
  optional string two_words = 2;
  optional string _head = 3;
  optional string tail_ = 4;
  optional string x_1_y__z = 5;
  optional string chosen = 6 [json_name = "other"];
  map<string, Inner> some_map = 7;
  optional group Some_Group = 8 {
    optional string in_group = 1;
  }
  message Inner {
    optional google.protobuf.Timestamp created_at = 1;
    extend A {
      optional string nested_extension = 101;
    }
  }
  extensions 100 to 200;
}

extend A {
  optional string top_extension = 100;
}
"""


def test_a_module_is_that_of_grpc_tools(tmp_path: Path) -> None:
    """The descriptor is the same to the byte: protobuf refuses two of one file that differ."""
    (tmp_path / "alike.proto").write_text(ALIKE)
    files = requested(request(tmp_path, "alike.proto"))
    module = compile_modules(files.all, files.targets).files["alike_pb2.py"]
    done = protoc(f"-I{tmp_path}", f"--python_out={tmp_path}", "alike.proto", cwd=tmp_path)
    assert done.returncode == 0, done.said
    line = next(line for line in (tmp_path / "alike_pb2.py").read_text().splitlines() if "AddSerializedFile" in line)
    assert line in module.splitlines()
    assert b"other" in line.encode()
    assert b"twoWords" not in line.encode()


def test_no_service_no_service_stub(tmp_path: Path) -> None:
    """A file of messages has no module for services."""
    assert list(compiled(tmp_path, x="message M {}").files) == ["x_pb2.py", "x_pb2.pyi"]


def test_imports_are_compiled_too(tmp_path: Path) -> None:
    """A file that only another one imports has its module as well, and is imported relatively."""
    modules = compiled(
        tmp_path, a__b="package a; message M {}", c__d__e='import "a/b.proto"; message N { a.M m = 1; }'
    ).files
    assert "a/b_pb2.py" in modules
    assert "from ...a import b_pb2 as a_dot_b__pb2" in modules["c/d/e_pb2.py"]
    assert "from ...a import b_pb2 as _b_pb2" in modules["c/d/e_pb2.pyi"]


def test_what_a_distribution_ships_is_not_compiled(tmp_path: Path) -> None:
    """Well-known types come from protobuf."""
    modules = compiled(
        tmp_path, x='import "google/protobuf/empty.proto"; message M { google.protobuf.Empty e = 1; }'
    ).files
    assert list(modules) == ["x_pb2.py", "x_pb2.pyi"]
    assert "from google.protobuf import empty_pb2" in modules["x_pb2.py"]


def test_messages_say_the_module_they_are_in(tmp_path: Path) -> None:
    """The module's own name is used at run time, so that messages can be pickled."""
    module, _ = compiled(tmp_path, x="message M {}").files.values()
    assert "BuildTopDescriptorsAndMessages(DESCRIPTOR, __name__, _globals)" in module


@pytest.mark.parametrize(
    "text",
    [
        "message None {}",
        "message M { message class {} }",
        "enum E { None = 0; }",
        "message DESCRIPTOR {}",
        'import "google/protobuf/descriptor.proto"; extend google.protobuf.FileOptions { bool class = 50000; }',
        'import "google/protobuf/descriptor.proto"; '
        "message M { extend google.protobuf.FileOptions { bool yield = 50000; } }",
    ],
)
def test_a_stub_that_python_cannot_spell(tmp_path: Path, text: str) -> None:
    """The module is typed as Any instead of a stub that does not parse or says something wrong."""
    stub = compiled(tmp_path, x=text).files["x_pb2.pyi"]
    assert "def __getattr__(name: str) -> Any: ..." in stub
    compile(stub, "x_pb2.pyi", "exec")


def test_a_service_that_python_cannot_spell(tmp_path: Path) -> None:
    """The compiler's own service stub would not work, and is left out."""
    modules = compiled(tmp_path, x="message M {} service S { rpc import(M) returns (M); }").files
    assert list(modules) == ["x_pb2.py", "x_pb2.pyi"]


def test_two_protos_of_one_module() -> None:
    """Both are named."""
    files = [FileDescriptorProto(name=f"my{sign}file.proto") for sign in "-_"]
    with pytest.raises(CompilerError, match=r"my-file\.proto and my_file\.proto would both become gen/my_file_pb2\.py"):
        compile_modules(files, [file.name for file in files])


def test_the_versions_that_wrote_the_modules(tmp_path: Path) -> None:
    """They become the lower bounds of the project's requirements."""
    result = compiled(tmp_path, x="message M {}")
    assert result.grpcio.split(".")[0] == "1"
    assert int(result.protobuf.split(".")[0]) >= 6
