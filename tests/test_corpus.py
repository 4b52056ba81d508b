"""Published APIs become projects that serve: real protos hold what no case of ours would think of."""

import sys
import tomllib
from pathlib import Path

import grpc
import pytest

from protoc_gen_pyservice.inputs.distributions import BUILT_IN_SERVICES
from tests.support import server
from tests.support.command import run
from tests.support.corpus import CORPUS, Api, DescriptorSet, descriptor_set
from tests.support.own_tests import own_tests
from tests.support.protoc import protoc

SERVED = [api for api in CORPUS if api.name not in ("yandexcloud", "flyteidl")]
"""yandexcloud is the large input of the benchmark; flyteidl lacks a file."""


def generate(found: DescriptorSet, targets: tuple[str, ...], folder: Path) -> str:
    """Run protoc on targets of an API; returns what it said."""
    folder.mkdir()
    done = protoc(f"--descriptor_set_in={found.path}", f"--pyservice_out={folder}", *targets, cwd=folder)
    assert done.returncode == 0, done.said
    return done.stderr


def package_of(folder: Path) -> str:
    """The Python package of a generated project."""
    return str(tomllib.loads((folder / "pyservice.toml").read_text())["project"]["package"])


_MANY = 15
"""Services."""


@pytest.mark.parametrize("api", SERVED, ids=lambda api: api.name)
def test_a_published_api_is_served_and_passes_its_own_tests(api: Api, tmp_path: Path) -> None:
    """Every service answers health and reflection, and the project's own test suite is green."""
    found = descriptor_set(api)
    folder = tmp_path / "project"
    generate(found, found.targets, folder)
    package = package_of(folder)
    own = {name for name, _ in server.rpcs(found.path, found.targets)} - BUILT_IN_SERVICES

    with server.serving(folder, package, tmp_path / "log") as running:
        with grpc.insecure_channel(f"127.0.0.1:{running.port}") as channel:
            assert {server.health(channel, name) for name in own} == {"SERVING"}
            assert server.listed(channel) == own | BUILT_IN_SERVICES
        assert running.stop(within=10) == 0

    # By the thousand, odd requests find nothing that they do not find in smaller APIs.
    fuzz = ["--ignore=tests/gen/test_fuzz.py"] if len(own) > _MANY else []
    tested = own_tests(folder, *fuzz)
    assert tested.returncode == 0, tested.said


def test_an_api_that_lacks_an_import_is_refused_by_name(tmp_path: Path) -> None:
    """flyteidl imports a file that no wheel ships: the answer names it, and nothing is written."""
    found = descriptor_set(next(api for api in CORPUS if api.name == "flyteidl"))
    folder = tmp_path / "project"
    folder.mkdir()
    done = protoc(f"--descriptor_set_in={found.path}", f"--pyservice_out={folder}", *found.targets, cwd=folder)
    assert done.returncode != 0
    assert found.missing[0] in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(folder.iterdir())


def test_the_rest_of_an_api_that_lacks_an_import_is_served(tmp_path: Path) -> None:
    """The files of flyteidl that need nothing missing are generated like any other."""
    found = descriptor_set(next(api for api in CORPUS if api.name == "flyteidl"))
    targets = tuple(name for name in found.targets if name not in found.blocked)
    folder = tmp_path / "project"
    assert "created" in generate(found, targets, folder)
    imported = run([sys.executable, "-c", f"import {package_of(folder)}.gen.registry"], folder / "src")
    assert imported.returncode == 0, imported.said
