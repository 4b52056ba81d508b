"""The first generation of a project that so far has a pyservice.toml and nothing else."""

import os
import re
from collections.abc import Iterator
from typing import NamedTuple

from . import repository
from .apply import apply
from .compiler import is_shipped
from .errors import OptionError, ProtoError
from .generation import generate, generate_from
from .options import SETTINGS, parse_options, read_settings
from .options_proto import OLD_PROTO
from .reconcile.lock import LOCK
from .reconcile.report import Response, What
from .sources import COPIES
from .starters import MINE, ORDER_BOOK, starter_logic, starter_proto
from .tree import DiskTree

_PACKAGE = re.compile(r"^\s*package\s+([\w.]+)\s*;", re.MULTILINE)
_IMPORT = re.compile(r'^\s*import\s+(?:public\s+|weak\s+|option\s+)?"([^"]+)"\s*;', re.MULTILINE)


class Started(NamedTuple):
    """What came of it."""

    response: Response
    repository: str = ""
    """What became of the repository, where it is worth a word."""
    next: tuple[str, ...] = ()
    """What to do now, a line each."""


def start(root: str, kind: str, proto: str, git: bool) -> Started:
    """Make the project, from a proto of the user's or a starter. Raises GenerationError.

    A project that was generated before is only brought along.
    """
    tree = DiskTree(root)
    if tree.read(LOCK) is not None:
        return Started(generate(root, "", write=True))
    options = parse_options("", read_settings(tree))
    if not options.package:
        raise OptionError(f"{SETTINGS} in {root} names no project.package: name it.")
    if kind == MINE:
        include, name = _place(proto)
        response = generate_from(root, include, [name])
    else:
        name, text = starter_proto(kind, options.package)
        apply(root, {f"{COPIES}/{name}": text}, ())
        response = generate_from(root, os.path.join(root, COPIES), [name])
        apply(root, dict(starter_logic(kind, options.package)), ())
    said = repository.begin(root) if git else ""
    response = _all_created(response)
    return Started(response, said, tuple(_next(response, options.package, f"{COPIES}/{name}", kind == ORDER_BOOK)))


def _all_created(response: Response) -> Response:
    """Its pyservice.toml was there for a moment before; that is nothing to tell."""
    events = (
        event._replace(what=What.CREATED) if event.path == SETTINGS else event for event in response.report.events
    )
    return response._replace(report=response.report._replace(events=tuple(events)))


def _place(proto: str) -> tuple[str, str]:
    """The folder that a proto's imports are looked up in, and its name below it."""
    path = os.path.abspath(os.path.expanduser(proto))
    if not proto or not os.path.isfile(path):
        raise OptionError(f"there is no proto {proto or '(none was named)'}: name a file that ends in .proto.")
    with open(path, encoding="utf-8", errors="replace") as file:
        text = file.read()
    # The old name of our options has a refusal of its own, once the rest is found.
    imports = [name for name in _IMPORT.findall(text) if name != OLD_PROTO and not is_shipped(name)]
    for folder in _candidates(path, text):
        if all(os.path.isfile(os.path.join(folder, name)) for name in imports):
            return folder, os.path.relpath(path, folder).replace(os.sep, "/")
    raise ProtoError(
        f"{proto} imports {' and '.join(imports)}, which no folder above it has together: "
        "run protoc --pyservice_out=DIR, with -I for each folder that imports are in."
    )


def _candidates(path: str, text: str) -> Iterator[str]:
    """Folders that may be the root, the likeliest first: the one that the package tells, then those above."""
    package = _PACKAGE.search(text)
    folder = os.path.dirname(path)
    inside = package[1].replace(".", os.sep) if package else ""
    if inside and folder.endswith(os.sep + inside):
        yield folder.removesuffix(os.sep + inside) or os.sep
    while True:
        yield folder
        if folder == os.path.dirname(folder):
            return
        folder = os.path.dirname(folder)


def _next(response: Response, package: str, proto: str, written: bool) -> Iterator[str]:
    handlers = [path for path in response.write if path.startswith(f"src/{package}/handlers/")]
    logic = next((path for path in handlers if not path.endswith("__init__.py")), None)
    if logic is None:
        yield f"make generate    once {proto} has a service"
        return
    yield "make run         serves it on 127.0.0.1:50051; make test runs its tests"
    yield f"{'read' if written else 'write'} the logic  in {logic}"
    yield f"make generate    after each edit of {proto}"
