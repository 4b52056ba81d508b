"""New methods of handlers are `async def` or plain `def`, as the option says; existing ones stay."""

from pathlib import Path

import pytest

from tests.copier.harness import new
from tests.project.harness import CART, CLEAR, HANDLER, SETTLED, Project, make, proto

SETTINGS = "pyservice.toml"
KEY = 'handlers = "sync"\n'


@pytest.fixture
def plain(tmp_path: Path) -> Project:
    """A project that was generated with plain handlers."""
    return make(tmp_path / "shop", options=("handlers=sync",))


def test_the_option_of_a_first_run_stays(plain: Project) -> None:
    """It is in pyservice.toml, so the next run adds a plain method without being told."""
    assert KEY in plain.text(SETTINGS)
    before = plain.text(HANDLER)
    assert "async" not in before
    plain.proto(CART, CLEAR)
    plain.generate()
    after = plain.text(HANDLER)
    assert after.startswith(before)
    assert after.removeprefix(before).startswith("\n    def clear(\n")
    assert plain.generate().stderr == SETTLED


def test_another_value_is_for_new_methods(plain: Project) -> None:
    """Without the key they are `async def`, beside the plain ones, which are not changed."""
    plain.edit(SETTINGS, KEY, "")
    before = plain.text(HANDLER)
    plain.generate()
    assert plain.text(HANDLER) == before
    plain.proto(CART, CLEAR)
    plain.generate()
    after = plain.text(HANDLER)
    assert after.startswith(before)
    assert after.removeprefix(before).startswith("\n    async def clear(\n")
    assert KEY not in plain.text(SETTINGS)


def test_a_call_can_choose(plain: Project) -> None:
    """The option of a call is stronger than pyservice.toml."""
    plain.proto(CART, proto("Cart", "Add", "Remove", "rpc Watch(stream Item) returns (stream Nothing);"))
    plain.protoc(CART, options=("handlers=async",))
    handler = plain.text(HANDLER)
    assert "from collections.abc import AsyncIterator\n" in handler
    assert "    async def watch(\n        self,\n        requests: AsyncIterator[" in handler
    assert "    def add(" in handler


def test_pyservice_new_asks_for_it(tmp_path: Path) -> None:
    """The answer is in pyservice.toml, and the first handlers are plain."""
    new(tmp_path, "shop", "--defaults", "--no-git", "--data=handlers=sync", "--data=start=client_stream")
    shop = Project(tmp_path / "shop")
    assert KEY in shop.text(SETTINGS)
    (handler,) = (path for path in shop.files() if path.startswith("src/shop/handlers/") and "__" not in path)
    assert "    def record_readings(\n        self,\n        requests: Iterator[" in shop.text(handler)
    assert shop.generate().stderr == SETTLED
