"""Projects and packages that are called like a library which the project needs."""

import sys
import tomllib
from pathlib import Path

import pytest

from tests.project.harness import Project, make
from tests.support.command import run

LIBRARIES = (
    "jwt",
    "redis",
    "opentelemetry",
    "prometheus_client",
    "cryptography",
    "dotenv",
    "typing_extensions",
    "protobuf",
    "googleapis_common_protos",
    "uvloop",
    "cffi",
    "annotated_types",
    "pytest_asyncio",
    "hatchling",
    "pip",
    "libcst",
)


def _protos(package: str) -> dict[str, str]:
    text = f'syntax = "proto3";\npackage {package}.v1;\nmessage Thing {{}}\n'
    return {"a.proto": f"{text}service Keeper {{ rpc Keep(Thing) returns (Thing); }}\n"}


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_package_that_follows_from_the_proto(tmp_path: Path, library: str) -> None:
    """It gets another name, and so does a project that would be installed in place of the library."""
    project = make(tmp_path, _protos(library), ("parts=none",))
    assert project.has(f"src/{library}_service/app.py")
    name = tomllib.loads(project.text("pyproject.toml"))["project"]["name"]
    dashed = library.replace("_", "-")
    assert name == (dashed if library in ("jwt", "opentelemetry", "dotenv") else f"{dashed}-service")


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_package_that_is_asked_for(tmp_path: Path, library: str) -> None:
    """It is refused with a suggestion, in the call and in pyservice.toml, and nothing is written."""
    project = Project(tmp_path)
    project.proto("a.proto", _protos("acme")["a.proto"])
    said = project.protoc("a.proto", options=(f"package={library}",), expect=1).stderr
    words = f"that package would hide another module; try package={library}_service."
    assert words in said
    project.write(
        "pyservice.toml", f'[project]\npackage = "{library}"\n[generate]\nroots = ["proto"]\nprotos = ["a.proto"]\n'
    )
    assert words in project.generate(expect=2).stderr
    assert not project.has("Makefile")


@pytest.mark.parametrize("name", ["redis", "Prometheus_Client", "protobuf", "pip"])
def test_a_project_name_that_is_asked_for(tmp_path: Path, name: str) -> None:
    """It is refused, however it is spelled: installing the project would replace the library."""
    project = Project(tmp_path)
    project.proto("a.proto", _protos("acme")["a.proto"])
    said = project.protoc("a.proto", options=(f"name={name}",), expect=1).stderr
    assert f"installed in place of a library or tool of that name; try name={name}-service." in said


_OLDER = """
import sys
from protoc_gen_pyservice.inputs import installed
del installed.INSTALLED["redis"]
from protoc_gen_pyservice.cli import main
main(sys.argv[1:])
"""
"""A generator from before projects needed redis."""


def test_a_project_that_has_such_a_name_goes_on(tmp_path: Path) -> None:
    """Names once given stay given, also when a library of that name is needed one day."""
    project = Project(tmp_path)
    project.proto("a.proto", _protos("redis")["a.proto"])
    project.write("pyservice.toml", '[generate]\nroots = ["proto"]\nprotos = ["a.proto"]\n')
    done = run([sys.executable, "-c", _OLDER, "generate"], tmp_path)
    assert done.returncode == 0, done.said
    assert project.has("src/redis/app.py")
    project.proto("a.proto", _protos("redis")["a.proto"].replace("Thing {", "Thing { string name = 1; "))
    project.generate()
    project.protoc("a.proto")
    assert not project.has("src/redis_service/app.py")
    assert tomllib.loads(project.text("pyproject.toml"))["project"]["name"] == "redis"
    project.write("pyservice.toml", '[project]\nname = "redis"\npackage = "redis"\n' + project.text("pyservice.toml"))
    project.generate()
    project.edit("pyservice.toml", 'package = "redis"', 'package = "jwt"')
    assert "that package would hide another module; try package=jwt_service." in project.generate(expect=2).stderr
