"""What a new project starts from: a proto for a kind of call, or the order book with its logic.

They lie in the checkout, and in a wheel at the same places below ``copier/``.
"""

import os
import re
from collections.abc import Iterator

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_CHECKOUT = os.path.dirname(_PACKAGE)
_IN_WHEEL = os.path.join(_PACKAGE, "copier")
_EXAMPLE, _EXAMPLE_PACKAGE = "examples/orderbook", "trading"

KINDS = ("unary", "server_stream", "client_stream", "both_streams")
ORDER_BOOK, OWN_PROTO = "orderbook", "mine"
STARTS = (OWN_PROTO, *KINDS, ORDER_BOOK)


def template() -> str:
    """The folder with copier.yml."""
    return _IN_WHEEL if os.path.isdir(_IN_WHEEL) else _CHECKOUT


def starter_proto(start: str, package: str) -> tuple[str, bytes]:
    """The name of a starter's proto below the project's proto root, and its text."""
    if start == ORDER_BOOK:
        return "orderbook.proto", _read(f"{_EXAMPLE}/proto/orderbook.proto")
    text = _read(f"templates/copier/starters/{start}.proto").decode()
    return f"{package}/v1/{package}.proto", text.replace("package starter.v1;", f"package {package}.v1;").encode()


def starter_logic(start: str, package: str) -> Iterator[tuple[str, bytes]]:
    """The hand-written files of a starter, as paths in the project and their texts."""
    if start != ORDER_BOOK:
        return
    example = os.path.join(template(), _EXAMPLE)
    for path in hand_written(example):
        text = _read(f"{_EXAMPLE}/{path}").decode()
        # Tests import the package by its name, and say it in the names of what they patch.
        yield (
            path.replace(f"src/{_EXAMPLE_PACKAGE}/", f"src/{package}/"),
            re.sub(rf"^(from|import) {_EXAMPLE_PACKAGE}\b", rf"\1 {package}", text, flags=re.MULTILINE).encode(),
        )


def hand_written(example: str) -> Iterator[str]:
    """The Python files of an example that are nobody else's: not machine-owned, and not as they were generated."""
    for part in ("src", "tests"):
        for folder, folders, names in os.walk(os.path.join(example, part)):
            folders[:] = sorted(name for name in folders if name not in ("gen", "__pycache__"))
            for name in sorted(names):
                path = os.path.relpath(os.path.join(folder, name), example).replace(os.sep, "/")
                if name.endswith(".py") and not _is_generated(example, path):
                    yield path


def _is_generated(example: str, path: str) -> bool:
    pristine = os.path.join(example, ".pyservice", "pristine", path)
    if not os.path.isfile(pristine):
        return False
    with open(pristine, "rb") as generated, open(os.path.join(example, path), "rb") as now:
        return generated.read() == now.read()


def _read(path: str) -> bytes:
    with open(os.path.join(template(), path), "rb") as file:
        return file.read()
