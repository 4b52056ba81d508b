"""Edits that the user makes in files with handlers and tests."""

import ast
import re
from dataclasses import dataclass

from tests.regenerate.contract_edits import pick
from tests.regenerate.text import Text, functions, margin, span
from tests.regenerate.user import Edit, User

_STREAM = re.compile(r"AsyncIterator\[(.+)\]", re.DOTALL)


def is_handler(text: Text) -> list[ast.ClassDef]:
    """The handler classes of a file, wherever in it."""
    tree = text.tree()
    return [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and servicer(node)] if tree else []


def servicer(node: ast.ClassDef) -> str:
    """The servicer that a class derives from; empty if from none."""
    names = [base.id for base in node.bases if isinstance(base, ast.Name)]
    return next((name for name in names if name.endswith("Servicer")), "")


def _is_alive(user: User, path: str) -> bool:
    """Whether a file has handlers, all of them of services that are there."""
    bases = user.sandbox.read(f"src/{user.package}/gen/servicers.py") or b""
    classes = is_handler(user.open(path))
    return bool(classes) and all(f"class {servicer(node)}(".encode() in bases for node in classes)


class HandlerEdit(Edit):
    """An edit of one handler class."""

    handler: int

    def make(self, user: User) -> None:
        found = [(path, number) for path in user.handlers() for number in range(len(is_handler(user.open(path))))]
        if found:
            path, number = pick(found, self.handler)
            text = user.open(path)
            self.change(user, path, text, is_handler(text)[number])

    def change(self, user: User, path: str, text: Text, node: ast.ClassDef) -> None:
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

    def change(self, user: User, path: str, text: Text, node: ast.ClassDef) -> None:
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
            f"{indent}# {user.mark()}",
            f"{indent}count = 1  # {user.mark()}",
            f"{indent}if count:  # {user.mark()}",
            f"{indent}    {last}  # {user.mark()}",
            f"{indent}raise AssertionError  # {user.mark()}",
        ]
        user.save(path, text)


@dataclass(frozen=True)
class NoteSignature(HandlerEdit):
    """A comment beside the first line of a method, which may be given another name."""

    handler: int
    method: int

    def change(self, user: User, path: str, text: Text, node: ast.ClassDef) -> None:
        methods = functions(node.body)
        if methods:
            text.lines[pick(methods, self.method).lineno - 1] += f"  # {user.mark()} ~"
            user.save(path, text)


@dataclass(frozen=True)
class AddHelper(HandlerEdit):
    """A method of their own, before or behind one of the others."""

    handler: int
    place: int

    def change(self, user: User, path: str, text: Text, node: ast.ClassDef) -> None:
        places = [place for method in functions(node.body) for place in span(method)] or [span(node)[1]]
        indent = _inner(text, node)
        number, first = user.next, user.mark()
        lines = [
            "",
            f"{indent}def helper_{number}(self) -> int:  # {first}",
            f"{indent}    return 1  # {user.mark()}",
            "",
        ]
        place = pick(places, self.place)
        text.lines[place:place] = lines
        user.save(path, text)


@dataclass(frozen=True)
class AddAttribute(HandlerEdit):
    """An attribute of the class, at its beginning or its end."""

    handler: int
    last: bool

    def change(self, user: User, path: str, text: Text, node: ast.ClassDef) -> None:
        place = span(node)[1] if self.last else span(node.body[0])[1]
        number = user.next
        text.lines[place:place] = [f"{_inner(text, node)}limit_{number} = {number}  # {user.mark()}"]
        user.save(path, text)


@dataclass(frozen=True)
class SwapMethods(HandlerEdit):
    """Two methods in another order."""

    handler: int
    first: int
    second: int

    def change(self, user: User, path: str, text: Text, node: ast.ClassDef) -> None:
        methods = functions(node.body)
        one, two = sorted((self.first % max(1, len(methods)), self.second % max(1, len(methods))))
        if one != two:
            (a, b), (c, d) = span(methods[one]), span(methods[two])
            lines = text.lines
            text.lines = lines[:a] + lines[c:d] + lines[b:c] + lines[a:b] + lines[d:]
            user.save(path, text)


@dataclass(frozen=True)
class DeleteMethod(HandlerEdit):
    """A method that the user takes out."""

    handler: int
    method: int

    def change(self, user: User, path: str, text: Text, node: ast.ClassDef) -> None:
        methods = functions(node.body)
        if methods and len(node.body) > 1:
            method = pick(methods, self.method)
            first, last = span(method)
            del text.lines[first:last]
            user.dropped.add(method.name)
            user.save(path, text)


@dataclass(frozen=True)
class RenameClass(HandlerEdit):
    """The class under a name of the user's."""

    handler: int

    def change(self, user: User, path: str, text: Text, node: ast.ClassDef) -> None:
        line = text.lines[node.lineno - 1]
        text.lines[node.lineno - 1] = line.replace(f"class {node.name}", f"class Mine{user.next}", 1)
        user.next += 1
        user.save(path, text)


@dataclass(frozen=True)
class AddBase(HandlerEdit):
    """Another base, and a decorator."""

    handler: int

    def change(self, user: User, path: str, text: Text, node: ast.ClassDef) -> None:
        first = span(node)[0]
        indent, number = margin(text.lines[first]), user.next
        line = text.lines[node.lineno - 1]
        text.lines[node.lineno - 1] = re.sub(r"\((.*)\):", rf"(Base{number}, \1):  # {user.mark()} ~", line, count=1)
        text.lines[first:first] = [
            f"{indent}def plain_{number}(cls: type) -> type:  # {user.mark()}",
            f"{indent}    return cls  # {user.mark()}",
            "",
            f"{indent}class Base{number}:  # {user.mark()}",
            f"{indent}    pass  # {user.mark()}",
            "",
            f"{indent}@plain_{number}  # {user.mark()}",
        ]
        user.save(path, text)


@dataclass(frozen=True)
class Nest(HandlerEdit):
    """The class below an ``if``."""

    handler: int

    def change(self, user: User, path: str, text: Text, node: ast.ClassDef) -> None:
        first, last = span(node)
        if margin(text.lines[first]):
            return
        inside = [f"    {line}" if line.strip() else line for line in text.lines[first:last]]
        text.lines[first:last] = [f"if True:  # {user.mark()}", *inside]
        user.save(path, text)


@dataclass(frozen=True)
class MoveClass(HandlerEdit):
    """The class in another file of handlers/, with the imports it needs."""

    handler: int
    target: int

    def change(self, user: User, path: str, text: Text, node: ast.ClassDef) -> None:
        others = [p for p in user.handlers() if p != path and p.count("/") == path.count("/") and _is_alive(user, p)]
        first = span(node)[0]
        tree = text.tree()
        if not others or margin(text.lines[first]) or tree is None or not _is_alive(user, path):
            return
        # Everything in the file goes with the class, except the imports.
        imports = [text.lines[slice(*span(n))] for n in tree.body if isinstance(n, (ast.Import, ast.ImportFrom))]
        target_path = pick(others, self.target)
        target = user.open(target_path)
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
        user.save(target_path, target)
        user.remove(path)


@dataclass(frozen=True)
class MoveFile(Edit):
    """A handler's file under another name, maybe in a folder of its own."""

    file: int
    below: bool

    def make(self, user: User) -> None:
        paths = [path for path in user.handlers() if is_handler(user.open(path))]
        if not paths:
            return
        path = pick(paths, self.file)
        text = user.open(path)
        folder = path.rpartition("/")[0]
        number = user.next
        user.next += 1
        if self.below and folder.count("/") < 4:
            text.lines = [re.sub(r"^from \.\.", "from ...", line) for line in text.lines]
            user.write(f"{folder}/part_{number}/__init__.py", b"")
            user.save(f"{folder}/part_{number}/logic.py", text)
        else:
            user.save(f"{folder}/logic_{number}.py", text)
        user.remove(path)
