"""The table of moved names has every public name of the old code, and only names that exist."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from protoc_gen_pyservice.manifest import FORMER, runtime_path
from protoc_gen_pyservice.reconcile.upgrade.changed_calls import CHANGED_SIGNATURES, REMOVED_NAMES
from protoc_gen_pyservice.reconcile.upgrade.moved import (
    PUBLIC_MODULES,
    Target,
    new_module_of,
    new_names_of,
    public_target,
)
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
"""Names in generated modules that are targets of the table."""

NOT_MOVED = {
    ("gen/registry.py", "MODULES"),
    ("gen/registry.py", "SERVICES"),
    ("gen/versions.py", "MINIMUM"),
    ("settings.py", "Settings"),
    ("server/pipeline.py", "rpc_handler"),
}
"""Names that did not move, or have no successor."""


def defined(path: Path) -> set[str]:
    """Return the public names that a module defines or lists in ``__all__``."""
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
    """Yield the modules of the runtime as the table writes them, with their public names."""
    for path in RUNTIME.rglob("*.py"):
        place = runtime_path(path.relative_to(RUNTIME).as_posix(), "P")
        dotted = place.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        yield dotted.removeprefix("src.P"), defined(path)


@pytest.fixture(scope="module")
def runtime() -> Mapping[str, set[str]]:
    """The public names of each module in a newly generated project."""
    return {**dict(modules()), **NEW_OUTSIDE}


def old_modules() -> Iterator[tuple[str, str, set[str]]]:
    """Yield path, module and public names of each framework file of the frozen projects."""
    for folder, package in ((OLD / "v0.1.0", "shop"), (OLD / "v0.2.0", "market")):
        former = {entry.path.format(package=package) for entry in FORMER if "/gen/" not in entry.path}
        former |= {f"src/{package}/{name}.py" for name in ("gen/registry", "gen/versions")}
        pristine = folder / ".pyservice/pristine"
        for path in sorted(former):
            source = pristine / path if (pristine / path).exists() else folder / path
            if source.exists():
                key = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
                yield path, key.removeprefix(f"src.{package}"), defined(source)


def test_every_old_public_name_is_in_the_table() -> None:
    """Except type variables, which have one letter and are not imported."""
    missing = {
        (path.partition("/")[2].partition("/")[2], name)
        for path, module, names in old_modules()
        for name in names - new_names_of(module).keys()
        if len(name) > 1
    }
    removed = {(f"{module[1:].replace('.', '/')}.py", name) for module, name in REMOVED_NAMES}
    assert missing - NOT_MOVED - removed == set()


def test_every_target_exists(runtime: Mapping[str, set[str]]) -> None:
    """Each target exists in the module that the table names, and in the public module that exports it."""
    targets = {target for _, module, _ in old_modules() for target in new_names_of(module).values()}
    for target in targets | {public_target(target) for target in targets}:
        assert target.name.partition(".")[0] in runtime[target.module], target


def test_a_public_module_is_preferred(runtime: Mapping[str, set[str]]) -> None:
    """A name that a public module exports is imported from there."""
    for _, old_module, _ in old_modules():
        for target in new_names_of(old_module).values():
            exporting = [module for module in PUBLIC_MODULES if module in runtime and target.name in runtime[module]]
            if target.module.startswith(".runtime.") and target.module not in exporting and _is_same(target, exporting):
                assert public_target(target).module in exporting, target


def _is_same(target: Target, modules: list[str]) -> bool:
    """Return whether a public module imports the name from the target's module, and not another one of that name."""
    sources = [RUNTIME / f"{module.removeprefix('.runtime.').replace('.', '/')}/__init__.py" for module in modules]
    source = target.module.removeprefix(".runtime.")
    folder, _, name = source.partition(".")
    for path in sources:
        beside = f"from .{name} import" if path.parent.name == folder else f"from ..{source} import"
        if path.exists() and (beside in path.read_text() or f"from .{source} import" in path.read_text()):
            return True
    return False


def test_old_modules_moved_as_a_whole() -> None:
    """All except those that are still generated, or are user files."""
    stay = {".gen.registry", ".gen.versions", ".settings", ".errors"}
    for path, module, names in old_modules():
        if names and module not in stay:
            assert new_module_of(module) is not None, path


def test_changed_signatures_exist(runtime: Mapping[str, set[str]]) -> None:
    """Functions and classes that need another argument exist, and removed names have no target."""
    for module, name in CHANGED_SIGNATURES:
        assert name in runtime[module], (module, name)
    for module, name in REMOVED_NAMES:
        assert name not in new_names_of(module)


def test_renamed_members_belong_to_old_classes() -> None:
    """Each class with renamed members was in the old code."""
    known = {(module, name) for _, module, names in old_modules() for name in names} | {(".settings", "Settings")}
    known |= {("tests.calls", "Method")}
    assert {(kind.module, kind.name) for kind in (*ATTRIBUTES, *KEYWORDS)} <= known
