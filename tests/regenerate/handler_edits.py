"""Edits that a person makes in files with handlers and tests."""

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass

from tests.regenerate.contract_edits import pick
from tests.regenerate.person import Edit, Person
from tests.regenerate.text import Text, functions, margin, span

_STREAM = re.compile(r"AsyncIterator\[(.+)\]", re.DOTALL)


def is_handler(text: Text) -> list[ast.ClassDef]:
    """The handler classes of a file, wherever in it."""
    tree = text.tree()
    return [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and servicer(node)] if tree else []


def servicer(node: ast.ClassDef) -> str:
    """The servicer that a class derives from; empty if from none."""
    names = [base.id for base in node.bases if isinstance(base, ast.Name)]
    return next((name for name in names if name.endswith("Servicer")), "")


def _is_alive(person: Person, path: str) -> bool:
    """Whether a file has handlers, all of them of services that are there."""
    bases = person.sandbox.read(f"src/{person.package}/gen/servicers.py") or b""
    classes = is_handler(person.open(path))
    return bool(classes) and all(f"class {servicer(node)}:".encode() in bases for node in classes)


class HandlerEdit(Edit):
    """An edit of one handler class."""

    handler: int

    def make(self, person: Person) -> None:
        found = [(path, number) for path in person.handlers() for number in range(len(is_handler(person.open(path))))]
        if found:
            path, number = pick(found, self.handler)
            text = person.open(path)
            self.change(person, path, text, is_handler(text)[number])

    def change(self, person: Person, path: str, text: Text, node: ast.ClassDef) -> None:
        """Edit the class, and save its file."""
        raise NotImplementedError


def _inner(text: Text, node: ast.ClassDef) -> str:
    """How far the body of a class is indented."""
    return margin(text.lines[node.body[0].lineno - 1])


@dataclass(frozen=True)
class WriteBody(HandlerEdit):
    """Logic instead of what was there, in one method."""

    handler: int
    method: int

    def change(self, person: Person, path: str, text: Text, node: ast.ClassDef) -> None:
        methods = [f for f in functions(node.body) if isinstance(f, ast.AsyncFunctionDef) and f.returns]
        if not methods:
            return
        method = pick(methods, self.method)
        assert method.end_lineno is not None
        assert method.returns is not None
        documented = isinstance(method.body[0], ast.Expr) and isinstance(method.body[0].value, ast.Constant)
        first = method.body[0].end_lineno if documented else method.body[0].lineno - 1
        assert first is not None
        answer = ast.unparse(method.returns).strip("'\"")
        stream = _STREAM.fullmatch(answer)
        indent = margin(text.lines[method.body[0].lineno - 1])
        last = f"yield {stream[1]}()" if stream else f"return {answer}()"
        text.lines[first : method.end_lineno] = [
            f"{indent}# {person.mark()}",
            f"{indent}count = 1  # {person.mark()}",
            f"{indent}if count:  # {person.mark()}",
            f"{indent}    {last}  # {person.mark()}",
            f"{indent}raise AssertionError  # {person.mark()}",
        ]
        person.save(path, text)


@dataclass(frozen=True)
class NoteSignature(HandlerEdit):
    """A comment beside the first line of a method, which may be given another name."""

    handler: int
    method: int

    def change(self, person: Person, path: str, text: Text, node: ast.ClassDef) -> None:
        methods = functions(node.body)
        if methods:
            text.lines[pick(methods, self.method).lineno - 1] += f"  # {person.mark()} ~"
            person.save(path, text)


@dataclass(frozen=True)
class AddHelper(HandlerEdit):
    """A method of their own, before or behind one of the others."""

    handler: int
    place: int

    def change(self, person: Person, path: str, text: Text, node: ast.ClassDef) -> None:
        places = [place for method in functions(node.body) for place in span(method)] or [span(node)[1]]
        indent = _inner(text, node)
        number, first = person.next, person.mark()
        lines = [
            "",
            f"{indent}def helper_{number}(self) -> int:  # {first}",
            f"{indent}    return 1  # {person.mark()}",
            "",
        ]
        place = pick(places, self.place)
        text.lines[place:place] = lines
        person.save(path, text)


@dataclass(frozen=True)
class AddAttribute(HandlerEdit):
    """An attribute of the class, at its beginning or its end."""

    handler: int
    last: bool

    def change(self, person: Person, path: str, text: Text, node: ast.ClassDef) -> None:
        place = span(node)[1] if self.last else span(node.body[0])[1]
        number = person.next
        text.lines[place:place] = [f"{_inner(text, node)}limit_{number} = {number}  # {person.mark()}"]
        person.save(path, text)


@dataclass(frozen=True)
class SwapMethods(HandlerEdit):
    """Two methods in another order."""

    handler: int
    first: int
    second: int

    def change(self, person: Person, path: str, text: Text, node: ast.ClassDef) -> None:
        methods = functions(node.body)
        one, two = sorted((self.first % max(1, len(methods)), self.second % max(1, len(methods))))
        if one != two:
            (a, b), (c, d) = span(methods[one]), span(methods[two])
            lines = text.lines
            text.lines = lines[:a] + lines[c:d] + lines[b:c] + lines[a:b] + lines[d:]
            person.save(path, text)


@dataclass(frozen=True)
class DeleteMethod(HandlerEdit):
    """A method that its owner takes out."""

    handler: int
    method: int

    def change(self, person: Person, path: str, text: Text, node: ast.ClassDef) -> None:
        methods = functions(node.body)
        if methods and len(node.body) > 1:
            method = pick(methods, self.method)
            first, last = span(method)
            del text.lines[first:last]
            person.dropped.add(method.name)
            person.save(path, text)


@dataclass(frozen=True)
class RenameClass(HandlerEdit):
    """The class under a name of its owner's."""

    handler: int

    def change(self, person: Person, path: str, text: Text, node: ast.ClassDef) -> None:
        line = text.lines[node.lineno - 1]
        text.lines[node.lineno - 1] = line.replace(f"class {node.name}", f"class Mine{person.next}", 1)
        person.next += 1
        person.save(path, text)


@dataclass(frozen=True)
class AddBase(HandlerEdit):
    """Another base, and a decorator."""

    handler: int

    def change(self, person: Person, path: str, text: Text, node: ast.ClassDef) -> None:
        first = span(node)[0]
        indent, number = margin(text.lines[first]), person.next
        line = text.lines[node.lineno - 1]
        text.lines[node.lineno - 1] = re.sub(r"\((.*)\):", rf"(Base{number}, \1):  # {person.mark()} ~", line, count=1)
        text.lines[first:first] = [
            f"{indent}def plain_{number}(cls: type) -> type:  # {person.mark()}",
            f"{indent}    return cls  # {person.mark()}",
            "",
            f"{indent}class Base{number}:  # {person.mark()}",
            f"{indent}    pass  # {person.mark()}",
            "",
            f"{indent}@plain_{number}  # {person.mark()}",
        ]
        person.save(path, text)


@dataclass(frozen=True)
class Nest(HandlerEdit):
    """The class below an ``if``."""

    handler: int

    def change(self, person: Person, path: str, text: Text, node: ast.ClassDef) -> None:
        first, last = span(node)
        if margin(text.lines[first]):
            return
        inside = [f"    {line}" if line.strip() else line for line in text.lines[first:last]]
        text.lines[first:last] = [f"if True:  # {person.mark()}", *inside]
        person.save(path, text)


@dataclass(frozen=True)
class MoveClass(HandlerEdit):
    """The class in another file of handlers/, with the imports it needs."""

    handler: int
    target: int

    def change(self, person: Person, path: str, text: Text, node: ast.ClassDef) -> None:
        others = [
            p for p in person.handlers() if p != path and p.count("/") == path.count("/") and _is_alive(person, p)
        ]
        first = span(node)[0]
        tree = text.tree()
        if not others or margin(text.lines[first]) or tree is None or not _is_alive(person, path):
            return
        # What stands around the class and belongs to it goes with it: all but the imports.
        imports = [text.lines[slice(*span(n))] for n in tree.body if isinstance(n, (ast.Import, ast.ImportFrom))]
        target_path = pick(others, self.target)
        target = person.open(target_path)
        target_tree = target.tree()
        assert target_tree is not None
        there = [n for n in target_tree.body if isinstance(n, (ast.Import, ast.ImportFrom))]
        known = {line for n in there for line in target.lines[slice(*span(n))]}
        place = span(there[-1])[1] if there else 0
        body_first = max([span(n)[1] for n in tree.body if isinstance(n, (ast.Import, ast.ImportFrom))], default=first)
        moved = text.lines[min(body_first, first) :]
        new = [line for lines in imports if not set(lines) <= known for line in lines]
        target.lines = [*target.lines[:place], *new, *target.lines[place:], "", "", *moved]
        if target.tree() is None:
            return
        person.save(target_path, target)
        person.remove(path)


@dataclass(frozen=True)
class MoveFile(Edit):
    """A handler's file under another name, maybe in a folder of its own."""

    file: int
    below: bool

    def make(self, person: Person) -> None:
        paths = [path for path in person.handlers() if is_handler(person.open(path))]
        if not paths:
            return
        path = pick(paths, self.file)
        text = person.open(path)
        folder = path.rpartition("/")[0]
        number = person.next
        person.next += 1
        if self.below and folder.count("/") < 4:
            text.lines = [re.sub(r"^from \.\.", "from ...", line) for line in text.lines]
            person.write(f"{folder}/part_{number}/__init__.py", b"")
            person.save(f"{folder}/part_{number}/logic.py", text)
        else:
            person.save(f"{folder}/logic_{number}.py", text)
        person.remove(path)


def _crlf(text: Text) -> None:
    text.newline = "\n" if text.newline == "\r\n" else "\r\n"


def _bom(text: Text) -> None:
    text.bom = not text.bom


def _ragged(text: Text) -> None:
    text.closed = not text.closed


def _tabs(text: Text) -> None:
    if not any(line.startswith("\t") for line in text.lines):
        text.lines = [
            "\t" * (len(margin(line)) // 4) + " " * (len(margin(line)) % 4) + line.lstrip() for line in text.lines
        ]


def _blanks(text: Text) -> None:
    text.lines = [line for number, line in enumerate(text.lines) if line or number % 2] + ["", ""]


STYLES: tuple[Callable[[Text], None], ...] = (_crlf, _bom, _ragged, _tabs, _blanks)


@dataclass(frozen=True)
class Restyle(Edit):
    """The same file with other line ends, a byte-order mark, no last line end, tabs or other blank lines."""

    file: int
    style: int

    def make(self, person: Person) -> None:
        paths = [*person.handlers(), *person.tests()]
        if paths:
            path = pick(paths, self.file)
            text = person.open(path)
            before = text.tree()
            pick(STYLES, self.style)(text)
            after = text.tree()
            if before is not None and after is not None and ast.dump(before) == ast.dump(after):
                person.save(path, text)


@dataclass(frozen=True)
class DeleteTest(Edit):
    """A test function that its owner takes out."""

    file: int
    test: int

    def make(self, person: Person) -> None:
        paths = person.tests()
        if not paths:
            return
        path = pick(paths, self.file)
        text = person.open(path)
        tree = text.tree()
        if tree is not None and functions(tree.body):
            first, last = span(pick(functions(tree.body), self.test))
            del text.lines[first:last]
            person.save(path, text)


@dataclass(frozen=True)
class WriteTest(Edit):
    """A test that says what is to be answered."""

    file: int
    test: int

    def make(self, person: Person) -> None:
        paths = person.tests()
        if not paths:
            return
        path = pick(paths, self.file)
        text = person.open(path)
        tree = text.tree()
        if tree is not None and functions(tree.body):
            node = pick(functions(tree.body), self.test)
            indent = margin(text.lines[node.body[-1].lineno - 1])
            text.lines.insert(span(node)[1], f"{indent}assert True  # {person.mark()}")
            person.save(path, text)


@dataclass(frozen=True)
class Break(Edit):
    """A file that is not Python for the time being."""

    file: int
    place: int

    def make(self, person: Person) -> None:
        paths = [*person.handlers(), *person.tests()]
        if paths:
            path = pick(paths, self.file)
            text = person.open(path)
            if text.tree() is not None:
                text.lines.insert(pick(text.open_places(), self.place), f"def broken(:  # {person.mark()}")
                person.save(path, text)


@dataclass(frozen=True)
class Repair(Edit):
    """All files are Python again."""

    def make(self, person: Person) -> None:
        for path in (*person.handlers(), *person.tests()):
            text = person.open(path)
            if any("def broken(:" in line for line in text.lines):
                text.lines = [line for line in text.lines if "def broken(:" not in line]
                person.save(path, text)
