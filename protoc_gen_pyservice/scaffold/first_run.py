"""The first generation of a project, which has only a pyservice.toml so far."""

import os
import re
from collections.abc import Iterator
from typing import NamedTuple

from ..errors import OptionError, ProtoError
from ..inputs.compiler import is_shipped
from ..inputs.lock import LOCK
from ..inputs.options import SETTINGS, parse_options, read_settings
from ..inputs.options_proto import OLD_PROTO
from ..inputs.sources import COPIES
from ..inputs.tree import DiskTree
from ..manifest import handlers_folder
from ..outputs.journal import apply
from ..outputs.report import Changeset, FileAction
from ..regenerate import generate, generate_from
from .git import begin as begin_repository
from .starters import ORDER_BOOK, OWN_PROTO, starter_logic, starter_proto

_PACKAGE = re.compile(r"^\s*package\s+([\w.]+)\s*;", re.MULTILINE)
_IMPORT = re.compile(r'^\s*import\s+(?:public\s+|weak\s+|option\s+)?"([^"]+)"\s*;', re.MULTILINE)


class Started(NamedTuple):
    """The outcome of `start`."""

    response: Changeset
    repository: str = ""
    """A note about the git repository, if any."""
    next: tuple[str, ...] = ()
    """The next steps, one on each line."""


def start(root: str, kind: str, proto: str, git: bool) -> Started:
    """Create the project, from the user's proto or a starter. Raises GenerationError.

    A project that was generated before is only updated.
    """
    tree = DiskTree(root)
    if tree.read(LOCK) is not None:
        return Started(generate(root, "", write=True))
    options = parse_options("", read_settings(tree))
    if not options.package:
        raise OptionError(f"{SETTINGS} in {root} has no project.package: add it.")
    if kind == OWN_PROTO:
        include, name = _place(proto)
        response = generate_from(root, include, [name])
    else:
        name, text = starter_proto(kind, options.package)
        apply(root, {f"{COPIES}/{name}": text}, ())
        response = generate_from(root, os.path.join(root, COPIES), [name])
        apply(root, dict(starter_logic(kind, options.package)), ())
    repository = begin_repository(root) if git else ""
    response = _all_created(response)
    return Started(
        response, repository, tuple(_next(response, options.package, f"{COPIES}/{name}", kind == ORDER_BOOK))
    )


def _all_created(response: Changeset) -> Changeset:
    """Return the changes with pyservice.toml, which was written just before, reported as created."""
    events = (
        event._replace(action=FileAction.CREATED) if event.path == SETTINGS else event
        for event in response.report.events
    )
    return response._replace(report=response.report._replace(events=tuple(events)))


def _place(proto: str) -> tuple[str, str]:
    """Return the root folder of a proto's imports, and its name below it."""
    path = os.path.abspath(os.path.expanduser(proto))
    if not proto or not os.path.isfile(path):
        raise OptionError(f"proto {proto or '(none was named)'} not found: name a file that ends in .proto.")
    with open(path, encoding="utf-8", errors="replace") as file:
        text = file.read()
    # The old name of pyservice's options is refused later, with a message of its own.
    imports = [name for name in _IMPORT.findall(text) if name != OLD_PROTO and not is_shipped(name)]
    for folder in _candidates(path, text):
        if all(os.path.isfile(os.path.join(folder, name)) for name in imports):
            return folder, os.path.relpath(path, folder).replace(os.sep, "/")
    raise ProtoError(
        f"{proto} imports {' and '.join(imports)}, but no folder above it has all of them: "
        "run protoc --pyservice_out=DIR, with -I for each folder that imports are in."
    )


def _candidates(path: str, text: str) -> Iterator[str]:
    """Yield folders that may be the root, likeliest first: the one that matches the package, then those above."""
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


def _next(response: Changeset, package: str, proto: str, written: bool) -> Iterator[str]:
    handlers = [path for path in response.write if path.startswith(f"{handlers_folder(package)}/")]
    logic = next((path for path in handlers if not path.endswith("__init__.py")), None)
    if logic is None:
        yield f"make generate    once {proto} has a service"
        return
    yield "make run         serves it on 127.0.0.1:50051; make test runs its tests"
    yield f"{'read' if written else 'write'} the logic  in {logic}"
    yield f"make generate    after each edit of {proto}"
