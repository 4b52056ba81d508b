"""What is known of one file of a project: whose it is, what it comes from, what happens to edits."""

import re
from typing import NamedTuple

from ..errors import OptionError, OutputError
from ..inputs.lock import LOCK, PRISTINE, Lock, digest
from ..inputs.options import Options
from ..inputs.tree import Tree
from ..manifest import FILES, Entry
from ..ownership import Owner
from ..reconcile.merge import has_markers

_OWNERS = {
    Owner.MACHINE: "the machine",
    Owner.MERGED: "you",
    Owner.HANDLERS: "you",
    Owner.CONTRACT: "you",
    Owner.SETTINGS: "you",
}

_EDITS = {
    Owner.MACHINE: "It is written anew each time; an edited version is kept in .pyservice/overwritten/.",
    Owner.MERGED: "They stay: newly generated text is merged into the file, and where both changed the same lines "
    "it gets conflict markers.",
    Owner.HANDLERS: "They stay: an RPC that joins the proto gets a stub, untouched annotations follow changed types, "
    "and nothing else is touched.",
    Owner.CONTRACT: "They stay, and the service follows them; the file is never removed.",
    Owner.SETTINGS: "They stay, comments and order too; only values that changed are brought along.",
}

_ALONE = "Nothing: it was never generated, and is never touched."
_RECORD = "Leave it alone: it is how the next run tells your edits from generated text. Keep it in version control."


class Explanation(NamedTuple):
    """The answer, a field a line."""

    path: str
    owner: str
    edits: str
    """What happens to edits."""
    state: str
    source: str = ""
    """The template, or what else it is made from."""
    part: str = ""
    """The part that it comes with."""

    def lines(self) -> list[str]:
        """For a person."""
        rows = [("owner", self.owner), ("state", self.state), ("made from", self.source), ("part", self.part)]
        return [self.path, *(f"  {name:<10} {text}" for name, text in (*rows, ("edits", self.edits)) if text)]

    def document(self) -> dict[str, str | None]:
        """For programs."""
        return {field: value or None for field, value in self._asdict().items()}


def explain(path: str, tree: Tree, lock: Lock | None, options: Options) -> Explanation:
    """Explain a path of the project. Raises OptionError for one that nobody knows."""
    if lock is None or lock.package is None:
        raise OutputError(f"there is no {LOCK} here: run this in a generated project.")
    if path.startswith(".pyservice/"):
        return Explanation(path, "the machine", _RECORD, _presence(tree.read(path)), "the last run")
    entry = _entry(path, lock.package)
    known = lock.files.get(path)
    if known is None:
        return _not_generated(path, tree, entry, options)
    return Explanation(
        path,
        _OWNERS[known.owner],
        _EDITS[known.owner],
        _state(path, known.owner, known.digest, tree, lock),
        _source(path, known.owner, entry),
        (entry and entry.part) or "",
    )


def _not_generated(path: str, tree: Tree, entry: Entry | None, options: Options) -> Explanation:
    disk = tree.read(path)
    if entry is not None and entry.part and entry.part not in options.parts:
        off = f"not generated: the part {entry.part} is off; add it to project.parts in pyservice.toml"
        return Explanation(path, "you" if disk is not None else "nobody", _ALONE, off, _template(entry), entry.part)
    if disk is None:
        raise OptionError(f"there is no {path}, and none is generated: name a file of this project.")
    return Explanation(path, "you", _ALONE, "written by you", "")


def _entry(path: str, package: str) -> Entry | None:
    """The line of the table of contents that a path comes from."""
    for entry in FILES:
        pattern = re.escape(entry.path.replace("{package}", package)).replace(r"\{service\}", r"\w+")
        if re.fullmatch(pattern, path):
            return entry
    return None


def _template(entry: Entry) -> str:
    return f"templates/{entry.template}"


def _source(path: str, owner: Owner, entry: Entry | None) -> str:
    if owner is Owner.CONTRACT:
        return "the proto that the project was made from"
    if entry is not None:
        return _template(entry)
    if re.search(r"_pb2(_grpc)?\.pyi?$", path):
        return "the protobuf compiler"
    return "the layout of the protos"


def _state(path: str, owner: Owner, generated: str, tree: Tree, lock: Lock) -> str:
    disk = tree.read(path)
    if disk is None:
        return f"deleted; pyservice generate --restore {path} brings it back"
    if path in lock.conflicts and has_markers(disk):
        return "conflict markers are in it: resolve them"
    if owner is Owner.HANDLERS:
        return "yours since it was first generated" if digest(disk) != generated else "as it was generated"
    if owner is Owner.SETTINGS:
        return "read on each run"
    base = tree.read(PRISTINE + path)
    same = digest(disk) == generated if base is None else disk == base
    return "as it was generated" if same else "edited"


def _presence(content: bytes | None) -> str:
    return "there" if content is not None else "not there"
