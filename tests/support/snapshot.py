"""What a folder holds, to be compared with what it held before."""

import os
from collections.abc import Iterator
from pathlib import Path

_LEFT_BY_TOOLS = frozenset({"__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis"})

_NOTE = ".pyservice/pending/"
"""What the plugin leaves in a project until it is known that protoc wrote what it was given."""


def snapshot(folder: Path, leave_out: str = "") -> dict[str, bytes]:
    """Every file below ``folder`` by its path with forward slashes, without what tools leave behind.

    The folder ``leave_out`` is not entered, so that another process may delete it meanwhile.
    """
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in _files(folder, leave_out)
        if not path.relative_to(folder).as_posix().startswith(_NOTE)
    }


def _files(folder: Path, leave_out: str) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        place = Path(parent)
        folders[:] = sorted(
            name for name in folders if name not in _LEFT_BY_TOOLS and place / name != folder / leave_out
        )
        yield from (place / name for name in sorted(names) if (place / name).is_file())


def differences(before: dict[str, bytes], after: dict[str, bytes]) -> list[str]:
    """One line for each file that was added, removed or changed."""
    added = [f"added {path}" for path in after.keys() - before.keys()]
    removed = [f"removed {path}" for path in before.keys() - after.keys()]
    changed = [f"changed {path}" for path in before.keys() & after.keys() if before[path] != after[path]]
    return sorted(added + removed + changed)
