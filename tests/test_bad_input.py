"""What is wrong with a call or a proto is said in one sentence with a way out, and nothing is written."""

import os
import pty
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from google.protobuf.compiler.plugin_pb2 import CodeGeneratorResponse

from protoc_gen_pyservice import __version__
from protoc_gen_pyservice.inputs.options import CALL
from tests.support.command import Finished, environment, run
from tests.support.protoc import PLUGIN, protoc
from tests.support.requests import request
from tests.support.snapshot import differences, snapshot

GREETER = """\
syntax = "proto3";
package greeter.v1;
message Hello {}
service Greeter {
  // Says hello.
  rpc Greet(Hello) returns (Hello);
}
"""

GENERATED = re.compile(r"src/\w+/(gen|runtime)/|tests/(gen|_runtime)/|docs/api\.md$")

PREFIX = "--pyservice_out: "


@pytest.fixture
def protos(tmp_path: Path) -> Path:
    """A folder of protos with one good file."""
    folder = tmp_path / "protos"
    folder.mkdir()
    (folder / "greeter.proto").write_text(GREETER)
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """An empty folder that a project is to go into."""
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


def generate(protos: Path, project: Path, *options: str, names: tuple[str, ...] = ("greeter.proto",)) -> Finished:
    """Run protoc on protos of a folder, in and into another one."""
    opts = [f"--pyservice_opt={option}" for option in options]
    return protoc(f"-I{protos}", "--pyservice_out=.", *opts, *names, cwd=project)


def complaint(finished: Finished) -> str:
    """The one line that a failed run of protoc printed for us."""
    assert finished.returncode == 1, finished.said
    (line,) = finished.stderr.splitlines()
    assert line.startswith(PREFIX)
    assert line.endswith(".")
    return line.removeprefix(PREFIX)


# ---------------------------------------------------------------------------------------- options


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("packge=x", "unknown option 'packge'; did you mean 'package'?"),
        ("package=", "option 'package' has no value: write package=IDENT."),
        ("package=my-service", "try package=my_service"),
        ("restore=../x", "give a path inside the project"),
    ],
)
def test_bad_option(protos: Path, project: Path, option: str, words: str) -> None:
    """An option that is unknown, without value or wrong is named, with what would be right.

    All that can be wrong with options is in unit/test_options.py.
    """
    assert words in complaint(generate(protos, project, option))
    assert snapshot(project) == {}


def test_out_is_another_folder_than_protoc_writes_to(protos: Path, project: Path, tmp_path: Path) -> None:
    """out= that contradicts --pyservice_out is refused: one folder would be read and another written."""
    said = complaint(generate(protos, project, f"out={tmp_path}"))
    assert str(tmp_path) in said
    assert str(project) in said
    assert snapshot(project) == {}


def test_out_is_the_folder_that_protoc_writes_to(protos: Path, project: Path, tmp_path: Path) -> None:
    """out= may name protoc's folder in another spelling."""
    (tmp_path / "link").symlink_to(project)
    finished = generate(protos, project, f"out={tmp_path / 'link'}")
    assert finished.returncode == 0, finished.said
    assert "src/greeter/app.py" in snapshot(project)


def test_settings_file_that_does_not_parse(protos: Path, project: Path) -> None:
    """A broken pyservice.toml stops the run and stays as it is."""
    (project / "pyservice.toml").write_text("[project\n")
    said = complaint(generate(protos, project))
    assert said.startswith("pyservice.toml is not valid TOML")
    assert snapshot(project) == {"pyservice.toml": b"[project\n"}


def test_settings_file_with_a_wrong_entry(protos: Path, project: Path) -> None:
    """An unknown entry of pyservice.toml is a mistake, and is named."""
    text = '[project]\nnam = "x"\n'
    (project / "pyservice.toml").write_text(text)
    assert "unknown key project.nam; did you mean 'name'?" in complaint(generate(protos, project))
    assert snapshot(project) == {"pyservice.toml": text.encode()}


# ----------------------------------------------------------------------------------------- protos


def test_two_protos_that_would_be_one_module(protos: Path, project: Path) -> None:
    """Files that differ only in - and _ are both named, with what to do."""
    for name in ("my-file", "my_file"):
        (protos / f"{name}.proto").write_text(f'syntax = "proto3";\npackage {name.replace("-", ".")};\n')
    said = complaint(generate(protos, project, names=("my-file.proto", "my_file.proto")))
    assert said == "my-file.proto and my_file.proto would both become gen/my_file_pb2.py: rename one of the two files."
    assert snapshot(project) == {}


def test_missing_import(protos: Path, project: Path) -> None:
    """What the compiler itself refuses never reaches us, and nothing is written."""
    (protos / "greeter.proto").write_text('syntax = "proto3";\nimport "gone.proto";\n')
    finished = generate(protos, project)
    assert finished.returncode == 1
    assert "gone.proto: File not found." in finished.stderr
    assert "Traceback" not in finished.stderr
    assert snapshot(project) == {}


# ----------------------------------------------------------------------------------------- folders


def test_folder_that_cannot_be_written(protos: Path, project: Path) -> None:
    """A read-only folder is named before anything is made."""
    project.chmod(0o555)
    arguments = [f"-I{protos}", "--pyservice_out=.", "greeter.proto"]
    finished = run([*_bound_by_permissions(), "python", "-m", "grpc_tools.protoc", *arguments], project)
    assert complaint(finished) == f"{project} cannot be written: choose another folder, or change its permissions."
    assert snapshot(project) == {}


def _bound_by_permissions() -> list[str]:
    """How to start a process that file permissions bind, also when tests run as root."""
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("root can write everywhere, and there is no setpriv to take that away")
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]


def test_folder_that_does_not_exist(protos: Path, project: Path) -> None:
    """protoc wants the folder to exist; none appears."""
    finished = protoc(f"-I{protos}", "--pyservice_out=missing", "greeter.proto", cwd=project)
    assert finished.returncode != 0
    assert "missing" in finished.stderr
    assert "Traceback" not in finished.stderr
    assert snapshot(project) == {}


def test_archive(protos: Path, project: Path) -> None:
    """Into an archive only generated files go, because what is in it cannot be read."""
    finished = protoc(f"-I{protos}", f"--pyservice_out={project}/all.zip", "greeter.proto", cwd=project)
    assert finished.returncode == 0, finished.said
    names = zipfile.ZipFile(project / "all.zip").namelist()
    assert "src/greeter/gen/registry.py" in names
    assert [name for name in names if not GENERATED.match(name)] == []
    assert_says_how_to_get_the_rest(finished)


def test_caller_that_tells_no_folder(protos: Path, project: Path) -> None:
    """A caller other than protoc gets generated files only, and a hint how to get the rest."""
    data = request(protos, "greeter.proto").SerializeToString()
    finished, response = _call(project, data)
    names = [file.name for file in response.file]
    assert "src/greeter/gen/registry.py" in names
    assert [name for name in names if not GENERATED.match(name)] == []
    assert_says_how_to_get_the_rest(finished)


def test_caller_that_tells_the_folder(protos: Path, project: Path) -> None:
    """With out= the same caller gets the whole project."""
    data = request(protos, "greeter.proto", parameter=f"out={project}").SerializeToString()
    _, response = _call(project, data)
    assert "src/greeter/app.py" in [file.name for file in response.file]


def test_only_gen(protos: Path, project: Path) -> None:
    """only=gen writes generated files and nothing else, and does not call that a lack."""
    finished = generate(protos, project, "only=gen")
    assert finished.returncode == 0, finished.said
    assert [path for path in snapshot(project) if not GENERATED.match(path)] == []
    assert "out=DIR" not in finished.stderr


def _call(folder: Path, data: bytes) -> tuple[Finished, CodeGeneratorResponse]:
    """Run the plugin by itself; what it printed, and what it answered."""
    done = subprocess.run([PLUGIN], cwd=folder, env=environment(), input=data, capture_output=True, check=True)
    return Finished(done.returncode, "", done.stderr.decode()), CodeGeneratorResponse.FromString(done.stdout)


def assert_says_how_to_get_the_rest(finished: Finished) -> None:
    """The report names the option that makes a run complete."""
    assert "only generated files were written" in finished.stderr
    assert "--pyservice_opt=out=DIR" in finished.stderr
    assert "Traceback" not in finished.stderr


# ------------------------------------------------------------------------------ calls by other means


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "standard input names no proto files"),
        (b"\xff\xff\xff", "not a CodeGeneratorRequest"),
        (b"hello\n", "not a CodeGeneratorRequest"),
    ],
)
def test_no_request_on_standard_input(project: Path, data: bytes, words: str) -> None:
    """An invalid request gets one line that names the callers of this program, and exit code 2."""
    finished = run([PLUGIN], project, stdin=data)
    assert (finished.returncode, finished.stdout) == (2, "")
    (line,) = finished.stderr.splitlines()
    assert words in line
    assert "run protoc --pyservice_out=DIR FILE.proto" in line


def test_started_in_a_terminal(project: Path) -> None:
    """By hand, without arguments, it says how it is used instead of waiting for input."""
    ours, theirs = pty.openpty()
    try:
        done = subprocess.run([PLUGIN], cwd=project, env=environment(), stdin=theirs, capture_output=True, timeout=60)
    finally:
        os.close(ours)
        os.close(theirs)
    assert (done.returncode, done.stdout) == (2, b"")
    (line,) = done.stderr.decode().splitlines()
    assert "run protoc --pyservice_out=DIR FILE.proto" in line


def test_unknown_argument(project: Path) -> None:
    """An argument that it does not have is named."""
    finished = run([PLUGIN, "--verison"], project)
    assert (finished.returncode, finished.stdout) == (2, "")
    (line,) = finished.stderr.splitlines()
    assert "unknown argument '--verison'" in line


def test_version(project: Path) -> None:
    """--version prints name and version."""
    finished = run([PLUGIN, "--version"], project)
    assert finished == Finished(0, f"protoc-gen-pyservice {__version__}\n", "")


@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help(project: Path, flag: str) -> None:
    """--help shows a call of protoc and every option."""
    finished = run([PLUGIN, flag], project)
    assert (finished.returncode, finished.stderr) == (0, "")
    assert "protoc --pyservice_out=DIR" in finished.stdout
    for option in CALL:
        assert f" {option.name}={option.value}" in finished.stdout


# -------------------------------------------------------------------------------------------- buf


def _buf(project: Path, cache: Path) -> Finished:
    return run(["buf", "generate"], project, {"BUF_CACHE_DIR": str(cache), "HOME": str(cache)})


@pytest.fixture
def buf_module(project: Path) -> Path:
    """A folder with a proto that buf can generate from, and a buf.gen.yaml without options."""
    (project / "proto").mkdir()
    (project / "proto" / "greeter.proto").write_text(GREETER)
    (project / "buf.yaml").write_text("version: v2\nmodules:\n  - path: proto\n")
    (project / "buf.gen.yaml").write_text("version: v2\nplugins:\n  - local: protoc-gen-pyservice\n    out: .\n")
    return project


def test_buf_without_out(buf_module: Path, tmp_path: Path) -> None:
    """buf does not say where it writes: generated files come, and how to get the rest."""
    before = snapshot(buf_module)
    finished = _buf(buf_module, tmp_path / "cache")
    assert finished.returncode == 0, finished.said
    written = [path for path in snapshot(buf_module) if path not in before]
    assert "src/greeter/gen/registry.py" in written
    assert [path for path in written if not GENERATED.match(path)] == []
    assert_says_how_to_get_the_rest(finished)


def test_buf_with_out(buf_module: Path, tmp_path: Path) -> None:
    """With opt: out=. buf writes the whole project, and a second run changes nothing."""
    config = buf_module / "buf.gen.yaml"
    config.write_text(config.read_text() + "    opt: out=.\n")
    finished = _buf(buf_module, tmp_path / "cache")
    assert finished.returncode == 0, finished.said
    first = snapshot(buf_module)
    assert "src/greeter/app.py" in first
    again = _buf(buf_module, tmp_path / "cache")
    assert again.returncode == 0, again.said
    assert differences(first, snapshot(buf_module)) == []


def test_buf_in_a_project_that_protoc_made(project: Path, tmp_path: Path) -> None:
    """The project's own buf.gen.yaml does what protoc did: nothing that the user sees changes."""
    (project / "proto").mkdir()
    (project / "proto" / "greeter.proto").write_text(GREETER)
    assert generate(project / "proto", project).returncode == 0
    before = snapshot(project)
    finished = _buf(project, tmp_path / "cache")
    assert finished.returncode == 0, finished.said
    assert differences(before, snapshot(project)) == []
