"""The folders of the engine tell its stages, and imports point one way."""

import ast
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import protoc_gen_pyservice

ENGINE = Path(protoc_gen_pyservice.__path__[0])

STAGES = (
    {"__init__", "errors", "ownership", "identifiers"},
    {"manifest"},
    {"inputs"},
    {"outputs"},
    {"model"},
    {"render"},
    {"reconcile"},
    {"run"},
    {"regenerate", "__main__"},
    {"scaffold"},
    {"cli"},
)
"""In the order of DESIGN.md: each may import those above it, and its own folder."""

LEVEL = {name: level for level, names in enumerate(STAGES) for name in names}


def modules() -> dict[str, Path]:
    """Every module of the engine by its dotted name, but the templates that are written as one."""
    paths = (path for path in ENGINE.rglob("*.py") if path.name != "_compiled.py")
    return {".".join(path.relative_to(ENGINE).with_suffix("").parts): path for path in paths}


def imported(name: str, path: Path, known: dict[str, Path]) -> Iterator[str]:
    """The modules of the engine that a module imports, also below functions and for types alone."""
    inside = name.split(".")[:-1]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = [*inside[: len(inside) - node.level + 1], *(node.module or "").split(".")]
            for alias in node.names:
                wanted = (".".join(filter(None, (*base, *more))) for more in ((alias.name,), (), ("__init__",)))
                yield next(module for module in wanted if module in known)


def arrows() -> set[tuple[str, str]]:
    known = modules()
    return {(name, target) for name, path in known.items() for target in imported(name, path, known) if target != name}


def folder(module: str) -> str:
    """The folder that a module is in, or the module that is in none."""
    return module.partition(".")[0]


def test_every_module_has_a_stage() -> None:
    """A module directly in the package is one of the few that have no folder."""
    assert {folder(name) for name in modules()} == set(LEVEL)


def test_imports_point_one_way() -> None:
    """A module imports its own folder, or a stage before it."""
    backwards = [
        f"{name} imports {target}"
        for name, target in sorted(arrows())
        if folder(name) != folder(target) and LEVEL[folder(target)] >= LEVEL[folder(name)]
    ]
    assert backwards == []


def test_no_imports_go_in_a_circle() -> None:
    """Starting anywhere and following imports, nothing leads back."""
    known = arrows()
    leads = {name: {target for source, target in known if source == name} for name in modules()}
    done: set[str] = set()

    def follow(name: str, way: tuple[str, ...]) -> None:
        assert name not in way, " imports ".join((*way[way.index(name) :], name))
        if name not in done:
            for target in leads[name]:
                follow(target, (*way, name))
            done.add(name)

    for name in leads:
        follow(name, ())


def test_the_order_is_that_of_the_design() -> None:
    """DESIGN.md lists the folders in this order."""
    text = (ENGINE.parent / "DESIGN.md").read_text()
    folders = [name for names in STAGES for name in sorted(names) if (ENGINE / name).is_dir()]
    assert all(text.index(f"| `{one}/`") < text.index(f"| `{other}/`") for one, other in pairwise(folders))
