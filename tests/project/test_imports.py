"""What protos import from elsewhere is found by every tool that reads them: by this one, and by buf."""

from pathlib import Path

import pytest

from protoc_gen_pyservice.compiler import include_dir
from tests.support.command import Finished, run, scripts

OPTIONS = Path(include_dir()) / "pyservice" / "v1" / "options.proto"

_HEAD = 'syntax = "proto3";\npackage notes.v1;\n'
_SERVICE = """\
message WriteRequest {}
message WriteResponse {}
service NoteService {
  rpc Write(WriteRequest) returns (WriteResponse) {
    option (pyservice.v1.method) = {audit: true};
  }
}
"""


def _generate(project: Path, *imports: str, check: bool = False) -> Finished:
    proto = project / "proto" / "notes" / "v1" / "notes.proto"
    proto.parent.mkdir(parents=True, exist_ok=True)
    lines = "".join(f'import "{name}";\n' for name in ("pyservice/v1/options.proto", *imports))
    proto.write_text(_HEAD + lines + _SERVICE)
    settings = project / "pyservice.toml"
    if not settings.exists():
        settings.write_text('[generate]\nroots = ["proto"]\nprotos = ["notes/v1/notes.proto"]\n')
    return run([scripts() / "pyservice", "generate", *(["--check"] if check else [])], project)


def test_a_project_has_a_copy_of_our_options(tmp_path: Path) -> None:
    """Whoever reads its protos with another tool needs the import; a second run changes nothing."""
    assert _generate(tmp_path).returncode == 0
    assert (tmp_path / "proto/pyservice/v1/options.proto").read_bytes() == OPTIONS.read_bytes()
    again = _generate(tmp_path, check=True)
    assert again.returncode == 0, again.said


def test_an_older_copy_is_brought_along(tmp_path: Path) -> None:
    """What a newer generator added to its options can be used at once."""
    assert _generate(tmp_path).returncode == 0
    new = OPTIONS.read_text()
    old = new.replace("  // Each call leaves an audit event.\n  optional bool audit = 9;\n", "")
    assert old != new
    for path in ("proto/pyservice/v1/options.proto", ".pyservice/pristine/proto/pyservice/v1/options.proto"):
        (tmp_path / path).write_text(old)
    done = _generate(tmp_path)
    assert done.returncode == 0, done.said
    assert (tmp_path / "proto/pyservice/v1/options.proto").read_text() == new


def test_buf_lints_a_project_with_our_options(tmp_path: Path) -> None:
    """buf finds the import, and does not hold our file to the project's rules."""
    assert _generate(tmp_path).returncode == 0
    cache = {"BUF_CACHE_DIR": str(tmp_path / "cache"), "HOME": str(tmp_path / "cache")}
    done = run(["buf", "lint"], tmp_path, cache)
    assert done.returncode == 0, done.said


@pytest.mark.parametrize(
    ("imports", "modules"),
    [
        ((), []),
        (("google/protobuf/empty.proto",), []),
        (("google/api/annotations.proto", "google/type/money.proto"), ["googleapis/googleapis"]),
        (("buf/validate/validate.proto",), ["bufbuild/protovalidate"]),
        (
            ("buf/validate/validate.proto", "google/api/annotations.proto"),
            ["bufbuild/protovalidate", "googleapis/googleapis"],
        ),
    ],
)
def test_buf_is_told_what_to_fetch(tmp_path: Path, imports: tuple[str, ...], modules: list[str]) -> None:
    """The imports that are no files of the project, by the modules that have them."""
    assert _generate(tmp_path, *imports).returncode == 0
    lines = (tmp_path / "buf.yaml").read_text().splitlines()
    assert [line.removeprefix("  - buf.build/") for line in lines if "buf.build/" in line] == modules
    assert ("deps:" in lines) == bool(modules)


def test_what_the_project_has_is_not_fetched(tmp_path: Path) -> None:
    """buf refuses a file that two modules have."""
    rules = tmp_path / "proto" / "buf" / "validate" / "validate.proto"
    rules.parent.mkdir(parents=True)
    rules.write_text('syntax = "proto3";\npackage buf.validate;\n')
    done = _generate(tmp_path, "buf/validate/validate.proto")
    assert done.returncode == 0, done.said
    assert "buf.build" not in (tmp_path / "buf.yaml").read_text()
