"""Edits that a person makes in any file, and what happens to a project besides."""

import difflib
import hashlib
import re
from dataclasses import dataclass

from tests.regenerate.contract_edits import pick
from tests.regenerate.person import PRISTINE, SETTINGS, Edit, Person
from tests.regenerate.text import Text

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

    def make(self, person: Person) -> None:
        paths = sorted({*person.merged(), *person.handlers(), *person.tests(), SETTINGS})
        path = pick(paths, self.file)
        text = person.open(path)
        code = path.endswith(".py")
        if code and text.tree() is None:
            return
        places = text.open_places() if code else list(range(len(text.lines) + 1))
        indent = pick(_INDENTS, self.indent) if code else ""
        text.lines.insert(pick(places, self.place), indent + _comment(path, person.mark()))
        person.save(path, text)


@dataclass(frozen=True)
class NoteInHandler(Edit):
    """A comment at any place of a handler's file or its tests."""

    file: int
    place: int
    indent: int

    def make(self, person: Person) -> None:
        paths = [*person.handlers(), *person.tests()]
        if paths:
            path = pick(paths, self.file)
            text = person.open(path)
            if text.tree() is not None:
                place = pick(text.open_places(), self.place)
                text.lines.insert(place, f"{pick(_INDENTS, self.indent)}# {person.mark()}")
                person.save(path, text)


@dataclass(frozen=True)
class Rewrite(Edit):
    """Lines of a text that become one of theirs, or go."""

    file: int
    place: int
    many: int

    def make(self, person: Person) -> None:
        paths = [path for path in person.merged() if not path.endswith((".py", ".typed", "pyproject.toml"))]
        if not paths:
            return
        path = pick(paths, self.file)
        text = person.open(path)
        if text.lines:
            place = self.place % len(text.lines)
            cut = self.many % 4
            text.lines[place : place + cut] = [_comment(path, person.mark())] if cut != 2 else []
            person.save(path, text)


@dataclass(frozen=True)
class AppendCode(Edit):
    """A function at the end of a module, or an import at its top."""

    file: int
    top: bool

    def make(self, person: Person) -> None:
        paths = [p for p in {*person.merged(), *person.handlers(), *person.tests()} if p.endswith(".py")]
        if not paths:
            return
        path = pick(sorted(paths), self.file)
        text = person.open(path)
        tree = text.tree()
        if tree is None:
            return
        number = person.next
        if self.top:
            last = max((node.end_lineno or 0 for node in tree.body if type(node).__name__ in _TOP), default=0)
            text.lines.insert(last, f"import json as json_{number}  # {person.mark()}")
        else:
            text.lines += [
                "",
                "",
                f"def mine_{number}() -> int:  # {person.mark()}",
                f"    return 1  # {person.mark()}",
            ]
        person.save(path, text)


_TOP = ("ImportFrom", "Import")


@dataclass(frozen=True)
class Delete(Edit):
    """A file that goes for good."""

    file: int

    def make(self, person: Person) -> None:
        kept = (f"src/{person.package}/", SETTINGS, "tests/conftest.py")
        paths = [path for path in person.merged() if not path.startswith(kept)]
        paths = sorted({*paths, *person.handlers(), *person.tests()})
        if paths:
            person.remove(pick(paths, self.file))


@dataclass(frozen=True)
class EditMachine(Edit):
    """A change where nobody is to change anything, or a deletion there."""

    file: int
    place: int
    delete: bool

    def make(self, person: Person) -> None:
        paths = person.machine()
        if not paths:
            return
        path = pick(paths, self.file)
        text = person.open(path)
        if self.delete:
            person.sandbox.delete(path)
            return
        # Below the header, which says whose the file is.
        text.lines.insert(1 + self.place % max(1, len(text.lines)), _comment(path, person.mark()))
        person.save(path, text)


@dataclass(frozen=True)
class NewFile(Edit):
    """A file of their own."""

    kind: int

    def make(self, person: Person) -> None:
        number = person.next
        code = f"# {person.mark()}\nVALUE = {number}  # {person.mark()}\n"
        kinds = (
            (f"src/{person.package}/handlers/helpers_{number}.py", f'"""About the CartServicer."""\n{code}'),
            (f"src/{person.package}/store_{number}.py", code),
            (f"src/{person.package}/gen/extra_{number}.py", code),
            (f"tests/handlers/desk_{number}.py", f"# CartClient\n{code}"),
            (f"tests/test_{number}.py", code),
            (f"notes_{number}.md", f"{person.mark()}\n"),
            (f"deploy/compose_{number}.yaml", code),
        )
        path, content = pick(kinds, self.kind)
        person.write(path, content.encode())
        person.created.add(path)


@dataclass(frozen=True)
class TogglePart(Edit):
    """A part that is switched off or on."""

    part: int

    def make(self, person: Person) -> None:
        name = pick(("client", "ci"), self.part)
        text = person.open(SETTINGS)
        first = next(number for number, line in enumerate(text.lines) if line.startswith("parts"))
        last = next(number for number, line in enumerate(text.lines) if number >= first and "]" in line)
        parts = re.findall(r'"(\w+)"', " ".join(text.lines[first : last + 1]))
        parts = [part for part in parts if part != name] if name in parts else [*parts, name]
        text.lines[first : last + 1] = [f"parts = [{', '.join(f'{chr(34)}{part}{chr(34)}' for part in parts)}]"]
        person.save(SETTINGS, text)


@dataclass(frozen=True)
class ListByPattern(Edit):
    """All protos, whatever they are called."""

    def make(self, person: Person) -> None:
        text = person.open(SETTINGS)
        start = next(i for i, line in enumerate(text.lines) if line.startswith("protos"))
        end = next(i for i in range(start, len(text.lines)) if text.lines[i].rstrip().endswith("]"))
        text.lines[start : end + 1] = ['protos = ["*.proto"]']
        person.save(SETTINGS, text)


@dataclass(frozen=True)
class Resolve(Edit):
    """Conflicts decided, for what is theirs or for both sides."""

    both: bool

    def make(self, person: Person) -> None:
        for path in person.files():
            text = person.open(path) if b"<<<<<<< " in (person.sandbox.read(path) or b"") else None
            if text is not None:
                text.lines = list(_resolved(text, self.both))
                person.save(path, text)


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
    """Whether its owner edited the same place."""

    def make(self, person: Person) -> None:
        paths = [path for path in person.merged() if not path.endswith(".typed")]
        if not paths:
            return
        path = pick(paths, self.file)
        base, disk = Text(person.sandbox.read(PRISTINE + path) or b""), person.open(path)
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
                text.lines.insert(place, _comment(path, f"older {person.next}"))
        if self.collide:
            disk.lines.insert(there, _comment(path, person.mark()))
        person.next += 1
        person.sandbox.write(PRISTINE + path, base.content)
        person.save(path, disk)
        _in_lock(person, path, base.content)


def _same_place(base: list[str], disk: list[str], at: int) -> int | None:
    """Where a place of the base is on disk; None where its surroundings were edited."""
    for block in difflib.SequenceMatcher(None, base, disk, autojunk=False).get_matching_blocks():
        if block.a < at < block.a + block.size - 1:
            return block.b + at - block.a
    return None


def _in_lock(person: Person, path: str, content: bytes) -> None:
    lock = (person.sandbox.read(_LOCK) or b"").decode()
    digest = hashlib.sha256(content).hexdigest()[:32]
    lock = re.sub(rf'("file {re.escape(path)}": "\w+) \w+', rf"\1 {digest}", lock)
    lock = re.sub(r'"request": "\w*"', '"request": ""', lock)
    person.sandbox.write(_LOCK, lock.encode())


@dataclass(frozen=True)
class RestyleText(Edit):
    """A text with other line ends, a byte-order mark or no last line end."""

    file: int
    style: int

    def make(self, person: Person) -> None:
        paths = [path for path in (*person.merged(), SETTINGS) if not path.endswith(".typed")]
        path = pick(paths, self.file)
        text = person.open(path)
        if len(text.lines) > 1:
            text.newline = ("\r\n" if text.newline == "\n" else "\n") if self.style % 3 == 0 else text.newline
            text.bom = text.bom != (self.style % 3 == 1)
            text.closed = text.closed != (self.style % 3 == 2)
            person.save(path, text)
