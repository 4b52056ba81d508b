"""A stub that an upgrade converts is the one that is generated today."""

from pathlib import Path

from protoc_gen_pyservice.reconcile.upgrade.stubs import STUB
from tests.support import stubs

TEMPLATE = Path(__file__).parents[3] / "templates/service/src/__package__/handlers/_method.py.jinja"


def test_the_stub_is_that_of_the_template() -> None:
    """Otherwise an unedited stub would count as edited, and an RPC of another kind could not replace it."""
    assert f"        {STUB}\n" in TEMPLATE.read_text()
    assert stubs.STUB == STUB
