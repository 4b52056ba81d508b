"""The explanation of one file of a project: owner, source, state, and what happens to edits."""

import re
from typing import NamedTuple

from ..errors import OptionError, OutputError
from ..inputs.lock import LOCK, Lock
from ..inputs.lock import Entry as Generated
from ..inputs.options import Options
from ..inputs.tree import Tree
from ..manifest import FILES, Entry
from ..ownership import Owner
from ..reconcile.merge import has_markers

_OWNERS = {
    Owner.GENERATED: "the generator",
    Owner.MERGED: "you",
    Owner.HANDLERS: "you",
    Owner.CONTRACT: "you",
    Owner.SETTINGS: "you",
}

_EDITS = {
    Owner.GENERATED: "They are overwritten by each run, which keeps the edited version in .pyservice/overwritten/.",
    Owner.MERGED: "They stay: newly generated text is merged into the file, and where both changed the same lines "
    "it gets conflict markers.",
    Owner.HANDLERS: "They stay: an RPC that joins the proto gets a stub, untouched annotations follow changed types, "
    "and nothing else is touched.",
    Owner.CONTRACT: "They stay, and the service follows them; the file is never removed.",
    Owner.SETTINGS: "They stay, comments and order too; only values that changed are updated.",
}

_NOT_GENERATED = "Nothing: it was never generated, and is never touched."
_RECORD = "Do not edit it: the next run needs it to tell your edits from generated text. Commit it."


class Explanation(NamedTuple):
    """The answer, one field on each line."""

    path: str
    owner: str
    edits: str
    """The fate of edits."""
    state: str
    source: str = ""
    """The template, or other source, that it is generated from."""
    part: str = ""
    """The part of the project that it belongs to."""

    def lines(self) -> list[str]:
        """Return the answer as text."""
        rows = [("owner", self.owner), ("state", self.state), ("source", self.source), ("part", self.part)]
        return [self.path, *(f"  {name:<10} {text}" for name, text in (*rows, ("edits", self.edits)) if text)]

    def document(self) -> dict[str, str | None]:
        """Return the answer as JSON-ready values."""
        return {field: value or None for field, value in self._asdict().items()}


def explain(path: str, tree: Tree, lock: Lock | None, options: Options) -> Explanation:
    """Return the explanation of a path of the project. Raises OptionError if the file does not exist."""
    if lock is None or lock.package is None:
        raise OutputError(f"{LOCK} not found: run this in a generated project.")
    if path.startswith(".pyservice/"):
        return Explanation(path, "the generator", _RECORD, _presence(tree.read(path)), "the last run")
    entry = _entry(path, lock.package)
    known = lock.files.get(path)
    if known is None:
        return _not_generated(path, tree, entry, options)
    return Explanation(
        path,
        _OWNERS[known.owner],
        _EDITS[known.owner],
        _state(path, known, tree, lock),
        _source(path, known.owner, entry),
        (entry and entry.part) or "",
    )


def _not_generated(path: str, tree: Tree, entry: Entry | None, options: Options) -> Explanation:
    disk = tree.read(path)
    if entry is not None and entry.part and entry.part not in options.parts:
        off = f"not generated: the part {entry.part} is off; add it to project.parts in pyservice.toml"
        return Explanation(
            path, "you" if disk is not None else "none", _NOT_GENERATED, off, _template(entry), entry.part
        )
    if disk is None:
        raise OptionError(f"{path} does not exist and is not generated: name a file of this project.")
    return Explanation(path, "you", _NOT_GENERATED, "written by you", "")


def _entry(path: str, package: str) -> Entry | None:
    """Return the manifest entry of a path."""
    for entry in FILES:
        pattern = re.escape(entry.path.replace("{package}", package)).replace(r"\{service\}", r"\w+")
        if re.fullmatch(pattern, path):
            return entry
    return None


def _template(entry: Entry) -> str:
    return f"templates/{entry.template}"


def _source(path: str, owner: Owner, entry: Entry | None) -> str:
    if owner is Owner.CONTRACT:
        return "the proto that the project was generated from"
    if entry is not None:
        return _template(entry)
    if re.search(r"_pb2(_grpc)?\.pyi?$", path):
        return "the protobuf compiler"
    return "the layout of the protos"


def _state(path: str, known: Generated, tree: Tree, lock: Lock) -> str:
    disk = tree.read(path)
    if disk is None:
        return f"deleted; pyservice generate --restore {path} restores it"
    if path in lock.conflicts and has_markers(disk):
        return "it has conflict markers: resolve them"
    if known.owner is Owner.SETTINGS:
        return "read on each run"
    if known.names(disk):
        return "as generated"
    return "yours since it was first generated" if known.owner is Owner.HANDLERS else "edited"


def _presence(content: bytes | None) -> str:
    return "exists" if content is not None else "does not exist"
