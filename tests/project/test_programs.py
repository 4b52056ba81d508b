"""The programs of a generated project that are not its service."""

import re
import sys
from pathlib import Path

import pytest

from protoc_gen_pyservice.inputs.compiler import include_dir
from tests.project.harness import CART, MESSAGES, TYPES, Project, proto
from tests.support.command import run

OPTIONS = (
    "rpc Add(Item) returns (Nothing) { option (pyservice.v1.method) ="
    ' { roles: ["clerk", "boss"] audit: true timeout: 2.5 rate: 10 }; }'
)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with one method that declares something, and one that does not."""
    cart = proto("Cart", OPTIONS, "Remove").replace("import", 'import "pyservice/v1/options.proto";\nimport', 1)
    options = {"pyservice/v1/options.proto": (Path(include_dir()) / "pyservice/v1/options.proto").read_text()}
    shop = Project(tmp_path_factory.mktemp("shop"))
    for name, text in {TYPES: MESSAGES, CART: cart, **options}.items():
        shop.proto(name, text)
    shop.protoc(TYPES, CART, options=("name=shop",))
    return shop


def test_policies_are_listed(shop: Project) -> None:
    """`make show-policies` prints a line for each method, with what is declared about it."""
    done = run([sys.executable, "-m", "shop.gen.policies"], shop.folder / "src")
    assert done.returncode == 0, done.said
    assert done.stdout.splitlines() == [
        "shop.v1.Cart/Add     timeout=2.5  roles=clerk,boss  rate=10.0  audit",
        "shop.v1.Cart/Remove",
    ]


def test_a_library_that_is_too_old(shop: Project, tmp_path: Path) -> None:
    """One line says so, where importing it would end in a traceback."""
    code = (
        "import sys; from shop.gen import versions; from shop.__main__ import main;"
        " versions.MINIMUM['grpcio'] = '999'; sys.exit(main())"
    )
    done = run([sys.executable, "-c", code], shop.folder / "src")
    assert done.returncode == 2
    assert re.fullmatch(r"grpcio \S+ is too old for gen/: pip install 'grpcio>=999'\.\n", done.stderr), done.said


def test_a_runtime_that_does_not_fit(shop: Project) -> None:
    """gen/ says so when it is imported."""
    code = "from shop.runtime import version; version.VERSION = '0.0.1'; import shop.gen.registry"
    done = run([sys.executable, "-c", code], shop.folder / "src")
    assert done.returncode == 1
    assert "gen/ was generated for pyservice-runtime" in done.stderr
