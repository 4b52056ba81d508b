"""The folders of the runtime: imports lead downwards and never out, and a part takes no more than it declares."""

import ast
import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import pyservice_runtime
from protoc_gen_pyservice.inputs.distributions import COMPONENT_NEEDS, DISTRIBUTIONS
from protoc_gen_pyservice.inputs.installed import INSTALLED
from protoc_gen_pyservice.manifest import COMPONENTS, FACES

RUNTIME = Path(pyservice_runtime.__path__[0])
PATHS = sorted(RUNTIME.rglob("*.py"))
SHARED = {"google", "grpc"}
"""Import names of what every part but `version` has."""

IMPORT_NAMES = {
    **{one.name: set(INSTALLED[one.name].split()) for one in DISTRIBUTIONS if one.name in INSTALLED},
    # It comes with its extra.
    "pyjwt": {"jwt", "cryptography"},
    "pydantic-settings": {"pydantic_settings", "pydantic"},
    "uvloop": {"uvloop"},
}

MAX_FILES, MAX_LINES = 99, 10_000
"""Limits of the parts that every server has."""

OPTIONAL = {"jwt", "redis", "testing"}
"""Parts that a server needs only if it uses them."""

MAX_TESTING_FILES, MAX_TESTING_LINES = 12, 1_700
"""Limits of the runtime in the tests of a project."""

MAX_IMPORT_SECONDS = 0.25


def component(path: Path) -> str:
    """Return the folder of a module, or the name of a module at the top level."""
    inside = path.relative_to(RUNTIME)
    return inside.parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """The names that a module imports, with how many dots ahead; also below functions and for types alone."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names if node.module is None else ():
                yield node.level, alias.name
            if node.module is not None:
                yield node.level, node.module
        elif isinstance(node, ast.Import):
            yield from ((0, alias.name) for alias in node.names)


def imported_component(path: Path, level: int, name: str) -> str:
    """The part of the runtime that a relative import leads to. Raises ValueError for one that leads out of it."""
    folder = path.parents[level - 1].relative_to(RUNTIME)
    return (*folder.parts, *name.split("."))[0]


def test_every_part_is_in_the_tables() -> None:
    """The one says who has it, the other what it needs."""
    folders = {path.name for path in RUNTIME.iterdir() if path.is_dir() and path.name != "__pycache__"}
    modules = {path.stem for path in RUNTIME.glob("*.py")} - {"__init__"}
    assert set(COMPONENTS) == {"", *folders}
    assert set(COMPONENT_NEEDS) == folders | modules


def test_parts_are_listed_from_below() -> None:
    """So that nothing goes in a circle."""
    seen: set[str] = set()
    for name, needs in COMPONENT_NEEDS.items():
        assert set(needs.below) <= seen, name
        seen.add(name)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: str(path.relative_to(RUNTIME)))
def test_imports_lead_downwards(path: Path) -> None:
    """Within the runtime they are relative, and other distributions are those that the table names."""
    own = component(path)
    if own == "__init__":
        assert not list(imports(path))
        return
    needs = COMPONENT_NEEDS[own]
    allowed = set(sys.stdlib_module_names) | known(own)
    for level, name in imports(path):
        if level:
            assert imported_component(path, level, name) in {own, *needs.below}, name
        else:
            assert name.partition(".")[0] in allowed, name


def known(part: str, on_demand: bool = True) -> set[str]:
    """The import names that a part may use."""
    needs = COMPONENT_NEEDS[part]
    names = {*needs.distributions, *(needs.on_demand if on_demand else ())}
    return set().union(*(IMPORT_NAMES[name] for name in names), *(known(below, on_demand) for below in needs.below))


HIDING = """
import importlib.abc, json, sys

class Hide(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in HIDDEN:
            raise ModuleNotFoundError(f"{name} is hidden", name=name)

HIDDEN = set(json.loads(sys.argv[1]))
sys.meta_path.insert(0, Hide())
for name in sys.argv[2:]:
    __import__(name)
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def loaded(hidden: set[str], *modules: str) -> set[str]:
    """What a new process has loaded that imports modules where some distributions are not there."""
    command = [sys.executable, "-c", HIDING, json.dumps(sorted(hidden)), *modules]
    done = subprocess.run(command, cwd=RUNTIME.parent, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout))


def modules_of(part: str) -> list[str]:
    """Return the modules that are imported with a part; for a public part, its public module."""
    if part in FACES:
        return [f"pyservice_runtime.{part}"]
    found = (path for path in PATHS if component(path) == part)
    wanting = {name for names in COMPONENT_NEEDS[part].on_demand for name in IMPORT_NAMES[names]}
    eager = (path for path in found if wanting.isdisjoint(name.partition(".")[0] for name in at_once(path)))
    return [".".join(path.relative_to(RUNTIME.parent).with_suffix("").parts) for path in eager]


def at_once(path: Path) -> Iterator[str]:
    """What a module imports when it is imported, of other modules beside it too."""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            beside = path.with_name(f"{node.module}.py")
            if node.level == 1 and beside.exists():
                yield from at_once(beside)
            elif not node.level:
                yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


@pytest.mark.parametrize("part", COMPONENT_NEEDS)
def test_a_part_needs_what_it_declares(part: str) -> None:
    """It can be imported where nothing else is installed."""
    others = set().union(*IMPORT_NAMES.values()) - known(part, on_demand=False)
    modules = modules_of(part)
    assert modules
    found = loaded(others, *modules)
    assert "pyservice_runtime" in found
    assert others.isdisjoint(found)


def test_hiding_hides() -> None:
    """A part cannot be imported without what it declares: else the test above would show nothing."""
    with pytest.raises(AssertionError, match="pydantic_settings is hidden"):
        loaded({"pydantic_settings"}, "pyservice_runtime.settings")
    with pytest.raises(AssertionError, match="grpc is hidden"):
        loaded({"grpc"}, "pyservice_runtime.client")


def test_what_settings_switch_off_is_not_loaded() -> None:
    """Though it is installed."""
    costly = {
        "opentelemetry",
        "prometheus_client",
        "protovalidate",
        "jwt",
        "cryptography",
        "redis",
        "uvloop",
        "hypothesis",
    }
    assert costly.isdisjoint(loaded(set(), *(f"pyservice_runtime.{face}" for face in FACES)))


@pytest.mark.parametrize("face", [face for face in FACES if face not in ("version", "sbom")])
def test_a_face_says_what_it_has(face: str) -> None:
    """All of it exists and is listed, in the order that ruff has it in, and nothing else is public."""
    module = importlib.import_module(f"pyservice_runtime.{face}")
    assert len(set(module.__all__)) == len(module.__all__)
    tree = ast.parse(Path(module.__file__ or "").read_text())
    brought = {
        alias.asname or alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    assert set(module.__all__) == brought
    assert all(hasattr(module, name) for name in module.__all__)
    assert list(module.__all__) == sorted(
        module.__all__, key=lambda name: (not name.isupper(), not name[0].isupper(), name)
    )


def test_it_stays_small() -> None:
    """The runtime is part of each project, and users have to read it too."""
    for paths, files, lines in (
        ([path for path in PATHS if component(path) not in OPTIONAL], MAX_FILES, MAX_LINES),
        ([path for path in PATHS if component(path) == "testing"], MAX_TESTING_FILES, MAX_TESTING_LINES),
    ):
        assert len(paths) <= files
        assert sum(len(path.read_text().splitlines()) for path in paths) <= lines
    assert max(len(path.read_text().splitlines()) for path in PATHS) <= 350


def test_a_server_is_imported_fast() -> None:
    """Measured as the time of a processor, and the best of several: the machine may be busy."""
    code = (
        "import time; began = time.process_time(); import pyservice_runtime.server; print(time.process_time() - began)"
    )

    def seconds() -> float:
        command = [sys.executable, "-c", code]
        return float(subprocess.run(command, cwd=RUNTIME.parent, capture_output=True, text=True, check=True).stdout)

    assert min(seconds() for _ in range(5)) <= MAX_IMPORT_SECONDS
