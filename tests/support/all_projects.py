"""All generated projects at once, for tools that are far quicker in one process than in seventy."""

import hashlib
import shutil
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from tests.support.projects import Project


def distinct_modules(projects: Iterable[Project], folder: Path) -> dict[str, str]:
    """Copy each different Python file once into ``folder``; file name there -> a file it is a copy of.

    Of files in which only the name of the package differs, those with the shortest and the longest one are copied.
    """
    folder.mkdir(parents=True, exist_ok=True)
    kinds: dict[bytes, list[tuple[int, str, bytes]]] = {}
    for project in projects:
        package = project.package.encode()
        for path in project.files:
            if path.endswith(".py") and not path.startswith("."):
                content = (project.folder / path).read_bytes()
                one = (len(package), f"{project.case.name}/{path}", content)
                kinds.setdefault(content.replace(package, b"*"), []).append(one)
    copies: dict[str, str] = {}
    for alike in kinds.values():
        for _, origin, content in (min(alike), max(alike)):
            name = f"{hashlib.sha256(content).hexdigest()}.py"
            copies[name] = origin
            (folder / name).write_bytes(content)
    return copies


def merged(projects: Iterable[Project], folder: Path) -> list[Path]:
    """Copy the projects into few trees for one run of mypy each, and return these trees.

    A tree has all packages in its ``src`` and the tests of a case in ``tests_<case>``; projects with
    packages of the same name go into different trees.
    """
    projects = sorted(projects, key=lambda project: len(project.package))
    counts: dict[str, int] = {}
    trees: dict[Path, None] = {}
    for project in projects:
        number = counts[project.package] = counts.get(project.package, -1) + 1
        tree = folder / str(number)
        trees[tree] = None
        _copy(project, "src", tree / "src")
        _copy(project, "tests", tree / f"tests_{project.case.name}")
    return list(trees)


def _copy(project: Project, part: str, target: Path) -> None:
    for path in project.files:
        if path.startswith(f"{part}/"):
            copy = target / path.removeprefix(f"{part}/")
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(project.folder / path, copy)


def same_settings(projects: Sequence[Project], tool: str) -> Path:
    """A pyproject.toml whose settings of a tool are those of every project."""
    files = [project.folder / "pyproject.toml" for project in projects]
    first, *others = (_settings(file, tool) for file in files)
    assert all(other == first for other in others), f"the projects differ in their settings of {tool}"
    return files[0]


def _settings(pyproject: Path, tool: str) -> Any:
    return tomllib.loads(pyproject.read_text(encoding="utf-8"))["tool"][tool]
