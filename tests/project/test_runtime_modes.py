"""The runtime in the project, and as a distribution: the same project but for pyproject.toml and ``runtime/``."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from protoc_gen_pyservice.manifest import FACES
from tests.project.harness import HANDLER, PYSERVICE, Project, make
from tests.support.command import Finished, run
from tests.support.snapshot import differences
from tests.support.stubs import STUB

RUNTIME = Path(__file__).parents[2] / "templates" / "runtime"
"""Replaces the installed distribution."""

SETTINGS = "pyservice.toml"
NAME = 'package = "shop"\n'


def use(project: Project, mode: str) -> Finished:
    """Say in pyservice.toml where the runtime is, and generate."""
    text = project.text(SETTINGS)
    plain = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("runtime = "))
    project.write(SETTINGS, plain.replace(NAME, f'{NAME}runtime = "{mode}"\n'))
    return run([PYSERVICE, "generate"], project.folder)


def installed(project: Project, *command: str) -> Finished:
    """Run a command of the project where pyservice-runtime is installed."""
    path = {"PYTHONPATH": f"{RUNTIME}{os.pathsep}src", "MYPYPATH": str(RUNTIME), "FUZZ_EXAMPLES": "5"}
    return run(command, project.folder, path)


@pytest.fixture
def shop(tmp_path: Path) -> Project:
    """A project with a written handler."""
    project = make(tmp_path / "shop")
    project.write(HANDLER, project.text(HANDLER).replace(STUB, "return types_pb2.Nothing()", 1))
    return project


def test_the_modes_differ_in_the_runtime_alone(shop: Project) -> None:
    """Handlers, app.py, tests and manifests are the same, and back again is as before."""
    assert use(shop, "vendored").returncode == 0
    vendored = shop.files()
    assert use(shop, "package").returncode == 0
    package = shop.files()
    changed = {line.partition(" ")[2] for line in differences(vendored, package)}
    outside = {path for path in changed if not path.startswith(("src/shop/runtime/", "tests/_runtime/", ".pyservice/"))}
    assert outside == {"pyproject.toml", SETTINGS}
    faces = {path for path in package if path.startswith("src/shop/runtime/")}
    assert faces == {f"src/shop/runtime/{name}.py" for name in ("__init__", *FACES)}
    assert all(package[path].count(b"\n") < 10 for path in faces)
    assert use(shop, "vendored").returncode == 0
    assert shop.files() == vendored


@pytest.mark.parametrize("mode", ["vendored", "package"])
def test_both_modes_pass_their_own_checks(shop: Project, mode: str) -> None:
    """Tests, lint and types; the service starts and prints its settings."""
    assert use(shop, mode).returncode == 0
    for command in (
        ("python", "-m", "pytest", "-q", "-p", "no:cacheprovider"),
        ("mypy",),
        ("ruff", "check", "."),
        ("black", "--check", "--quiet", "."),
        ("python", "-m", "shop", "--check-config"),
    ):
        done = installed(shop, *command)
        assert done.returncode == 0, done.said


def test_a_fix_arrives_with_the_distribution(shop: Project, tmp_path: Path) -> None:
    """A newer distribution reaches the project without a run of the generator."""
    assert use(shop, "package").returncode == 0
    ask = ("python", "-c", "from shop.runtime.version import VERSION; print(VERSION)")
    newer = tmp_path / "newer"
    (newer / "pyservice_runtime").mkdir(parents=True)
    for source in (RUNTIME / "pyservice_runtime").rglob("*.py"):
        copy = newer / source.relative_to(RUNTIME)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(source.read_text())
    version = newer / "pyservice_runtime" / "version.py"
    version.write_text(version.read_text().replace('VERSION = "', 'VERSION = "9.'))
    older = run(ask, shop.folder, {"PYTHONPATH": f"{RUNTIME}{os.pathsep}src"}).stdout.strip()
    assert run(ask, shop.folder, {"PYTHONPATH": f"{newer}{os.pathsep}src"}).stdout.strip() == f"9.{older}"


def test_gen_refuses_a_runtime_that_does_not_fit(shop: Project) -> None:
    """At import, in one sentence."""
    version = "src/shop/runtime/version.py"
    shop.write(version, shop.text(version).replace('VERSION = "', 'VERSION = "9.'))
    done = installed(shop, "python", "-c", "import shop.gen.registry")
    assert "ImportError: gen/ was generated for pyservice-runtime" in done.stderr
    assert "run `pyservice generate`, or install the version that fits." in done.stderr


DEEP = {
    "src/shop/prices.py": ("from .runtime.server.tls import server_credentials\n", "shop.runtime.server.tls"),
    "src/shop/handlers/deep.py": ("\n\nimport shop.runtime.core.call\n", "shop.runtime.core.call"),
    "tests/test_deep.py": ("from shop.runtime.interceptors.limits import RateLimit\n", "interceptors.limits"),
}


@pytest.mark.parametrize("path", DEEP)
def test_code_that_reaches_deeper_is_named(shop: Project, path: str) -> None:
    """The switch is refused and nothing changes; faces may be imported as before."""
    text, module = DEEP[path]
    shop.write(path, text)
    shop.write("src/shop/fine.py", "from .runtime.server import running\nfrom .runtime import core\n")
    before = shop.files()
    done = use(shop, "package")
    assert done.returncode == 2
    assert f"{path}:{text.count(chr(10))} imports" in done.stderr
    assert module in done.stderr
    assert "fine.py" not in done.stderr
    assert [line for line in differences(before, shop.files()) if SETTINGS not in line] == []


# ---------------------------------------------------------------------------------------------- real installs


def build_wheel(folder: Path, version: str = "") -> None:
    """Build pyservice-runtime into a folder, as another version if one is named."""
    source = folder / f"source{version}"
    shutil.copytree(RUNTIME, source, ignore=shutil.ignore_patterns("__pycache__", "dist"))
    module = source / "pyservice_runtime" / "version.py"
    if version:
        module.write_text(re.sub(r'VERSION = ".*"', f'VERSION = "{version}"', module.read_text()))
    done = run([sys.executable, "-m", "build", "--wheel", "--outdir", folder / "wheels", source], folder, timeout=300)
    assert done.returncode == 0, done.said


@pytest.mark.first_hour
def test_a_project_and_its_runtime_are_installed(shop: Project, tmp_path: Path) -> None:
    """From wheels, with what pyproject.toml asks for: its own tests pass, and a newer runtime is an upgrade of one package."""
    assert use(shop, "package").returncode == 0
    build_wheel(tmp_path)
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    python = tmp_path / "venv" / "bin" / "python"
    pip = (python, "-m", "pip", "install", "--quiet", "--find-links", tmp_path / "wheels")
    subprocess.run([*pip, "--pre", "--editable", f"{shop.folder}[server,dev]"], check=True)
    own = run([str(python), "-m", "pytest", "-q"], shop.folder, {"FUZZ_EXAMPLES": "5"}, timeout=300)
    assert own.returncode == 0, own.said
    ask = [str(python), "-c", "from shop.runtime.version import VERSION; import shop.gen; print(VERSION)"]
    before = run(ask, shop.folder).stdout.strip()
    newer = ".".join([*before.split(".")[:2], "99"])
    build_wheel(tmp_path, newer)
    subprocess.run([*pip, "--upgrade", "--no-deps", "pyservice-runtime"], check=True)
    assert run(ask, shop.folder).stdout.strip() == newer
