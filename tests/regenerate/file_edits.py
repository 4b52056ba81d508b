"""Edits that the user makes in any file, and what happens to a project besides."""

import difflib
import re
from dataclasses import dataclass

from tests.regenerate.contract_edits import pick
from tests.regenerate.text import Text
from tests.regenerate.user import SETTINGS, Edit, User
from tests.support.bases import LOCK, with_base

_LOCK = ".pyservice/lock.json"
_INDENTS = ("", "    ", "        ", "  ")


def _comment(path: str, text: str) -> str:
    return text if path.endswith(".md") else f"# {text}"


@dataclass(frozen=True)
class Note(Edit):
    """A comment at any place of any file of theirs."""

    file: int
    place: int
    indent: int = 0

    def make(self, user: User) -> None:
        paths = sorted({*user.merged(), *user.handlers(), *user.tests(), SETTINGS})
        path = pick(paths, self.file)
        text = user.open(path)
        code = path.endswith(".py")
        if code and text.tree() is None:
            return
        places = text.open_places() if code else list(range(len(text.lines) + 1))
        indent = pick(_INDENTS, self.indent) if code else ""
        text.lines.insert(pick(places, self.place), indent + _comment(path, user.mark()))
        user.save(path, text)


@dataclass(frozen=True)
class NoteInHandler(Edit):
    """A comment at any place of a handler's file or its tests."""

    file: int
    place: int
    indent: int

    def make(self, user: User) -> None:
        paths = [*user.handlers(), *user.tests()]
        if paths:
            path = pick(paths, self.file)
            text = user.open(path)
            if text.tree() is not None:
                place = pick(text.open_places(), self.place)
                text.lines.insert(place, f"{pick(_INDENTS, self.indent)}# {user.mark()}")
                user.save(path, text)


@dataclass(frozen=True)
class Rewrite(Edit):
    """Lines of a text that become one of theirs, or go."""

    file: int
    place: int
    many: int

    def make(self, user: User) -> None:
        paths = [path for path in user.merged() if not path.endswith((".py", ".typed", "pyproject.toml"))]
        if not paths:
            return
        path = pick(paths, self.file)
        text = user.open(path)
        if text.lines:
            place = self.place % len(text.lines)
            cut = self.many % 4
            text.lines[place : place + cut] = [_comment(path, user.mark())] if cut != 2 else []
            user.save(path, text)


@dataclass(frozen=True)
class AppendCode(Edit):
    """A function at the end of a module, or an import at its top."""

    file: int
    top: bool

    def make(self, user: User) -> None:
        paths = [p for p in {*user.merged(), *user.handlers(), *user.tests()} if p.endswith(".py")]
        if not paths:
            return
        path = pick(sorted(paths), self.file)
        text = user.open(path)
        tree = text.tree()
        if tree is None:
            return
        number = user.next
        if self.top:
            last = max((node.end_lineno or 0 for node in tree.body if type(node).__name__ in _TOP), default=0)
            text.lines.insert(last, f"import json as json_{number}  # {user.mark()}")
        else:
            text.lines += [
                "",
                "",
                f"def mine_{number}() -> int:  # {user.mark()}",
                f"    return 1  # {user.mark()}",
            ]
        user.save(path, text)


_TOP = ("ImportFrom", "Import")


@dataclass(frozen=True)
class Delete(Edit):
    """A file that goes for good."""

    file: int

    def make(self, user: User) -> None:
        kept = (f"src/{user.package}/", SETTINGS, "tests/conftest.py")
        paths = [path for path in user.merged() if not path.startswith(kept)]
        paths = sorted({*paths, *user.handlers(), *user.tests()})
        if paths:
            user.remove(pick(paths, self.file))


@dataclass(frozen=True)
class EditGenerated(Edit):
    """A change or a deletion of a generated file."""

    file: int
    place: int
    delete: bool

    def make(self, user: User) -> None:
        paths = user.generated()
        if not paths:
            return
        path = pick(paths, self.file)
        text = user.open(path)
        if self.delete:
            user.sandbox.delete(path)
            return
        # Below the header, which says whose the file is.
        text.lines.insert(1 + self.place % max(1, len(text.lines)), _comment(path, user.mark()))
        user.save(path, text)


@dataclass(frozen=True)
class NewFile(Edit):
    """A file of their own."""

    kind: int

    def make(self, user: User) -> None:
        number = user.next
        code = f"# {user.mark()}\nVALUE = {number}  # {user.mark()}\n"
        kinds = (
            (f"src/{user.package}/handlers/helpers_{number}.py", f'"""About the CartServicer."""\n{code}'),
            (f"src/{user.package}/store_{number}.py", code),
            (f"src/{user.package}/gen/extra_{number}.py", code),
            (f"tests/handlers/desk_{number}.py", f"# CartClient\n{code}"),
            (f"tests/test_{number}.py", code),
            (f"notes_{number}.md", f"{user.mark()}\n"),
            (f"deploy/compose_{number}.yaml", code),
        )
        path, content = pick(kinds, self.kind)
        user.write(path, content.encode())
        user.created.add(path)


@dataclass(frozen=True)
class TogglePart(Edit):
    """A part that is switched off or on."""

    part: int

    def make(self, user: User) -> None:
        name = pick(("client", "ci"), self.part)
        text = user.open(SETTINGS)
        first = next(number for number, line in enumerate(text.lines) if line.startswith("parts"))
        last = next(number for number, line in enumerate(text.lines) if number >= first and "]" in line)
        parts = re.findall(r'"(\w+)"', " ".join(text.lines[first : last + 1]))
        parts = [part for part in parts if part != name] if name in parts else [*parts, name]
        text.lines[first : last + 1] = [f"parts = [{', '.join(f'{chr(34)}{part}{chr(34)}' for part in parts)}]"]
        user.save(SETTINGS, text)


@dataclass(frozen=True)
class ListByPattern(Edit):
    """All protos, whatever they are called."""

    def make(self, user: User) -> None:
        text = user.open(SETTINGS)
        start = next(i for i, line in enumerate(text.lines) if line.startswith("protos"))
        end = next(i for i in range(start, len(text.lines)) if text.lines[i].rstrip().endswith("]"))
        text.lines[start : end + 1] = ['protos = ["*.proto"]']
        user.save(SETTINGS, text)


@dataclass(frozen=True)
class Resolve(Edit):
    """Conflicts decided, for what is theirs or for both sides."""

    both: bool

    def make(self, user: User) -> None:
        for path in user.files():
            text = user.open(path) if b"<<<<<<< " in (user.sandbox.read(path) or b"") else None
            if text is not None:
                text.lines = list(_resolved(text, self.both))
                user.save(path, text)


def _resolved(text: Text, both: bool) -> list[str]:
    kept: list[str] = []
    side = ""
    for line in text.lines:
        word = line[:7]
        if word in ("<<<<<<<", "|||||||", "=======", ">>>>>>>") and (side or word == "<<<<<<<"):
            side = "" if word == ">>>>>>>" else word
        elif side in ("", "<<<<<<<") or (both and side == "======="):
            kept.append(line)
    return kept


@dataclass(frozen=True)
class OlderGenerator(Edit):
    """A file as an older version of this generator would have written it: now there is something to merge."""

    file: int
    place: int
    remove: bool
    collide: bool
    """Whether the user edited the same place."""

    def make(self, user: User) -> None:
        paths = [path for path in user.merged() if not path.endswith(".typed")]
        if not paths:
            return
        path = pick(paths, self.file)
        base, disk = Text(user.bases()[path]), user.open(path)
        code = path.endswith(".py")
        if code and disk.tree() is None:
            return
        places = base.open_places() if code else list(range(len(base.lines) + 1))
        at = pick(places, self.place)
        there = _same_place(base.lines, disk.lines, at)
        if there is None:
            return
        plain = not code or base.lines[at].lstrip().startswith("#")
        for text, place in ((base, at), (disk, there)):
            if self.remove and plain:
                del text.lines[place]
            else:
                text.lines.insert(place, _comment(path, f"older {user.next}"))
        if self.collide:
            disk.lines.insert(there, _comment(path, user.mark()))
        user.next += 1
        user.save(path, disk)
        for written, content in with_base({LOCK: user.sandbox.read(LOCK) or b""}, path, base.content).items():
            user.sandbox.write(written, content)


def _same_place(base: list[str], disk: list[str], at: int) -> int | None:
    """Where a place of the base is on disk; None where its surroundings were edited."""
    for block in difflib.SequenceMatcher(None, base, disk, autojunk=False).get_matching_blocks():
        if block.a < at < block.a + block.size - 1:
            return block.b + at - block.a
    return None


@dataclass(frozen=True)
class RestyleText(Edit):
    """A text with other line ends, a byte-order mark or no last line end."""

    file: int
    style: int

    def make(self, user: User) -> None:
        paths = [path for path in (*user.merged(), SETTINGS) if not path.endswith(".typed")]
        path = pick(paths, self.file)
        text = user.open(path)
        if len(text.lines) > 1:
            text.newline = ("\r\n" if text.newline == "\n" else "\n") if self.style % 3 == 0 else text.newline
            text.bom = text.bom != (self.style % 3 == 1)
            text.closed = text.closed != (self.style % 3 == 2)
            user.save(path, text)
