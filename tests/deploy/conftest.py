"""The project that is deployed, and all its manifests."""

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from tests.deploy import library as lending
from tests.deploy.harness import CHOICES, HERE, Rendered, Shop, generate, real, rendered
from tests.support.sharing import locked


@pytest.fixture(scope="session")
def shop(shared_folder: Path) -> Shop:
    """The project of shop.proto, generated once in a session; not to be changed."""
    folder = shared_folder / "shop"
    with locked(shared_folder, "shop"):
        if not folder.exists():
            generate(folder, (HERE / "shop.proto").read_text(encoding="utf-8"))
    return Shop(folder)


@pytest.fixture
def own_shop(shop: Shop, tmp_path: Path) -> Shop:
    """The project, to be changed by one test."""
    shutil.copytree(shop.folder, tmp_path / "shop")
    return Shop(tmp_path / "shop")


@pytest.fixture(scope="session")
def manifests(shop: Shop, shared_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a file of manifests for each choice, as kustomize renders them."""
    real("kubectl", "https://kubernetes.io/docs/tasks/tools/")
    folder = shared_folder / "manifests"
    with locked(shared_folder, "manifests"):
        if not folder.exists():
            copy = Shop(tmp_path_factory.mktemp("render") / "shop")
            shutil.copytree(shop.folder, copy.folder)
            written = {choice: yaml.safe_dump_all(rendered(copy, choice).manifests) for choice in CHOICES}
            folder.mkdir()
            for choice, text in written.items():
                (folder / f"{choice}.yaml").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def choices(manifests: Path) -> Mapping[str, Rendered]:
    """The manifests of each choice."""
    paths = {choice: manifests / f"{choice}.yaml" for choice in CHOICES}
    return {choice: Rendered(tuple(yaml.safe_load_all(path.read_bytes()))) for choice, path in paths.items()}


@pytest.fixture(scope="session")
def library(shared_folder: Path) -> lending.Library:
    """The service behind Envoy and in front of Prometheus, generated once in a session."""
    folder = shared_folder / "library"
    with locked(shared_folder, "library"):
        return lending.Library(folder) if folder.exists() else lending.generate(folder)
