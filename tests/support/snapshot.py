"""What a folder holds, to be compared with what it held before."""

from pathlib import Path

_LEFT_BY_TOOLS = frozenset({"__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis"})

_NOTE = ".pyservice/pending/"
"""What the plugin leaves in a project until it is known that protoc wrote what it was given."""


def snapshot(folder: Path) -> dict[str, bytes]:
    """Every file below ``folder`` by its path with forward slashes, without what tools leave behind."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and _LEFT_BY_TOOLS.isdisjoint(path.relative_to(folder).parts)
        if not path.relative_to(folder).as_posix().startswith(_NOTE)
    }


def differences(before: dict[str, bytes], after: dict[str, bytes]) -> list[str]:
    """One line for each file that was added, removed or changed."""
    added = [f"added {path}" for path in after.keys() - before.keys()]
    removed = [f"removed {path}" for path in before.keys() - after.keys()]
    changed = [f"changed {path}" for path in before.keys() & after.keys() if before[path] != after[path]]
    return sorted(added + removed + changed)
