"""A project in a folder with neighbours, and the entry points that regenerate it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from click.testing import CliRunner

from protoc_gen_pyservice.cli import main
from protoc_gen_pyservice.errors import GenerationError
from protoc_gen_pyservice.inputs.compiler import compile_protos
from protoc_gen_pyservice.inputs.sources import find_sources
from protoc_gen_pyservice.inputs.tree import DiskTree
from protoc_gen_pyservice.outputs import notes
from protoc_gen_pyservice.outputs.report import FileAction
from protoc_gen_pyservice.run import run
from tests.support.command import environment
from tests.support.plugin import answer

_FILE_WORDS = tuple(f"  {what.value} " for what in FileAction)
_TODO = "  action needed: "


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a regeneration said and how it ended."""

    code: int
    said: str
    changes: tuple[str, ...] = ()
    todo: tuple[str, ...] = ()

    @property
    def refused(self) -> bool:
        """Whether it was refused, with nothing done."""
        return self.code not in (0, 1)


class Sandbox:
    """A folder with one project in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = folder / "project"
        self.root.mkdir(parents=True)
        (folder / "neighbour.txt").write_text("unrelated\n")

    def neighbours(self) -> dict[str, bytes]:
        """The files around the project, which no run may change."""
        around = (path for path in self.folder.rglob("*") if self.root not in path.parents and path.is_file())
        return {path.relative_to(self.folder).as_posix(): path.read_bytes() for path in around}

    def files(self) -> dict[str, bytes]:
        """Every file of the project by its path."""
        found: dict[str, bytes] = {}
        for path in self.paths():
            with open(f"{self.root}/{path}", "rb") as file:
                found[path] = file.read()
        return found

    def paths(self) -> Iterator[str]:
        """The path of every file of the project."""
        start = len(str(self.root)) + 1
        for folder, inside, names in os.walk(self.root):
            inside[:] = [name for name in inside if name != "__pycache__"]
            yield from (f"{folder}/{name}"[start:] for name in names)

    def read(self, path: str) -> bytes | None:
        """The content of a file, None where there is none."""
        return DiskTree(str(self.root)).read(path)

    def write(self, path: str, content: bytes) -> None:
        """Write a file, and the folders above it."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)

    def delete(self, path: str) -> None:
        """Delete a file."""
        (self.root / path).unlink()

    def write_protos(self, texts: Mapping[str, str]) -> None:
        """Make ``proto/`` hold these files and no others."""
        for path in sorted((self.root / "proto").rglob("*.proto")):
            if path.relative_to(self.root / "proto").as_posix() not in texts:
                path.unlink()
        for name, text in texts.items():
            if self.read(f"proto/{name}") != text.encode():
                self.write(f"proto/{name}", text.encode())


EntryPoint = Callable[[Sandbox, Sequence[str]], Outcome]
"""A way to regenerate: the project, and the names of its protos."""


def generate(sandbox: Sandbox, protos: Sequence[str], *options: str) -> Outcome:
    """``pyservice generate``, in this process."""
    done = CliRunner().invoke(main, ["generate", "--json", "--project", str(sandbox.root), *options])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    if done.exit_code == 2:
        return Outcome(2, done.stderr)
    document = json.loads(done.stdout)
    return Outcome(done.exit_code, done.output, tuple(document["changes"]), tuple(document["todo"]))


def plugin(sandbox: Sandbox, protos: Sequence[str]) -> Outcome:
    """What protoc does with the plugin, in this process: it writes what comes back, and never deletes."""
    root = str(sandbox.root)
    try:
        request = compile_protos(root, ["proto"], list(protos), "")
        sources = find_sources(root, [f"{root}/proto"], [file.name for file in request.proto_file])
        response = run(request, DiskTree(root), sources)
    except GenerationError as error:
        return Outcome(2, str(error))
    for path, content in response.write.items():
        sandbox.write(path, content)
    report = response.report
    todo = tuple(item if isinstance(item, str) else item.words(notes.EntryPoint.PROTOC) for item in report.todo)
    return Outcome(int(report.conflicts > 0), "\n".join(report.lines(notes.EntryPoint.PROTOC)), report.changes, todo)


def stopped(sandbox: Sandbox, protos: Sequence[str], at: int) -> Outcome:
    """protoc that is stopped at a file, a look at what it left, which may not change anything, and protoc again."""
    first, files = answer(sandbox.root, protos)
    if first.returncode:
        return Outcome(2, first.stderr)
    _write_until(sandbox, files, at)
    left = sandbox.files()
    generate(sandbox, protos, "--check")
    assert sandbox.files() == left, "--check changed something"
    done, files = answer(sandbox.root, protos)
    _write_until(sandbox, files, None)
    outcome = _with_conflicts(_outcome(done.returncode, done.stderr))
    # Changes before the interruption were reported then.
    return replace(outcome, changes=(*_outcome(0, first.stderr).changes, *outcome.changes))


def _write_until(sandbox: Sandbox, files: Mapping[str, bytes], at: int | None) -> None:
    """Write as protoc does; the file that it is stopped at is half or empty, or not there unless it is the last."""
    last = len(files) - 1
    stop = len(files) if at is None else at % max(1, len(files))
    for number, (path, content) in enumerate(files.items()):
        if number < stop:
            sandbox.write(path, content)
        elif number == stop and at is not None and (at % 3 or stop == last):
            sandbox.write(path, content[: len(content) // 2 if at % 3 == 1 else 0])


def protoc_process(sandbox: Sandbox, protos: Sequence[str]) -> Outcome:
    """The real protoc with the real plugin, in processes of their own."""
    command = [sys.executable, "-m", "grpc_tools.protoc", "-Iproto", "--pyservice_out=.", *protos]
    return _with_conflicts(_process(sandbox, command))


def _with_conflicts(outcome: Outcome) -> Outcome:
    """With the exit code that `pyservice generate` has; protoc knows of no conflicts."""
    conflicts = outcome.code == 0 and "\n  conflict " in outcome.said
    return replace(outcome, code=1 if conflicts else 2 if outcome.code else 0)


def generate_process(sandbox: Sandbox, protos: Sequence[str]) -> Outcome:
    """The real ``pyservice generate``, in a process of its own."""
    return _process(sandbox, ["pyservice", "generate"])


def _process(sandbox: Sandbox, command: Sequence[str]) -> Outcome:
    done = subprocess.run(
        command, cwd=sandbox.root, env=environment(), capture_output=True, text=True, timeout=60, check=False
    )
    assert "Traceback" not in done.stderr, done.stderr
    return _outcome(done.returncode, done.stderr)


def _outcome(code: int, said: str) -> Outcome:
    """The outcome in a report on standard error."""
    lines = said.splitlines()
    todo = tuple(line.removeprefix(_TODO) for line in lines if line.startswith(_TODO))
    plain = (line for line in lines if line.startswith("  ") and not line.startswith((*_FILE_WORDS, _TODO)))
    return Outcome(code, said, tuple(line[2:] for line in plain), todo)
