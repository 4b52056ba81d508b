"""DESIGN.md lists where to add things, and each existing thing is in all of its places."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from protoc_gen_pyservice.inputs.options import PARTS, TABLE
from protoc_gen_pyservice.model.services import Policy

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("protoc_gen_pyservice", "templates", "tests", "docs", "tools")
SETTINGS = ROOT / "templates" / "runtime" / "pyservice_runtime" / "settings" / "service_settings.py"

TABLE_OF_PLACES = (ROOT / "DESIGN.md").read_text("utf-8").partition("\n## Where to add\n")[2].partition("\n## ")[0]
ROWS = dict(re.findall(r"^\| ([^|`]+) \| (.+) \|$", TABLE_OF_PLACES, re.M))


def settings() -> list[str]:
    """The settings of a service, by the class that has them."""
    tree = ast.parse(SETTINGS.read_text(encoding="utf-8"))
    (found,) = (node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "ServiceSettings")
    fields = (node.target for node in found.body if isinstance(node, ast.AnnAssign))
    return [target.id for target in fields if isinstance(target, ast.Name)]


THINGS = {
    "an option": [option.name for option in TABLE],
    "a part": list(PARTS),
    "a policy of methods": list(Policy._fields),
    "a setting of the generated service": settings(),
}
"""What there is of each kind, by the tables that have it."""


EXCEPT = {
    ("client", "copier.yml"): "no question: every new project has it",
    ("ci", "templates/service/README.md.jinja"): "the README of a project is for people",
}


@cache
def files() -> tuple[Path, ...]:
    """Every text of this repository that something can be in."""
    found = (path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.is_file())
    kept = (path for path in found if not re.search(r"/(v0\.|cases/|__pycache__|_compiled)", str(path)))
    return (*(path for path in ROOT.iterdir() if path.is_file()), *kept)


def places(row: str) -> list[str]:
    """The files and folders that a row of the table names."""
    return [name for name in re.findall(r"`([\w./]+)`", ROWS[row]) if "." in name or name.endswith("/")]


def _is_in(path: str, place: str) -> bool:
    if place.endswith("/"):
        return path.startswith(f"/{place}")
    if (ROOT / place).is_file():
        return path == f"/{place}"
    return path.endswith((f"/{place}", f"/{place}.jinja"))


@cache
def text(place: str) -> str:
    """The content of a place: a file by its path or the end of it, or all files of a folder."""
    return "\n".join(
        path.read_text(encoding="utf-8", errors="replace")
        for path in files()
        if _is_in(f"/{path.relative_to(ROOT)}", place)
    )


def stands_in(thing: str, there: str) -> bool:
    """Whether a text has a name as a name: quoted, given a value, listed, or in the capitals of a variable."""
    quoted, given, listed = rf"[`\"'+]{thing}\b", rf"\b{thing}\)?\s*[=:]", rf"[:,]\s+{thing}\b"
    return re.search(rf"{quoted}|{given}|{listed}|\b{thing.upper()}\b", there) is not None


@pytest.mark.parametrize("kind", THINGS)
def test_each_thing_is_in_all_its_places(kind: str) -> None:
    """A new one is in all places; the message names a forgotten one."""
    named = places(kind)
    assert len(named) > 2
    forgotten = [
        f"{kind}: {thing} is missing in {place}"
        for thing in THINGS[kind]
        for place in named
        if (thing, place) not in EXCEPT and not stands_in(thing, text(place))
    ]
    assert not forgotten, "\n".join(forgotten)


@pytest.mark.parametrize("row", ROWS)
def test_each_place_exists(row: str) -> None:
    """The table names only what exists."""
    assert [place for place in places(row) if not text(place) and place not in ("case.proto", "case.toml")] == []
