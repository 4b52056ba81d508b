"""The runtime as a distribution of its own: pyservice-runtime."""

import shutil
import subprocess
import sys
import tomllib
import zipfile
from email.parser import Parser
from pathlib import Path
from typing import Any

import pytest

import protoc_gen_pyservice
from protoc_gen_pyservice.inputs.distributions import COMPONENT_NEEDS, DISTRIBUTIONS, Distribution
from pyservice_runtime.version import VERSION

ROOT = Path(protoc_gen_pyservice.__path__[0]).parent
SOURCE = ROOT / "templates" / "runtime"

EXTRAS = ("redis", "server", "testing")
"""Each is for the part of that name; clients, and what all parts share, need none."""


def read(pyproject: Path) -> dict[str, Any]:
    """The part of a pyproject.toml that says what is distributed."""
    project: dict[str, Any] = tomllib.loads(pyproject.read_text())["project"]
    return project


def oldest_grpcio() -> str:
    """The first version that ``gen/`` can have been written with: that of the engine's own grpcio-tools."""
    (found,) = (line for line in read(ROOT / "pyproject.toml")["dependencies"] if line.startswith("grpcio-tools"))
    return str(found).partition(">=")[2]


def specifiers(*distributions: Distribution) -> list[str]:
    """Requirements as pyproject.toml has them."""
    return [one._replace(minimum=one.minimum or oldest_grpcio()).specifier for one in distributions]


def base() -> set[str]:
    """Return the distributions that every project needs: those of the core."""
    return set(COMPONENT_NEEDS["core"].distributions)


def needed(part: str) -> set[str]:
    """The distributions that a part needs, on demand too, and those of the parts below it."""
    needs = COMPONENT_NEEDS[part]
    return {*needs.distributions, *needs.on_demand}.union(*map(needed, needs.below))


def wanted(extra: str) -> list[str]:
    """The requirements of an extra, by the table: what only redis needs is only in its own."""
    redis = set(COMPONENT_NEEDS["redis"].distributions)
    names = needed(extra) - base()
    names = names & redis if extra == "redis" else names - redis
    return specifiers(*(one for one in DISTRIBUTIONS if one.name in names))


def test_it_requires_what_the_table_says() -> None:
    """Written once more for tools that read nothing but pyproject.toml."""
    project = read(SOURCE / "pyproject.toml")
    assert project["dependencies"] == specifiers(*(one for one in DISTRIBUTIONS if one.name in base()))
    assert sorted(project["optional-dependencies"]) == sorted(EXTRAS)
    for extra, listed in project["optional-dependencies"].items():
        assert sorted(listed) == sorted(wanted(extra)), extra


def test_a_client_needs_no_extra() -> None:
    """What it uses beside that is used only where it is there."""
    assert set(COMPONENT_NEEDS["client"].distributions) <= base()
    assert COMPONENT_NEEDS["client"].below == ("core",)


def test_the_generator_is_of_the_same_version() -> None:
    """One release is made of both."""
    assert protoc_gen_pyservice.__version__ == VERSION


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, from a copy of the sources."""
    folder = tmp_path_factory.mktemp("wheel")
    shutil.copytree(SOURCE, folder / "source", ignore=shutil.ignore_patterns("__pycache__", ".*"))
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), "source"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = folder.glob("*.whl")
    return built


def test_a_wheel_is_built(wheel: Path) -> None:
    """With every file, the version that the code has, and its extras."""
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
        (metadata,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        fields = Parser().parsestr(archive.read(metadata).decode())
    package = SOURCE / "pyservice_runtime"
    files = {str(path.relative_to(SOURCE)) for path in package.rglob("*") if path.suffix in (".py", ".typed")}
    assert names == files
    assert (fields["Name"], fields["Version"]) == ("pyservice-runtime", VERSION)
    assert sorted(fields.get_all("Provides-Extra") or ()) == sorted(EXTRAS)


def test_a_wheel_can_be_imported(wheel: Path, tmp_path: Path) -> None:
    """From where it was installed, and from nowhere else."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    code = "import pyservice_runtime.server, pyservice_runtime.client as c; print(c.__file__)"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert Path(done.stdout.strip()).is_relative_to(tmp_path)
