"""Every way in which a proto can call our options, under their old names and the new ones, in its text."""

from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from hypothesis import given
from hypothesis import strategies as st

from protoc_gen_pyservice.compiler import include_dir
from protoc_gen_pyservice.option_names import imports_both, imports_old, may_import_old, rewritten
from protoc_gen_pyservice.proto_tokens import package, tokens
from tests.support.protoc import protoc

FROZEN = Path(__file__).parents[1] / "upgrade" / "v0.2.0" / "proto"
"""A folder with the old file."""

REWRITTEN = [
    ('import "pyservice/options.proto";', 'import "pyservice/v1/options.proto";'),
    ("import 'pyservice/options.proto';", "import 'pyservice/v1/options.proto';"),
    ('import public "pyservice/options.proto";', 'import public "pyservice/v1/options.proto";'),
    ('import option "pyservice/options.proto";', 'import option "pyservice/v1/options.proto";'),
    ('import\n  /* x */ "pyservice/options.proto" ;', 'import\n  /* x */ "pyservice/v1/options.proto" ;'),
    ("import \"pyservice/\" /* ; */ 'options.proto';", "import \"pyservice/v1/options.proto\" /* ; */ '';"),
    ('package a;import"pyservice/options.proto";', 'package a;import"pyservice/v1/options.proto";'),
    ("option (pyservice.service) = { roles: 'a' };", "option (pyservice.v1.service) = { roles: 'a' };"),
    ("option (.pyservice.service) = { audit: true };", "option (.pyservice.v1.service) = { audit: true };"),
    ("option (pyservice.method).timeout = 2.5;", "option (pyservice.v1.method).timeout = 2.5;"),
    ("option(pyservice.method).audit=true;", "option(pyservice.v1.method).audit=true;"),
    ("option ( pyservice /* a */ . // b\n method ) = {};", "option ( pyservice.v1 /* a */ . // b\n method ) = {};"),
    ("option (x) = { [pyservice.method] { audit: true } };", "option (x) = { [pyservice.v1.method] { audit: true } };"),
    (
        "option (x) = { any { [type.googleapis.com/pyservice.Policy] {} } };",
        "option (x) = { any { [type.googleapis.com/pyservice.v1.Policy] {} } };",
    ),
    (
        "extend google.protobuf.FieldOptions { optional pyservice.Policy p = 5 [retention = RETENTION_SOURCE]; }",
        "extend google.protobuf.FieldOptions { optional pyservice.v1.Policy p = 5 [retention = RETENTION_SOURCE]; }",
    ),
    ("message M { .pyservice.Policy p = 1; }", "message M { .pyservice.v1.Policy p = 1; }"),
    ("message M { repeated .pyservice.Policy p = 1; }", "message M { repeated .pyservice.v1.Policy p = 1; }"),
    ("map<string, pyservice.Policy> p = 1;", "map<string, pyservice.v1.Policy> p = 1;"),
    (
        "rpc A(pyservice.Policy) returns (stream .pyservice.Policy);",
        "rpc A(pyservice.v1.Policy) returns (stream .pyservice.v1.Policy);",
    ),
]

UNTOUCHED = [
    '// import "pyservice/options.proto";\n',
    '/* option (pyservice.service) = {};\n import "pyservice/options.proto"; */',
    "/* not closed (pyservice.service)",
    'option (x) = "(pyservice.method)";',
    "option (x) = '\\'(pyservice.method)';",
    'option (x) = "import \\"pyservice/options.proto\\";";',
    'option (x) = { import: "pyservice/options.proto" };',
    'option (x) = { y: "pyservice/options.proto" };',
    'option (x) = "not closed (pyservice.method)\n',
    'import "pyservice/v1/options.proto"; option (pyservice.v1.service) = {};',
    'import "acme/pyservice/options.proto";',
    'import "pyservice/options.protos";',
    "option (acme.pyservice.method) = 1;",
    "option (.acme.pyservice.method) = 1;",
    "option (acme).pyservice.method = 1;",
    "option (pyservices.method) = 1;",
    "option (pyservice.methods) = 1;",
    "pyservice.service.Thing t = 1;",
    "package pyservice.service;",
    "package pyservice;",
    "message pyservice { string service = 1; }",
    "string pyservice = 1;",
]

_SURROUNDINGS = [
    b"%s",
    b"\xef\xbb\xbf%s",
    b"// caf\xe9 (pyservice.method)\r\n%s\r\n/* \xff\xfe */ // end",
    b"/* \"not a string */ %s // don't\n",
    b'syntax = "proto3"; option (y) = "/*"; %s /* */',
]


@pytest.mark.parametrize("around", _SURROUNDINGS)
@pytest.mark.parametrize(("old", "new"), REWRITTEN)
def test_each_form_of_use_is_rewritten(old: str, new: str, around: bytes) -> None:
    """And nothing around it, whatever its encoding, line ends and comments."""
    text = around.replace(b"%s", old.encode())
    assert rewritten(text) == around.replace(b"%s", new.encode())
    assert rewritten(rewritten(text)) == rewritten(text)


@pytest.mark.parametrize("around", _SURROUNDINGS)
@pytest.mark.parametrize("text", UNTOUCHED)
def test_what_is_no_use_stays(text: str, around: bytes) -> None:
    """Comments, texts, names of others and names of today."""
    whole = around.replace(b"%s", text.encode())
    assert rewritten(whole) == whole


def test_where_the_name_is_somebody_elses_only_the_whole_one_is_ours() -> None:
    """Inside a package that has a `pyservice` of its own, ours begins with a dot."""
    text = b"option (pyservice.method) = 1; option (.pyservice.method) = {};"
    assert rewritten(text, relative=False) == b"option (pyservice.method) = 1; option (.pyservice.v1.method) = {};"


@pytest.mark.parametrize(("old", "new"), REWRITTEN[:7])
def test_an_import_is_seen(old: str, new: str) -> None:
    """The quick look at the bytes never misses what the tokens find."""
    assert may_import_old(old.encode())
    assert imports_old(tokens(old.encode()))
    assert not imports_old(tokens(new.encode()))
    assert imports_both(tokens(f"{old}{new}".encode()))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('syntax = "proto3"; package a.b;', "a.b"),
        ("/* package x; */ package a . /* y */ b ;", "a.b"),
        ("message M { string package = 1; }", ""),
        ("", ""),
        ("package", ""),
    ],
)
def test_the_package_is_read(text: str, name: str) -> None:
    """Also where blanks and comments are in it, and where there is none."""
    assert package(tokens(text.encode())) == name


@given(
    st.lists(st.sampled_from([b'"', b"'", b"/*", b"*/", b"//", b"\n", b"\\", b"x", b".", b"\xff", b" "])).map(b"".join)
)
def test_tokens_are_where_they_say(content: bytes) -> None:
    """In order, without overlap; what is between them is blank or a comment."""
    end = 0
    for token in tokens(content):
        gap = content[end : token.start].strip()
        assert not gap or gap.startswith((b"//", b"/*"))
        assert content[token.start : token.end] == token.text
        end = token.end
    assert rewritten(content) == content


_EVERY_FORM = """\
syntax = "proto3";
package notes.v1;
import public "pyservice/options.proto";
import "google/protobuf/descriptor.proto";
extend google.protobuf.MessageOptions {
  google.protobuf.MethodOptions defaults = 50000;
  optional .pyservice.Policy policy = 50001 [retention = RETENTION_SOURCE];
}
message Note {
  option (defaults) = { [pyservice.method] { timeout: 2 } };
  option (policy).audit = true;
  map<string, pyservice.Policy> policies = 1;
}
service Notes {
  option (.pyservice.service) = { roles: "pyservice.method" };
  rpc Write(Note) returns (stream .pyservice.Policy) {
    option (pyservice.method).timeout = 1.5;
    option ( pyservice . method ).scopes = "a";
  }
}
"""


def test_the_compiler_reads_the_same(tmp_path: Path) -> None:
    """What it makes of a rewritten proto is what it made of the old one, but for the names."""
    (tmp_path / "old.proto").write_text(_EVERY_FORM)
    (tmp_path / "new.proto").write_bytes(rewritten(_EVERY_FORM.encode()))
    old = _compiled(tmp_path, FROZEN, "old")
    new = _compiled(tmp_path, Path(include_dir()), "new")
    assert old.dependency[0] == "pyservice/options.proto"
    renamed = str(old).replace("pyservice/options", "pyservice/v1/options").replace(".pyservice.", ".pyservice.v1.")
    assert renamed.replace('"old.proto"', '"new.proto"') == str(new)


def _compiled(folder: Path, options: Path, name: str) -> FileDescriptorProto:
    out = folder / f"{name}.binpb"
    done = protoc(f"-I{folder}", f"-I{options}", f"--descriptor_set_out={out}", f"{name}.proto", cwd=folder)
    assert done.returncode == 0, done.said
    return FileDescriptorSet.FromString(out.read_bytes()).file[0]
