"""Protos in folders that are called like the modules of ``gen/`` hide none of them."""

import sys
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

from protoc_gen_pyservice.model.modules import RESERVED
from tests.project.harness import Project, make
from tests.support import server
from tests.support.command import run
from tests.support.stubs import STUB

FOLDERS = sorted(RESERVED)


def _protos() -> Iterator[tuple[str, str]]:
    for folder in FOLDERS:
        text = f'syntax = "proto3";\npackage {folder}.v1;\n\nmessage Thing {{}}\n'
        yield f"{folder}/v1/{folder}.proto", f"{text}\nservice Keeper {{\n  rpc Keep(Thing) returns (Thing);\n}}\n"


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with a proto folder for every module of ours."""
    return make(tmp_path_factory.mktemp("crowded"), dict(_protos()), ("name=crowd",))


def test_the_list_is_that_of_the_files(crowded: Project) -> None:
    """What is reserved is what a project has in gen/."""
    there = {path.stem for path in (crowded.folder / "src/crowd/gen").glob("*.py")}
    assert there == RESERVED


def test_all_modules_import(crowded: Project) -> None:
    """Ours and those of the protos are imported from gen/, each by its own name."""
    names = [f"crowd.gen.{name}" for name in FOLDERS if name != "__init__"]
    names += [f"crowd.gen.{name}_.v1.{name}_pb2" for name in FOLDERS]
    code = "import importlib, sys\nfor name in sys.argv[1:]: print(importlib.import_module(name).__file__)"
    done = run([sys.executable, "-W", "error", "-c", code, *names], crowded.folder / "src")
    assert done.returncode == 0, done.said
    assert not [line for line in done.stdout.splitlines() if line.endswith("__init__.py")], done.stdout


def test_all_services_are_served(crowded: Project, tmp_path: Path) -> None:
    """The service of each such folder answers."""
    with (
        server.serving(crowded.folder, "crowd", tmp_path / "log") as running,
        grpc.insecure_channel(f"127.0.0.1:{running.port}") as channel,
    ):
        for folder in FOLDERS:
            code, said = server.refusal(channel, server.Rpc(f"{folder}.v1.Keeper", "Keep", False, False))
            assert code is grpc.StatusCode.UNIMPLEMENTED, f"{folder}: {said}"
            assert "/handlers/" in said


def test_its_own_tests_pass(crowded: Project) -> None:
    """The project's tests import what they mean."""
    done = crowded.tests()
    assert done.returncode == 0, done.said


_OLDER = """
import sys
from protoc_gen_pyservice import manifest
manifest.FILES = tuple(entry for entry in manifest.FILES if not entry.path.endswith("/gen/policies.py"))
from protoc_gen_pyservice.cli import main
main(sys.argv[1:])
"""
"""A generator from before there was a module gen/policies.py."""


@pytest.fixture
def older(tmp_path: Path) -> Project:
    """A project of that generator, whose protos had no reserved names."""
    project = Project(tmp_path)
    for name, text in _protos():
        if name.startswith("policies/"):
            project.proto(name, text)
    project.write(
        "pyservice.toml", '[project]\nname = "crowd"\n[generate]\nprotos = ["**/*.proto"]\nroots = ["proto"]\n'
    )
    done = run([sys.executable, "-c", _OLDER, "generate"], tmp_path)
    assert done.returncode == 0, done.said
    assert project.has("src/crowd/gen/policies/v1/policies_pb2.py")
    return project


def test_handlers_follow_a_folder_that_is_moved_aside(older: Project) -> None:
    """A new module of ours takes the place of a proto folder, and the imports of the user's go along."""
    handler = "src/crowd/handlers/keeper.py"
    older.edit(handler, f"        {STUB}", "        return policies_pb2.Thing()")
    older.edit("proto/policies/v1/policies.proto", "message Thing {}", "message Thing {\n  string name = 1;\n}")
    done = older.generate()
    assert "from ..gen.policies_.v1 import policies_pb2" in older.text(handler)
    assert "        return policies_pb2.Thing()" in older.text(handler)
    assert older.has("src/crowd/gen/policies.py"), done.said
    assert not (older.folder / "src/crowd/gen/policies").exists()
    assert older.tests().returncode == 0
