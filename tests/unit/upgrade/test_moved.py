"""The table of what moved holds for what there was and what there is: nothing is missing, nothing is made up."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from protoc_gen_pyservice.manifest import FORMER, runtime_path
from protoc_gen_pyservice.reconcile.upgrade.changed_calls import CHANGED, GONE
from protoc_gen_pyservice.reconcile.upgrade.moved import FACES, Target, home_of, names_of, public
from protoc_gen_pyservice.reconcile.upgrade.renamed_members import ATTRIBUTES, KEYWORDS

ROOT = Path(__file__).parents[3]
RUNTIME = ROOT / "templates/runtime/pyservice_runtime"
OLD = ROOT / "tests/upgrade"

NEW_OUTSIDE = {
    "tests.gen.service": {"METHODS", "SERVICE", "settings_for_tests"},
    "tests.samples": {"RELATED_FIELDS", "SAMPLES", "SAMPLE_VALUES", "sample"},
    ".gen.service_info": {"INFO"},
    ".gen.versions": {"missing_library"},
}
"""What the table leads to that is rendered for each project."""

NOT_MOVED = {
    ("gen/registry.py", "MODULES"),
    ("gen/registry.py", "SERVICES"),
    ("gen/versions.py", "MINIMUM"),
    ("settings.py", "Settings"),
    ("settings.py", "load_settings"),
    ("server/pipeline.py", "rpc_handler"),
}
"""Names that are where they were, or have no successor."""


def defined(path: Path) -> set[str]:
    """The public names that a module defines, or hands on by ``__all__``."""
    names: set[str] = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            names.add(node.name)
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        names |= {name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)}
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            names |= set(ast.literal_eval(node.value))
    return {name for name in names if not name.startswith("_")}


def modules() -> Iterator[tuple[str, set[str]]]:
    """The modules of the runtime as the table names them, with what is in each."""
    for path in RUNTIME.rglob("*.py"):
        place = runtime_path(path.relative_to(RUNTIME).as_posix(), "P")
        dotted = place.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        yield dotted.removeprefix("src.P"), defined(path)


@pytest.fixture(scope="module")
def runtime() -> Mapping[str, set[str]]:
    """What is where in a project of today."""
    return {**dict(modules()), **NEW_OUTSIDE}


def old_modules() -> Iterator[tuple[str, str, set[str]]]:
    """The framework code of the frozen projects: path and module of each file, with its names."""
    for folder, package in ((OLD / "v0.1.0", "shop"), (OLD / "v0.2.0", "market")):
        former = {entry.path.format(package=package) for entry in FORMER if "/gen/" not in entry.path}
        former |= {f"src/{package}/{name}.py" for name in ("gen/registry", "gen/versions")}
        pristine = folder / ".pyservice/pristine"
        for path in sorted(former):
            source = pristine / path if (pristine / path).exists() else folder / path
            if source.exists():
                key = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
                yield path, key.removeprefix(f"src.{package}"), defined(source)


def test_every_public_name_of_old_is_in_the_table() -> None:
    """Type variables aside, which nobody imports."""
    missing = {
        (path.partition("/")[2].partition("/")[2], name)
        for path, module, names in old_modules()
        for name in names - names_of(module).keys()
        if len(name) > 1
    }
    assert missing - NOT_MOVED == set()


def test_every_target_exists(runtime: Mapping[str, set[str]]) -> None:
    """In the module that the table names, and in the public one that is named instead."""
    targets = {target for _, module, _ in old_modules() for target in names_of(module).values()}
    for target in targets | {public(target) for target in targets}:
        assert target.name.partition(".")[0] in runtime[target.module], target


def test_a_public_module_is_preferred(runtime: Mapping[str, set[str]]) -> None:
    """Whatever a public module exports is imported from it."""
    for _, module, _ in old_modules():
        for target in names_of(module).values():
            faces = [face for face in FACES if face in runtime and target.name in runtime[face]]
            if target.module.startswith(".runtime.") and target.module not in faces and _is_same(target, faces):
                assert public(target).module in faces, target


def _is_same(target: Target, faces: list[str]) -> bool:
    """Whether a public module has the name from there, and not one that is only called so."""
    sources = [RUNTIME / f"{face.removeprefix('.runtime.').replace('.', '/')}/__init__.py" for face in faces]
    module = target.module.removeprefix(".runtime.")
    written = [f"from .{module.partition('.')[2]} import", f"from ..{module} import", f"from .{module} import"]
    return any(line in path.read_text() for path in sources if path.exists() for line in written)


def test_old_modules_are_gone_as_a_whole() -> None:
    """All but those that are generated still, or are their owner's."""
    stay = {".gen.registry", ".gen.versions", ".settings", ".errors"}
    for path, module, names in old_modules():
        if names and module not in stay:
            assert home_of(module) is not None, path


def test_what_takes_more_is_there(runtime: Mapping[str, set[str]]) -> None:
    """Calls that need another argument are of functions and classes that exist."""
    for module, name in CHANGED:
        assert name in runtime[module], (module, name)
    for module, name in GONE:
        assert name not in names_of(module)


def test_members_were_those_of_old_classes() -> None:
    """Each class whose members are renamed was in the old code."""
    known = {(module, name) for _, module, names in old_modules() for name in names} | {(".settings", "Settings")}
    known |= {("tests.calls", "Method")}
    assert {(kind.module, kind.name) for kind in (*ATTRIBUTES, *KEYWORDS)} <= known
