"""`import "buf/validate/validate.proto"` is found where protovalidate is installed: it ships no such file."""

import sys
from pathlib import Path

from tests.support.command import run, scripts

_PROTO = """\
syntax = "proto3";
package notes.v1;
import "parts.proto";
service Notes { rpc Write(Note) returns (Note); }
"""
_PARTS = """\
syntax = "proto3";
package notes.v1;
import "buf/validate/validate.proto";
message Note { string text = 1 [(buf.validate.field).string.max_len = 9]; }
"""
_SETTINGS = '[generate]\nroots = ["proto"]\nprotos = ["notes.proto"]\n'


def _project(folder: Path) -> Path:
    (folder / "proto").mkdir(parents=True)
    (folder / "proto" / "notes.proto").write_text(_PROTO)
    (folder / "proto" / "parts.proto").write_text(_PARTS)
    (folder / "pyservice.toml").write_text(_SETTINGS)
    return folder


def test_rules_need_no_file(tmp_path: Path) -> None:
    """Also where it is an import that imports them; what is generated has them."""
    project = _project(tmp_path / "notes")
    done = run([scripts() / "pyservice", "generate"], project)
    assert done.returncode == 0, done.said
    assert (project / "src/notes/gen/buf/validate/validate_pb2.py").is_file()
    assert not (project / "proto/buf").exists(), "the definition is protovalidate's"
    again = run([scripts() / "pyservice", "generate", "--check"], project)
    assert again.returncode == 0, again.said


def test_a_file_goes_first(tmp_path: Path) -> None:
    """A project that has the definition, from buf or elsewhere, is compiled with its own."""
    project = _project(tmp_path / "notes")
    own = project / "proto" / "buf" / "validate"
    own.mkdir(parents=True)
    (own / "validate.proto").write_text("this is no proto")
    done = run([scripts() / "pyservice", "generate"], project)
    assert done.returncode == 2
    assert "validate.proto" in done.said


def test_without_protovalidate_the_way_out_is_named(tmp_path: Path) -> None:
    """One sentence, not the compiler's `File not found`."""
    project = _project(tmp_path / "notes")
    code = (
        "import sys; sys.modules['protovalidate'] = None\n"
        "from protoc_gen_pyservice.cli import main\n"
        "main(['generate'])"
    )
    done = run([sys.executable, "-c", code], project)
    assert done.returncode == 2
    assert done.stderr == (
        "pyservice: buf/validate/validate.proto comes with the package protovalidate, which is not installed "
        "beside pyservice: pip install protovalidate.\n"
    )
