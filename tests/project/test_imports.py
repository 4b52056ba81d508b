"""What protos import from elsewhere is found by every tool that reads them: by this one, and by buf."""

from pathlib import Path

import pytest

from protoc_gen_pyservice.inputs.compiler import include_dir
from tests.support.bases import set_base
from tests.support.command import Finished, run, scripts
from tests.support.protoc import protoc
from tests.support.snapshot import differences, snapshot

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
    """Other tools that read its protos need the import; a second run changes nothing."""
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
    path = "proto/pyservice/v1/options.proto"
    (tmp_path / path).write_text(old)
    set_base(tmp_path, path, old.encode())
    done = _generate(tmp_path)
    assert done.returncode == 0, done.said
    assert (tmp_path / "proto/pyservice/v1/options.proto").read_text() == new


def test_the_number_is_that_of_the_definition(tmp_path: Path) -> None:
    """Another one in the options that come with the protos makes the same project: known are names."""
    projects = [tmp_path / "ours", tmp_path / "theirs"]
    for project, number in zip(projects, ("51717", "1234"), strict=True):
        (project / "proto/notes/v1").mkdir(parents=True)
        (project / "proto/notes/v1/notes.proto").write_text(f'{_HEAD}import "pyservice/v1/options.proto";\n{_SERVICE}')
        options = project / "options/pyservice/v1/options.proto"
        options.parent.mkdir(parents=True)
        options.write_text(OPTIONS.read_text().replace("51717", number))
        ahead = ["-Ioptions", f"-I{include_dir()}", "-Iproto"]
        done = protoc(*ahead, "--pyservice_out=.", "notes/v1/notes.proto", cwd=project)
        assert done.returncode == 0, done.said
    ours, theirs = map(snapshot, projects)
    assert b"audit=True" in ours["src/notes/gen/registry.py"]
    found = {line for line in differences(ours, theirs) if ".pyservice/objects/" not in line}
    assert found == {
        f"changed {path}"
        for path in (
            ".pyservice/lock.json",
            "options/pyservice/v1/options.proto",
            "src/notes/gen/notes/v1/notes_pb2.py",
            "src/notes/gen/pyservice/v1/options_pb2.py",
        )
    }


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            "  optional bool audit = 9;",
            "  optional bool audit = 9;\n  optional bool traced = 11;",
            "pyservice/v1/options.proto has a policy 'traced', which this generator does not know: "
            "upgrade protoc-gen-pyservice, or remove it from the proto.",
        ),
        (
            "optional Policy service",
            "optional Policy services",
            "pyservice/v1/options.proto does not define pyservice.v1.service and pyservice.v1.method, so it is not the "
            "file of protoc-gen-pyservice: put -I $(pyservice include-dir) before the folder that it was found in.",
        ),
    ],
)
def test_another_definition_is_one_sentence(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    """A newer one may say what an older generator cannot do; one of another user's says nothing of ours."""
    assert old in OPTIONS.read_text()
    options = tmp_path / "pyservice/v1/options.proto"
    options.parent.mkdir(parents=True)
    options.write_text(OPTIONS.read_text().replace(old, new))
    service = _SERVICE.replace("audit: true", "traced: true") if "traced" in new else _SERVICE
    (tmp_path / "notes.proto").write_text(f'{_HEAD}import "pyservice/v1/options.proto";\n{service}')
    done = protoc("-I.", "--pyservice_out=.", "notes.proto", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (1, f"--pyservice_out: {sentence}\n")


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
def test_buf_yaml_lists_what_to_fetch(tmp_path: Path, imports: tuple[str, ...], modules: list[str]) -> None:
    """The imports that are not files of the project, by the modules that have them."""
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
