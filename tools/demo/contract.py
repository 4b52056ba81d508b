"""Which proto the demo is about, and which ``-I`` folders the compiler needs for it."""

import os
import re
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .errors import DemoError

_INSTALLED = Path(sysconfig.get_path("purelib"))
_PACKAGE = re.compile(r"^\s*package\s+([\w.]+)\s*;", re.MULTILINE)
_LEVELS = 8
"""How many folders above the proto may be the root of its imports."""


@dataclass(frozen=True, slots=True)
class Contract:
    """A proto and the folders that it and its imports are looked up in, the proto's own first."""

    file: Path
    roots: tuple[Path, ...]

    @property
    def name(self) -> str:
        """What the compiler calls the file: its path below its root."""
        return self.file.relative_to(self.roots[0]).as_posix()


def find_contract(given: str) -> Contract:
    """Find the proto and its roots by trying its folders upward until every import resolves.

    ``given`` is a path on disk, or below the installed packages, as imports name it:
    ``google/longrunning/operations_proto.proto``. Raises DemoError.
    """
    file = _find(given)
    folders = list(dict.fromkeys(_folders(file)))
    # Installed protos, such as google/api/annotations.proto, come second: a user's own are nearer.
    tries = [Contract(file, (folder,)) for folder in folders]
    tries += [Contract(file, (folder, _INSTALLED)) for folder in folders if folder != _INSTALLED]
    problems: list[str] = []
    for contract in tries:
        problem = _problem(contract)
        if problem is None:
            return contract
        problems.append(problem)
    raise DemoError(f"{given} does not compile: {problems[0]}.")


def _find(given: str) -> Path:
    for file in (Path(given), _INSTALLED / given):
        if file.is_file():
            return file.resolve()
    raise DemoError(f"there is no file {given}: make demo PROTO=path/to/your.proto takes a proto of yours.")


def _folders(file: Path) -> Iterator[Path]:
    """The most likely root first: the one below which the file's folders repeat its package."""
    found = _PACKAGE.search(file.read_text(encoding="utf-8", errors="replace"))
    package = tuple(found[1].split(".")) if found else ()
    for count in range(len(package), 0, -1):
        if file.parent.parts[-count:] == package[-count:]:
            yield file.parents[count]
    yield from [folder for folder in file.parents[:_LEVELS] if folder != folder.parent]


def _problem(contract: Contract) -> str | None:
    """What the compiler says first about the proto; None when it compiles."""
    done = subprocess.run(
        [*compiler(contract), f"--descriptor_set_out={os.devnull}", contract.name],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 0:
        return None
    errors = [line for line in done.stderr.splitlines() if "warning" not in line]
    return errors[0].strip().rstrip(".") if errors else f"the compiler ended with {done.returncode}"


def compiler(contract: Contract) -> list[str]:
    """The compiler's call up to its outputs."""
    folders = [word for root in contract.roots for word in ("-I", os.path.relpath(root))]
    return [sys.executable, "-m", "grpc_tools.protoc", *folders]
