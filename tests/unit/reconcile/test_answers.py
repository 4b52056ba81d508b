"""copier's answers say what pyservice.toml says."""

import pytest

from protoc_gen_pyservice.inputs.options import Options
from protoc_gen_pyservice.reconcile.answers import with_answers

TEXT = (
    b"# Kept.\n_commit: v1\nauth: none\nci: true\ndeploy:\n- load\n- container\nhandlers: async\n"
    b"name: shop\npackage: shop\n"
)


@pytest.mark.parametrize(
    ("changes", "old", "new"),
    [
        ({}, b"", b""),
        ({"parts": ("container", "load", "ci")}, b"", b""),
        ({"parts": ("client", "container", "load")}, b"ci: true", b"ci: false"),
        ({"parts": ("ci",)}, b"deploy:\n- load\n- container\n", b"deploy: []\n"),
        ({"parts": ("istio", "ci")}, b"- load\n- container\n", b"- istio\n"),
        ({"name": "null"}, b"name: shop", b"name: 'null'"),
        ({"handlers": "sync"}, b"handlers: async", b"handlers: sync"),
        ({"package": "web"}, b"package: shop", b"package: web"),
    ],
)
def test_only_what_differs_changes(changes: dict[str, str], old: bytes, new: bytes) -> None:
    """Each answer that pyservice.toml gives follows it; order, comments and other answers stay."""
    options = Options(name="shop", package="shop", parts=("client", "container", "load", "ci"))
    now = with_answers(TEXT, options._replace(**changes))  # type: ignore[arg-type]
    assert now == TEXT.replace(old, new) if old else now == TEXT


def test_an_empty_list_can_be_filled() -> None:
    """copier writes an empty list in one line."""
    options = Options(parts=("load",))
    assert with_answers(b"deploy: []\nci: true\n", options) == b"deploy:\n- load\nci: false\n"
