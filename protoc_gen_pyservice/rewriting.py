"""The project's own protos that call our options by their old names: rewritten by the run that finds them.

The run sees the project as if it had been so before, and what was rewritten is part of its result: all of
it is written, or nothing.
"""

import os
import posixpath
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from .compiler import below
from .errors import OutputError, ProtoError
from .layers import UNCHANGED, Changes
from .option_names import imports_both, imports_old, may_import_old, rewritten
from .options_proto import OLD_PROTO, OPTIONS_PROTO
from .places import RECORD
from .proto_tokens import package, tokens
from .reconcile.lock import LOCK, PRISTINE, digest
from .reconcile.report import Event, Response, What
from .sources import COPIES, inside
from .tree import Overlay, Tree

_REWRITTEN = f"it imports {OPTIONS_PROTO} now and calls its options by their new names; all else is as it was"
_REPLACED = f"it is {OPTIONS_PROTO} now"

_GENERATED = frozenset(
    {
        "1c0c9cb73d0f73f757205be6374bf42c",
        "5de0d291f8f8e8bd13467ccf591ac00c",
        "6d7f074ae252bf05483f0a966f14beec",
        "da98d05b20c84b153de87ed7958bd597",
    }
)
"""The digests of all texts that the old file ever had."""


class Rewriting(NamedTuple):
    """What is to be done to the protos of a project."""

    changed: Changes = UNCHANGED
    """The new texts by path, with what is kept of them in the record; None for a copy of the old file, which goes."""
    edited: tuple[str, ...] = ()
    """Copies of the old file that a person edited, which stay."""

    def run_on(self, tree: Tree, run: Callable[[Tree], Response]) -> Response:
        """Run on the project as it is to be, and have that written too."""
        changed = {**self.changed, **_lock(self.changed, tree)}
        response = run(Overlay(tree, changed) if changed else tree)
        written = {path: text for path, text in changed.items() if text is not None and path not in response.delete}
        gone = (path for path, text in changed.items() if text is None)
        report = response.report._replace(
            events=(*response.report.events, *self._events()), todo=(*response.report.todo, *self._todo())
        )
        return Response(report, {**written, **response.write}, (*response.delete, *gone))

    def _events(self) -> Iterator[Event]:
        for path, text in self.changed.items():
            if not path.startswith(f"{RECORD}/"):
                yield Event(What.DELETED, path, _REPLACED) if text is None else Event(What.UPDATED, path, _REWRITTEN)

    def _todo(self) -> Iterator[str]:
        for path in self.edited:
            yield f"{path} was edited and stays, but it is {OPTIONS_PROTO} now: delete it, for buf refuses both together"


def find_rewriting(root: str, roots: Sequence[str], tree: Tree) -> Rewriting:
    """Look through the protos below the roots that are inside the project. Raises ProtoError for what has both names."""
    protos = dict(_own_protos(root, roots, tree))
    copies = {path: text for path in _copies(root, roots) if (text := protos.pop(path, None) or _read(tree, path))}
    gone = {path: None for path, text in copies.items() if _is_generated(text)}
    edited = (path for path, text in copies.items() if path not in gone and package(tokens(text)) == "pyservice")
    return Rewriting({**_rewritten(protos, tree), **gone}, tuple(edited))


def _own_protos(root: str, roots: Sequence[str], tree: Tree) -> Iterator[tuple[str, bytes]]:
    """Path and text of each proto; what a link leads to outside is somebody else's, as is what cannot be read."""
    for place in _places(root, roots):
        for name in below([os.path.join(root, place)]):
            path = posixpath.normpath(f"{place}/{name}")
            text = _read(tree, path)
            if text is not None:
                yield path, text


def _read(tree: Tree, path: str) -> bytes | None:
    """The text of a file; None where a link leads out of the project, or there is none."""
    try:
        return tree.read(path)
    except OutputError:
        return None


def _copies(root: str, roots: Sequence[str]) -> list[str]:
    """Where copies of the old file can be; the folder that the generator copies to need not be a root."""
    return [posixpath.normpath(f"{place}/{OLD_PROTO}") for place in dict.fromkeys((*_places(root, roots), COPIES))]


def _places(root: str, roots: Sequence[str]) -> list[str]:
    """The roots that are inside the project, relative to it."""
    found = (inside(root, os.path.join(root, folder)) for folder in roots)
    return [place for place in found if place is not None]


def _is_generated(text: bytes) -> bool:
    return digest(text.replace(b"\r\n", b"\n")) in _GENERATED


def _rewritten(protos: Mapping[str, bytes], tree: Tree) -> dict[str, bytes]:
    """The protos that change, and the pristine copies that change with them."""
    if not any(may_import_old(text) and imports_old(tokens(text)) for text in protos.values()):
        return {}
    packages = {path: package(tokens(text)) for path, text in protos.items()}
    changed: dict[str, bytes] = {}
    for path, text in protos.items():
        _check_single(path, text)
        relative = not _hides_ours(packages[path], packages.values())
        for place, content in ((path, text), (PRISTINE + path, tree.read(PRISTINE + path) or b"")):
            new = rewritten(content, relative)
            if new != content:
                changed[place] = new
    return changed


def _check_single(path: str, text: bytes) -> None:
    if imports_both(tokens(text)):
        raise ProtoError(
            f"{path} imports {OLD_PROTO} and {OPTIONS_PROTO}, which is the same under its new name: "
            f"take the import of {OLD_PROTO} out."
        )


def _hides_ours(package: str, packages: Collection[str]) -> bool:
    """Whether ``pyservice.`` means another package here: the compiler looks from the inside out."""
    for other in packages:
        parts = other.split(".")
        around = [".".join(parts[:at]) for at in range(1, len(parts)) if parts[at] == "pyservice"]
        if any(f"{package}.".startswith(f"{scope}.") for scope in around):
            return True
    return False


def _lock(changed: Changes, tree: Tree) -> Mapping[str, bytes]:
    """The lock with the digests of the pristine copies that change; two branches in one stay two."""
    before = after = tree.read(LOCK)
    for path, text in changed.items():
        kept = tree.read(path) if path.startswith(PRISTINE) else None
        if after is not None and kept is not None and text is not None:
            after = after.replace(digest(kept).encode(), digest(text).encode())
    return {LOCK: after} if after is not None and after != before else {}
