"""The starters of a new project: a proto for a kind of call, or the order book with its logic.

They are in the checkout, and in a wheel at the same paths below ``copier/``.
"""

import os
import re
from collections.abc import Iterator, Mapping

from ..inputs.lock import LOCK, Entry, parse_lock
from ..ownership import Owner

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_CHECKOUT = os.path.dirname(_PACKAGE)
_IN_WHEEL = os.path.join(_PACKAGE, "copier")
_EXAMPLE, _EXAMPLE_PACKAGE = "examples/orderbook", "trading"

KINDS = ("unary", "server_stream", "client_stream", "both_streams")
ORDER_BOOK, OWN_PROTO = "orderbook", "mine"
STARTS = (OWN_PROTO, *KINDS, ORDER_BOOK)

_GENERATED_FOLDERS = frozenset({"gen", "runtime", "_runtime", "__pycache__"})
"""Folders of an example without hand-written files."""


def template() -> str:
    """Return the folder with copier.yml."""
    return _IN_WHEEL if os.path.isdir(_IN_WHEEL) else _CHECKOUT


def starter_proto(start: str, package: str) -> tuple[str, bytes]:
    """Return the name of a starter's proto below the project's proto root, and its text."""
    if start == ORDER_BOOK:
        return "orderbook.proto", _read(f"{_EXAMPLE}/proto/orderbook.proto")
    text = _read(f"templates/copier/starters/{start}.proto").decode()
    return f"{package}/v1/{package}.proto", text.replace("package starter.v1;", f"package {package}.v1;").encode()


def starter_logic(start: str, package: str) -> Iterator[tuple[str, bytes]]:
    """Yield the hand-written files of a starter, as paths in the project and their texts."""
    if start != ORDER_BOOK:
        return
    example = os.path.join(template(), _EXAMPLE)
    for path in hand_written(example):
        text = _read(f"{_EXAMPLE}/{path}").decode()
        # Tests import the package by its name, and have it in the paths that they patch.
        yield (
            path.replace(f"src/{_EXAMPLE_PACKAGE}/", f"src/{package}/"),
            re.sub(rf"^(from|import) {_EXAMPLE_PACKAGE}\b", rf"\1 {package}", text, flags=re.MULTILINE).encode(),
        )


def hand_written(example: str) -> Iterator[str]:
    """Yield the Python files of an example that are written by hand: neither generated nor unedited."""
    generated = _generated(example)
    for part in ("src", "tests"):
        for folder, folders, names in os.walk(os.path.join(example, part)):
            folders[:] = sorted(set(folders) - _GENERATED_FOLDERS)
            for name in sorted(names):
                path = os.path.relpath(os.path.join(folder, name), example).replace(os.sep, "/")
                if name.endswith(".py") and not (path in generated and generated[path].names(_content(example, path))):
                    yield path


def _generated(example: str) -> Mapping[str, Entry]:
    """Return the merged files; none in a wheel, which has only the hand-written ones."""
    if not os.path.isfile(os.path.join(example, LOCK)):
        return {}
    files = parse_lock(_content(example, LOCK)).files
    return {path: entry for path, entry in files.items() if entry.owner is Owner.MERGED}


def _content(folder: str, path: str) -> bytes:
    with open(os.path.join(folder, path), "rb") as file:
        return file.read()


def _read(path: str) -> bytes:
    return _content(template(), path)
