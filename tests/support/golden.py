"""Compare what was generated with the files in a case's expected/ folder."""

import difflib
import fnmatch
import shutil
from collections.abc import Mapping
from pathlib import Path

PATTERNS = (
    "docs/api.md",
    "src/*/gen/registry.py",
    "src/*/gen/servicers.py",
    "src/*/gen/clients.py",
    "src/*/handlers/*.py",
    "tests/handlers/test_*.py",
)
"""The files that depend on the protos; the others are the same in every project."""

_OWN = ("docs/", "proto/")

_UPDATE = "make goldens, or: pytest tests/test_cases.py -k golden --update-goldens"


def golden_files(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The part of a project that goldens hold, and the list of all its files."""
    chosen = {
        path: content
        for path, content in files.items()
        if not path.startswith(".") and any(fnmatch.fnmatch(path, pattern) for pattern in PATTERNS)
    }
    return {**chosen, "files.txt": _listing(files).encode()}


def _listing(files: Mapping[str, bytes]) -> str:
    """The files that depend on the protos; all others are the same in every project."""
    own = [path for path in sorted(files) if path.startswith(_OWN) or "/gen/" in path or "/handlers/" in path]
    own = [path for path in own if not path.startswith(".pyservice/")]
    others = ["(and the files of every project)"] if "pyproject.toml" in files else []
    return "".join(f"{line}\n" for line in [*own, *others])


def update(expected: Path, files: Mapping[str, bytes]) -> None:
    """Make ``expected`` hold exactly these files."""
    shutil.rmtree(expected, ignore_errors=True)
    for path, content in files.items():
        target = expected / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def compare(expected: Mapping[str, bytes], files: Mapping[str, bytes]) -> str:
    """Empty if both are the same, else a unified diff and how to accept it."""
    diff = [line for path in sorted({*expected, *files}) for line in _diff(path, expected, files)]
    return "\n".join([*diff, "", f"If this is how it should be: {_UPDATE}"]) if diff else ""


def _diff(path: str, expected: Mapping[str, bytes], files: Mapping[str, bytes]) -> list[str]:
    if expected.get(path) == files.get(path):
        return []
    old, new = (_lines(side.get(path, b"")) for side in (expected, files))
    before = f"expected/{path}" if path in expected else "nothing"
    return list(difflib.unified_diff(old, new, before, path if path in files else "nothing", lineterm=""))


def _lines(content: bytes) -> list[str]:
    """Lines as a diff shows them; an odd line end is shown, not obeyed."""
    return [
        repr(line)[1:-1] if "\r" in line else line for line in content.decode("utf-8", "backslashreplace").split("\n")
    ]
