"""Ejected files of the runtime: finding their sources, and checking that the runtime still fits together."""

import difflib
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence

from ..errors import OptionError, OutputError
from ..inputs.lock import Lock
from ..inputs.options import SETTINGS
from ..manifest import RUNTIME, TESTING, runtime_path
from ..outputs.report import Changeset
from ..reconcile.settings import with_list
from ..regenerate import generate
from ..render.templates import runtime_sources

_CHECK_SECONDS = 300.0
"""Time limit for importing and type-checking the runtime."""


def runtime_source(path: str, root: str, lock: Lock) -> str:
    """Return the path in the runtime of a file of the project. Raises OptionError for any other file.

    ``path`` is relative to the working directory, to the project, or to the runtime.
    """
    runtime = f"{RUNTIME.format(package=lock.package or '')}/"
    inside = os.path.relpath(os.path.abspath(path), root).replace(os.sep, "/")
    for place in (inside, path, runtime + path):
        if place in lock.files and place.startswith((runtime, f"{TESTING}/")):
            return place.removeprefix(runtime).replace(f"{TESTING}/", "testing/")
    raise OptionError(f"{path} is not a file of the runtime: name one below {runtime} or {TESTING}/.")


def generate_with(root: str, ejected: Sequence[str]) -> Changeset:
    """Generate with another list of ejected files; returns the changes. pyservice.toml is restored on an error."""
    path = os.path.join(root, SETTINGS)
    with open(path, "rb") as file:
        before = file.read()
    _write(path, with_list(before, "generate", "ejected", ejected))
    try:
        return generate(root, "", write=True)
    except BaseException:
        _write(path, before)
        raise


def _write(path: str, content: bytes) -> None:
    with open(path, "wb") as file:
        file.write(content)


def check_no_edits(root: str, source: str, package: str) -> None:
    """Raise OutputError, with the difference, if an ejected file has edits that its restoration would lose."""
    path = runtime_path(source, package)
    try:
        with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
            yours = file.read()
    except FileNotFoundError:
        return
    original = runtime_sources().get(source, "")
    if yours != original:
        lines = (original.splitlines(keepends=True), yours.splitlines(keepends=True))
        diff = "".join(difflib.unified_diff(*lines, "runtime", path))
        raise OutputError(f"{path} has edits of yours that restoring it would lose; delete it first.\n{diff}")


def find_problems(root: str, package: str) -> Iterator[str]:
    """Import and type-check the whole runtime; yield each problem as a sentence."""
    project_python = os.path.join(root, ".venv", "bin", "python")
    python = project_python if os.path.exists(project_python) else sys.executable
    runtime = f"{package}.runtime"
    imported = _run(root, python, "-c", f"import {runtime}.server, {runtime}.client")
    if imported.returncode:
        yield f"the runtime cannot be imported with your version of an ejected file: {_last_line(imported.stderr)}"
        return
    typed = _run(root, python, "-m", "mypy", "--config-file=", "--ignore-missing-imports", "-p", runtime)
    if "No module named mypy" in typed.stderr:
        yield "the types of the runtime were not checked with your ejected files: mypy is not installed"
    elif typed.returncode:
        errors = [line for line in typed.stdout.splitlines() if ": error:" in line]
        yield f"the types of the runtime do not fit your version of an ejected file: {'; '.join(errors[:3])}"


def _run(root: str, *command: str) -> "subprocess.CompletedProcess[str]":
    places = {name: os.path.join(root, "src") for name in ("PYTHONPATH", "MYPYPATH")}
    return subprocess.run(
        command,
        cwd=root,
        env={**os.environ, **places, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=_CHECK_SECONDS,
        check=False,
    )


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or [""])[-1]
