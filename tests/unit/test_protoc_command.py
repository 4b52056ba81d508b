"""parent: what the command line of a compiler says about folders."""

import os
import sys
from pathlib import Path

import pytest

from protoc_gen_pyservice.inputs.protoc_command import ProtocCommand, find_protoc_command, parse_command
from tests.support.command import run

HERE = "/home/me/shop"


def project(out: str | None, *roots: str) -> ProtocCommand:
    """An invocation seen from HERE."""
    return ProtocCommand(out, roots or (HERE,))


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ("protoc --pyservice_out=. x.proto", project(HERE)),
        ("protoc --pyservice_out . x.proto", project(HERE)),
        ("protoc --pyservice_out=out/ x.proto", project(f"{HERE}/out")),
        ("protoc --pyservice_out=../other x.proto", project("/home/me/other")),
        ("protoc --pyservice_out=/tmp/x x.proto", project("/tmp/x")),
        ("protoc --pyservice_out=name=shop,prune:out x.proto", project(f"{HERE}/out")),
        ("python -m grpc_tools.protoc --pyservice_out=. x.proto", project(HERE)),
        ("protoc --pyservice_out=. -Iproto x.proto", project(HERE, f"{HERE}/proto")),
        ("protoc --pyservice_out=. -I proto x.proto", project(HERE, f"{HERE}/proto")),
        ("protoc --pyservice_out=. -I=proto x.proto", project(HERE, f"{HERE}/proto")),
        ("protoc --pyservice_out=. --proto_path=proto x.proto", project(HERE, f"{HERE}/proto")),
        ("protoc --pyservice_out=. --proto_path proto x.proto", project(HERE, f"{HERE}/proto")),
        ("protoc --pyservice_out=. -Ia:b -I/c x.proto", project(HERE, f"{HERE}/a", f"{HERE}/b", "/c")),
        ("protoc --pyservice_out=. -Ivirtual=disk x.proto", project(HERE, f"{HERE}/disk")),
        ("protoc --pyservice_out=. -I. x.proto", project(HERE, HERE)),
        ("protoc --pyservice_out=all.zip x.proto", project(None)),
        ("protoc --pyservice_out=all.jar x.proto", project(None)),
        ("protoc --pyservice_out=all.srcjar x.proto", project(None)),
        ("protoc --pyservice_out=a --python_out=b --pyservice_opt=name=x x.proto", project(f"{HERE}/a")),
    ],
)
def test_a_command_of_a_compiler(arguments: str, found: ProtocCommand) -> None:
    """Folders are read in every spelling, and seen from the compiler's own folder."""
    assert parse_command(arguments.split(" "), HERE) == found


@pytest.mark.parametrize(
    "arguments",
    [
        "make generate",
        "buf generate",
        "protoc --python_out=. x.proto",
        "protoc --pyservice_out",
        "protoc --pyservice_out=a --pyservice_out=b x.proto",
        "",
    ],
)
def test_a_command_that_does_not_tell(arguments: str) -> None:
    """Without an output folder, or with two of them, the answer is None."""
    assert parse_command(arguments.split(" "), HERE) is None


def test_blanks_in_folders() -> None:
    """An argument is one argument, with any characters."""
    found = parse_command(["protoc", "--pyservice_out=my project", "-I", "my protos", "x.proto"], HERE)
    assert found == project(f"{HERE}/my project", f"{HERE}/my protos")


def test_arguments_in_a_file(tmp_path: Path) -> None:
    """@file is replaced by its lines, relative to the compiler's folder; a missing one is a name."""
    (tmp_path / "arguments").write_text("--pyservice_out=out\n-Iproto\n")
    found = parse_command(["protoc", "@arguments", "@missing", "x.proto"], str(tmp_path))
    assert found == ProtocCommand(f"{tmp_path}/out", (f"{tmp_path}/proto",))


ASK = "from protoc_gen_pyservice.inputs.protoc_command import find_protoc_command; print(find_protoc_command())"


@pytest.mark.parametrize("between", [[], ["env"], ["sh", "-c", '"$@"; exit', "sh"]])
def test_the_ancestors_are_asked(tmp_path: Path, between: list[str]) -> None:
    """A real process finds its parent's folder and arguments, also past a launcher."""
    parent = "import subprocess, sys; subprocess.run(sys.argv[2:], check=True)"
    command = [sys.executable, "-c", parent, "--pyservice_out=out", *between, sys.executable, "-c", ASK]
    finished = run(command, tmp_path)
    assert finished.stdout == f"{ProtocCommand(f'{tmp_path}/out', (str(tmp_path),))}\n", finished.said


def test_no_ancestor_is_a_compiler() -> None:
    """The tests themselves were not started by protoc."""
    assert find_protoc_command() is None


@pytest.mark.skipif(not os.path.exists("/proc/self/cmdline"), reason="needs /proc to hide the command line of")
def test_a_system_that_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without access to processes, the answer is None."""
    monkeypatch.setattr(os, "getppid", lambda: 2**30)
    assert find_protoc_command() is None
