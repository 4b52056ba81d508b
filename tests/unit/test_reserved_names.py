"""The table of what is installed with a project is whole, and so is what it follows from."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from protoc_gen_pyservice.inputs.distributions import DISTRIBUTIONS
from protoc_gen_pyservice.inputs.installed import INSTALLED
from protoc_gen_pyservice.manifest import FILES
from protoc_gen_pyservice.model.project_names import FOLDERS, package_name
from tests.support.bases import bases
from tools import reserved_names

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def test_what_is_installed_is_listed() -> None:
    """No distribution and no import name is missing; `make docs` writes those of newer versions."""
    missing = {
        name: sorted(imports - set(INSTALLED.get(name, "").split()))
        for name, imports in reserved_names.found().items()
        if name not in INSTALLED or imports - set(INSTALLED[name].split())
    }
    assert missing == {}


def test_both_files_are_as_the_tool_writes_them() -> None:
    """They are never edited by hand."""
    names = {name: imports.split() for name, imports in INSTALLED.items()}
    assert reserved_names.TABLE.read_text() == reserved_names.table(names)
    assert reserved_names.FILE.read_text() == reserved_names.content()


def test_what_projects_import_is_in_the_table() -> None:
    """Every library that generated code imports belongs to a distribution that pyproject.toml names, or asks for."""
    known = {module for row in DISTRIBUTIONS for module in INSTALLED[row.name].split()} | {"pydantic", "cryptography"}
    assert set(_imported()) - known == set()


def test_no_package_is_taken_for_a_folder() -> None:
    """The folders of a project are reserved."""
    folders = {entry.path.partition("/")[0] for entry in FILES if "/" in entry.path}
    assert {folder for folder in folders if not folder.startswith(".")} <= FOLDERS
    assert all(package_name(folder) == f"{folder}_service" for folder in FOLDERS)


def _imported() -> Iterator[str]:
    for example in EXAMPLES.iterdir():
        own = {path.stem for folder in (example, example / "src") for path in folder.glob("*")}
        for text in (text for path, text in bases(example).items() if path.endswith(".py")):
            for node in ast.walk(ast.parse(text)):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                names += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
                roots = {name.partition(".")[0] for name in names}
                yield from roots - own - set(sys.stdlib_module_names)
