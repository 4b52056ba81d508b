"""The interceptors of docs/interceptors.md work as they are printed."""

import re
from pathlib import Path

import pytest

from tests.project.harness import Project, make
from tests.support.command import run
from tests.support.server import serving
from tests.support.types import Typed

PAGE = Path(__file__).parents[2] / "docs" / "interceptors.md"
PROTO = """\
syntax = "proto3";
package shop.v1;

message Cart {}

service Carts {
  rpc Clear(Cart) returns (Cart);
}
"""

RESOURCES = '''\
"""Stands for a database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


async def take(subject: str) -> bool:
    """Return whether a customer has requests left."""
    return bool(subject)


@asynccontextmanager
async def begin() -> AsyncIterator[object]:
    """Begin a transaction."""
    yield object()
'''

IMPORTS = """\
from .interceptors.no_secrets import NoSecrets
from .interceptors.own_orders import OwnOrders
from .interceptors.quota import Quota
from .interceptors.transaction import Transaction
from .resources import begin, take
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project whose chain has every interceptor of the page."""
    project = make(tmp_path_factory.mktemp("interceptors") / "shop", {"shop/v1/shop.proto": PROTO})
    page = PAGE.read_text(encoding="utf-8")
    files = re.findall(r"<!-- file: (\S+) -->\n```python\n(.*?)```\n", page, flags=re.S)
    assert len(files) == page.count("```python")
    for name, text in files:
        project.write(f"src/shop/interceptors/{name}", text)
    project.write("src/shop/resources.py", RESOURCES)
    app = "src/shop/app.py"
    project.edit(app, "from .runtime.interceptors import", f"{IMPORTS}from .runtime.interceptors import")
    own = ["OwnOrders()", "Quota(take)", "Transaction(begin)", "NoSecrets()"]
    lines = "".join(f"        {each},\n" for each in own)
    project.edit(app, "        Validation(),\n", f"        Validation(),\n{lines}")
    return project


def test_the_service_starts(shop: Project, tmp_path: Path) -> None:
    """The chain is accepted, in this order."""
    with serving(shop.folder, "shop", tmp_path / "log") as server:
        assert server.stop(within=30) == 0


def test_the_wrong_order_is_refused(shop: Project, tmp_path: Path) -> None:
    """The sentence names both."""
    wrong = shop.folder.parent / "wrong"
    run(["cp", "-r", str(shop.folder), str(wrong)], tmp_path)
    app = wrong / "src/shop/app.py"
    app.write_text(
        app.read_text()
        .replace("        OwnOrders(),\n", "")
        .replace("        Tracing(),\n", "        OwnOrders(),\n        Tracing(),\n")
    )
    done = run(["python", "-m", "shop"], wrong, {"PYTHONPATH": "src", "GRPC_PORT": "0", "METRICS_PORT": "0"})
    assert done.returncode == 2
    assert "app.py: OwnOrders has to come after Authentication in interceptors=[...]." in done.stderr


def test_the_examples_are_clean(shop: Project, typed: Typed) -> None:
    """mypy --strict, ruff and black have nothing to say."""
    for done in (
        typed(shop.folder),
        run(["ruff", "check", "src"], shop.folder),
        run(["black", "--check", "-q", "src"], shop.folder),
    ):
        assert done.returncode == 0, done.said
