"""Ejected files of the runtime: finding their sources, and checking that the runtime still fits together."""

import difflib
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence

from ..errors import OptionError, OutputError
from ..inputs.installed import INSTALLED
from ..inputs.lock import Lock
from ..inputs.options import SETTINGS
from ..inputs.tree import DiskTree
from ..manifest import RUNTIME, TESTING, runtime_path
from ..outputs.report import Changeset
from ..reconcile.settings import with_list
from ..regenerate import generate
from ..render.templates import runtime_sources

_CHECK_SECONDS = 300.0
"""Time limit for type-checking the runtime."""

_MYPY_OPTIONS = ("--explicit-package-bases", "--no-site-packages", "--no-error-summary")


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
    content = DiskTree(root).read(path)
    yours, original = (content or b"").decode(errors="replace"), runtime_sources().get(source, "")
    if content is not None and yours != original:
        lines = (original.splitlines(keepends=True), yours.splitlines(keepends=True))
        diff = "".join(difflib.unified_diff(*lines, "runtime", path))
        raise OutputError(f"{path} has edits of yours that restoring it would lose; delete it first.\n{diff}")


def find_problems(root: str, ejected: Sequence[str]) -> Iterator[str]:
    """Type-check the runtime with its ejected files; yield each problem as a sentence.

    Nothing of the project is run, not even its interpreter: it may be a stranger's, just cloned.
    """
    folders = sorted(
        {path.partition("/runtime/")[0] + "/runtime" if path.startswith("src/") else TESTING for path in ejected}
    )
    typed = subprocess.run(
        # Isolated, and without a configuration: a module or a plugin of the project must not be imported.
        [sys.executable, "-I", "-m", "mypy", "--config-file=", f"--cache-dir={os.devnull}", *_MYPY_OPTIONS, *folders],
        cwd=root,
        env={**os.environ, "MYPYPATH": os.path.join(root, "src")},
        capture_output=True,
        text=True,
        timeout=_CHECK_SECONDS,
        check=False,
    )
    if "No module named mypy" in typed.stderr:
        yield "the runtime was not checked with your ejected files: mypy is not installed beside pyservice"
    elif errors := [line for line in typed.stdout.splitlines() if ": error:" in line and not _is_known_import(line)]:
        yield f"the runtime does not fit your version of an ejected file: {'; '.join(errors[:3])}"


def _is_known_import(error: str) -> bool:
    """Return whether an error is about a library of the project, which need not be installed beside pyservice."""
    about = re.search(r'(?:module named|analyzing|stubs? (?:not installed )?for) "([^".]+)', error)
    return about is not None and any(about[1] in names.split() for names in INSTALLED.values())
