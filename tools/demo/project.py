"""The generated project: how it is created, its contents, and the logic of an example."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from protoc_gen_pyservice.scaffold.starters import hand_written

from .contract import Contract, compiler
from .errors import DemoError

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
BIN = Path(sys.executable).parent
_KEPT = ("HOME", "LANG", "LC_ALL", "PATH", "TMPDIR")

_CONTENTS = (
    ("proto", "the contract"),
    ("src/{package}/handlers", "YOURS: the logic, one class per service"),
    ("src/{package}/app.py", "YOURS: databases, clients and interceptors of the service"),
    ("src/{package}/settings.py", "YOURS: your settings, read from the environment"),
    ("src/{package}/errors.py", "YOURS: the errors that a handler raises"),
    ("src/{package}/interceptors", "YOURS: your interceptors, one per file"),
    ("src/{package}/gen", "generated: pb2 modules, typed clients, registry"),
    ("src/{package}/runtime", "generated: server, interceptors, client; the same in every project"),
    ("tests", "yours in handlers/, generated in gen/ and _runtime/"),
    ("load", "load tests"),
    ("deploy", "manifests"),
    ("docs/api.md", "the API, from the proto's comments"),
    ("Makefile", "make run, make test, make lint, make generate"),
    (".pyservice", "the last generated texts, to tell your edits from them"),
)


@dataclass(frozen=True, slots=True)
class Project:
    """A generated project in `folder`."""

    folder: Path

    @property
    def package(self) -> str:
        """Its Python package."""
        lock = json.loads((self.folder / ".pyservice" / "lock.json").read_text(encoding="utf-8"))
        return str(lock["package"])

    @property
    def serves(self) -> bool:
        """Whether there is anything to start: protos without a service make a project of messages."""
        return (self.folder / "src" / self.package / "__main__.py").exists()

    def files(self) -> list[Path]:
        """What the user gets to see: everything but `.pyservice/` and caches."""
        paths = (path for path in self.folder.rglob("*") if path.is_file())
        return sorted(p for p in paths if not {".pyservice", "__pycache__"} & set(p.parts))

    def contents(self) -> Iterator[tuple[str, str]]:
        """The most important files and folders, each with what it is."""
        for pattern, meaning in _CONTENTS:
            path = pattern.format(package=self.package)
            place = self.folder / path
            if place.is_dir():
                inside = [file for file in self.files() if file.is_relative_to(place)]
                yield f"{path}/", f"{meaning} ({_count(len(inside), 'file')})" if inside else meaning
            elif place.exists():
                yield path, meaning

    def environment(self, **settings: str) -> Mapping[str, str]:
        """For a process of the project: nothing of ours that could change how it runs."""
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        return {**kept, "PYTHONPATH": str(self.folder / "src"), **settings}


def command(contract: Contract, folder: Path) -> list[str]:
    """The compiler's call that makes the project, with this interpreter."""
    return [*compiler(contract), f"--pyservice_out={os.path.relpath(folder)}", contract.name]


def generate(contract: Contract, folder: Path) -> list[str]:
    """Run the compiler; returns what the generator reported. Raises DemoError."""
    if not (BIN / "protoc-gen-pyservice").exists():
        raise DemoError(f"protoc-gen-pyservice is not installed beside {sys.executable}: pip install -e '.[dev]'.")
    path = f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"
    done = subprocess.run(
        command(contract, folder),
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise DemoError(f"the compiler refused {contract.name}: {' '.join(done.stderr.split())}")
    return done.stderr.splitlines()


def empty(folder: Path) -> None:
    """Make the folder new. Raises DemoError if it holds anything but an earlier demo."""
    if folder.exists() and any(folder.iterdir()):
        if not (folder / ".pyservice" / "lock.json").exists():
            raise DemoError(f"{folder} holds files that no demo made: name another folder with --out.")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)


def example_of(contract: Contract) -> Path | None:
    """The example of this repository that a proto belongs to; None for any other proto."""
    if not contract.file.is_relative_to(EXAMPLES):
        return None
    return EXAMPLES / contract.file.relative_to(EXAMPLES).parts[0]


def add_logic(example: Path, project: Project) -> list[str]:
    """Copy what the user wrote in an example into the project; returns the paths copied."""
    written = list(hand_written(str(example)))
    for path in written:
        target = project.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(example / path, target)
    return written


def run_tests(project: Project) -> str:
    """Run the project's own tests; returns pytest's last line. Raises DemoError if one fails."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=project.folder,
        env=project.environment(PYTHONDONTWRITEBYTECODE="1"),
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout.strip().splitlines() or done.stderr.strip().splitlines() or ["they said nothing"]
    if done.returncode:
        shown = os.path.relpath(project.folder)
        raise DemoError(f"the generated tests fail ({said[-1]}): cd {shown} && make test shows why.")
    return said[-1].strip("= ")


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
