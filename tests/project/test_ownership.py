"""The user's file is never returned into a folder that the engine could not read."""

import os
import shutil
import stat
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pytest
from google.protobuf.compiler.plugin_pb2 import CodeGeneratorResponse

from protoc_gen_pyservice.inputs.compiler import compile_protos
from protoc_gen_pyservice.inputs.protoc_command import parse_command
from tests.project.harness import CART, HANDLER, PROTOS, REGISTRY, STOCK, Project, copy, proto
from tests.support.command import Finished, run
from tests.support.protoc import PLUGIN, protoc

NEW = proto("Cart", "Add", "Remove", "Clear")

SAFE = "only generated files were written, because the project's folder is unknown: add --pyservice_opt=out=DIR"

PROTOC = f"{sys.executable} -m grpc_tools.protoc"


def is_generated(path: str) -> bool:
    """Whether a file may be returned into a folder that could not be read."""
    return (
        path.startswith(("src/shop/gen/", "src/shop/runtime/", "tests/gen/", "tests/_runtime/"))
        or path == "docs/api.md"
    )


@pytest.fixture
def edited(project: Project) -> Project:
    """A project whose owner wrote into it everywhere, and whose proto has changed since."""
    for path in project.files():
        if not is_generated(path) and not path.startswith((".pyservice/", "proto/")) and path != "pyservice.toml":
            project.write(path, project.text(path) + "# mine\n")
    project.proto(CART, NEW)
    return project


def changed(project: Project, before: dict[str, bytes]) -> set[str]:
    return {line.partition(" ")[2] for line in project.changed_since(before)}


def assert_safe(project: Project, before: dict[str, bytes], done: Finished) -> None:
    """Only generated files changed, they did change, and the report says why and what to do."""
    assert done.returncode == 0, done.said
    assert SAFE in done.stderr
    written = changed(project, before)
    assert REGISTRY in written
    assert [path for path in written if not is_generated(path)] == []
    assert "Clear" in project.text(REGISTRY)


def assert_whole(project: Project, done: Finished) -> None:
    """The run knew the project: the new RPC has its stub, and every edit is still there."""
    assert done.returncode == 0, done.said
    assert SAFE not in done.stderr
    assert "async def clear(" in project.text(HANDLER)
    kept = [
        path for path in (HANDLER, "README.md", "Makefile", "src/shop/app.py") if "# mine\n" not in project.text(path)
    ]
    assert kept == []


def script(path: Path, text: str) -> Path:
    """Write a shell script that can be run."""
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


# ------------------------------------------------------------------------------------- where it is known


@pytest.mark.parametrize("out", [".", "./", "../shop", "{folder}", "conflicts=keep:."])
def test_protoc_tells_where_the_project_is(edited: Project, out: str) -> None:
    """However the folder is written on protoc's command line, the plugin reads what is in it."""
    out = out.format(folder=edited.folder)
    assert_whole(edited, protoc("-Iproto", f"--pyservice_out={out}", *PROTOS, cwd=edited.folder))


def test_protoc_with_separate_words(edited: Project) -> None:
    """Flag and value may be two words."""
    assert_whole(edited, protoc("-I", "proto", "--pyservice_out", ".", *PROTOS, cwd=edited.folder))


def test_protoc_from_another_folder(edited: Project) -> None:
    """The folder is seen from where protoc was started."""
    done = protoc("-Ishop/proto", "--pyservice_out=shop", *PROTOS, cwd=edited.folder.parent)
    assert_whole(edited, done)


def test_protoc_with_an_argument_file(edited: Project) -> None:
    """Arguments that protoc reads out of a file are found there, whatever else is in it."""
    arguments = ["-Iproto", "-Ipr\xf6to", "--pyservice_out=.", *PROTOS]
    edited.write("arguments", "\n".join(arguments).encode("latin-1"))
    assert_whole(edited, protoc("@arguments", cwd=edited.folder))


def test_protoc_below_a_script_and_above_one(edited: Project, tmp_path: Path) -> None:
    """A script that calls protoc, and one that protoc calls as the plugin, do not hide the folder."""
    plugin = script(tmp_path / "protoc-gen-pyservice", f'{PLUGIN} "$@"\nexit $?')
    outer = script(
        tmp_path / "generate", f"{PROTOC} -Iproto --plugin={plugin} --pyservice_out=. {' '.join(PROTOS)}\nexit $?"
    )
    assert_whole(edited, run([outer], edited.folder))


def test_link_to_the_project(edited: Project) -> None:
    """The project may be reached through a link."""
    (edited.folder.parent / "link").symlink_to("shop")
    done = protoc("-Ishop/proto", "--pyservice_out=link", *PROTOS, cwd=edited.folder.parent)
    assert_whole(edited, done)


def test_option_that_names_another_folder_is_refused(edited: Project, tmp_path: Path) -> None:
    """out= may not point at another project than the one protoc writes to."""
    other = copy(edited, tmp_path / "other")
    before = edited.files()
    done = edited.protoc(*PROTOS, options=(f"out={other.folder}",), expect=1)
    assert "is not the folder that protoc writes to" in done.stderr
    assert edited.changed_since(before) == []


# ----------------------------------------------------------------------------------- where it is not known


def test_archive(edited: Project) -> None:
    """Only generated files go into an archive: nothing in it can be merged."""
    before = edited.files()
    done = protoc("-Iproto", "--pyservice_out=out.zip", *PROTOS, cwd=edited.folder)
    assert (done.returncode, SAFE in done.stderr) == (0, True), done.said
    with zipfile.ZipFile(edited.folder / "out.zip") as archive:
        names = archive.namelist()
    assert REGISTRY in names
    assert [name for name in names if not is_generated(name)] == []
    assert changed(edited, before) == {"out.zip"}


def test_plugin_by_another_name(edited: Project) -> None:
    """Called by another name, the plugin cannot find its folder on the command line."""
    before = edited.files()
    done = protoc("-Iproto", f"--plugin=protoc-gen-other={PLUGIN}", "--other_out=.", *PROTOS, cwd=edited.folder)
    assert_safe(edited, before, done)


def test_words_of_a_distant_ancestor_do_not_count(edited: Project, tmp_path: Path) -> None:
    """What a script above protoc was called with is not where this protoc writes to."""
    other = copy(edited, tmp_path / "other")
    plugin = f"--plugin=protoc-gen-other={PLUGIN}"
    wrapper = script(tmp_path / "wrapper", f"{PROTOC} -Iproto {plugin} --other_out=. {' '.join(PROTOS)}\nexit $?")
    before = edited.files()
    done = run([wrapper, f"--pyservice_out={other.folder}"], edited.folder)
    assert_safe(edited, before, done)


def plugin_files(done: "subprocess.CompletedProcess[bytes]") -> list[str]:
    response = CodeGeneratorResponse.FromString(done.stdout)
    assert response.error == ""
    return [file.name for file in response.file]


def call_plugin(
    project: Project, parameter: str = "", prefix: Iterable[str] = ()
) -> "subprocess.CompletedProcess[bytes]":
    """Start the plugin as a build system does that hands over the request itself."""
    request = compile_protos(str(project.folder), ["proto"], list(PROTOS), parameter)
    return subprocess.run(
        [*prefix, os.fspath(PLUGIN)],
        cwd=project.folder,
        input=request.SerializeToString(),
        capture_output=True,
        check=True,
    )


def test_unknown_parent(edited: Project) -> None:
    """A parent other than a compiler gets generated files only, although the project exists."""
    done = call_plugin(edited)
    files = plugin_files(done)
    assert SAFE in done.stderr.decode()
    assert REGISTRY in files
    assert [path for path in files if not is_generated(path)] == []


def test_unknown_parent_and_a_folder(edited: Project) -> None:
    """With out= the same call gets the whole project back, merged with what is in that folder."""
    done = call_plugin(edited, "out=.")
    assert SAFE not in done.stderr.decode()
    response = {file.name: file.content for file in CodeGeneratorResponse.FromString(done.stdout).file}
    assert "# mine\n" in response[HANDLER]
    assert "async def clear(" in response[HANDLER]


def _can_hide() -> bool:
    probe = ["unshare", "--mount", "mount", "-t", "tmpfs", "none", "/proc"]
    return (
        shutil.which("unshare") is not None and subprocess.run(probe, capture_output=True, check=False).returncode == 0
    )


@pytest.mark.skipif(not _can_hide(), reason="needs a mount namespace")
def test_hidden_process_table(edited: Project) -> None:
    """In a sandbox without /proc protoc writes generated files, and every edit stays."""
    before = edited.files()
    command = f"mount -t tmpfs none /proc && {PROTOC} -Iproto --pyservice_out=. {' '.join(PROTOS)}"
    assert_safe(edited, before, run(["unshare", "--mount", "sh", "-c", command], edited.folder))


@pytest.mark.skipif(not _can_hide(), reason="needs a mount namespace")
def test_hidden_process_table_and_a_folder(edited: Project) -> None:
    """out= brings the rest along there, too."""
    command = (
        f"mount -t tmpfs none /proc && {PROTOC} -Iproto --pyservice_out=. --pyservice_opt=out=. {' '.join(PROTOS)}"
    )
    assert_whole(edited, run(["unshare", "--mount", "sh", "-c", command], edited.folder))


def test_only_gen(edited: Project) -> None:
    """only=gen writes what is generated even where the project is known, and does not complain."""
    before = edited.files()
    done = edited.protoc(*PROTOS, options=("only=gen",))
    assert SAFE not in done.stderr
    assert REGISTRY in changed(edited, before)
    assert [path for path in changed(edited, before) if not is_generated(path)] == []


# ----------------------------------------------------------------------------------------------------- buf

needs_buf = pytest.mark.skipif(shutil.which("buf") is None, reason="buf is not installed")


def buf(project: Project, out: str, *options: str) -> Finished:
    """Run `buf generate` with the plugin writing to ``out``."""
    listed = "".join(f"\n      - {option}" for option in options)
    opt = f"    opt:{listed}\n" if options else ""
    template = f"version: v2\nplugins:\n  - local: {PLUGIN}\n    out: {out}\n    strategy: all\n{opt}"
    project.write("buf.yaml", "version: v2\nmodules:\n  - path: proto\n")
    (project.folder.parent / "buf.gen.yaml").write_text(template)
    return run(["buf", "generate", "--template", "../buf.gen.yaml"], project.folder)


@needs_buf
def test_buf_without_a_folder(edited: Project) -> None:
    """buf does not tell its plugins where it writes: generated files alone, and every edit stays."""
    before = edited.files()
    done = buf(edited, ".")
    before["buf.yaml"] = edited.files()["buf.yaml"]
    assert_safe(edited, before, done)


@needs_buf
def test_buf_with_a_folder(edited: Project) -> None:
    """With out= in buf.gen.yaml the whole project is updated."""
    assert_whole(edited, buf(edited, ".", "out=."))


@needs_buf
def test_words_of_a_script_above_buf_do_not_count(edited: Project, tmp_path: Path) -> None:
    """What a script above buf was called with is not where buf writes to."""
    other = copy(edited, tmp_path / "other")
    buf(edited, ".")
    edited.proto(STOCK, proto("Stock", "Count", "Order"))
    before = edited.files()
    wrapper = script(tmp_path / "wrapper", "buf generate --template ../buf.gen.yaml\nexit $?")
    assert_safe(edited, before, run([wrapper, f"--pyservice_out={other.folder}"], edited.folder))


@needs_buf
def test_generated_buf_gen_yaml(project: Project) -> None:
    """`buf generate` in a project does what `pyservice generate` does."""
    project.proto(CART, NEW)
    other = copy(project, project.folder.parent / "other" / "shop")
    done = run(["buf", "generate"], project.folder)
    assert done.returncode == 0, done.said
    other.generate()
    assert other.changed_since(project.files()) == []


# ------------------------------------------------------------------------------------- reading a command line


@pytest.mark.parametrize(
    ("arguments", "out"),
    [
        (["protoc", "--pyservice_out=a/b"], "/srv/a/b"),
        (["protoc", "--pyservice_out", "../b"], "/b"),
        (["protoc", "--pyservice_out=x=1,y=2:c"], "/srv/c"),
        (["protoc", "--pyservice_out=/abs/"], "/abs"),
        (["protoc", "--python_out=p", "--pyservice_out=c"], "/srv/c"),
    ],
)
def test_command_lines_with_a_folder(arguments: list[str], out: str) -> None:
    """Every spelling of the flag is understood, relative to where protoc runs."""
    found = parse_command(arguments, "/srv")
    assert found is not None
    assert found.out == out


@pytest.mark.parametrize(
    "arguments",
    [
        ["protoc", "--python_out=p"],
        ["protoc", "--pyservice_out=a", "--pyservice_out=b"],
        ["protoc", "--xpyservice_out=a"],
        ["protoc", "--pyservice_opt=out=a"],
        ["protoc", "@/no/such/file"],
        [],
    ],
)
def test_command_lines_without_a_folder(arguments: list[str]) -> None:
    """Where the folder is not said, or said twice, it is not known."""
    assert parse_command(arguments, "/srv") is None


def test_command_line_with_an_archive() -> None:
    """An archive is not a folder."""
    found = parse_command(["protoc", "--pyservice_out=a.zip", "-Ia", "-I", "b", "--proto_path=c:v=d"], "/srv")
    assert found is not None
    assert found.out is None
    assert found.roots == ("/srv/a", "/srv/b", "/srv/c", "/srv/d")
