"""Find the handler class of a service, in whichever file the user has it."""

from collections.abc import Sequence
from functools import cached_property

import libcst as cst

from ...inputs.tree import Tree
from .python_file import PythonFile, parse
from .scope import Bound, bound
from .splice import Edit, UnreadableError

_LEVEL = "    "


class HandlerClass:
    """A class that derives from a servicer, in its file."""

    def __init__(self, file: PythonFile, node: cst.ClassDef) -> None:
        self.file = file
        self.node = node

    @property
    def name(self) -> str:
        """The name of the class."""
        return self.node.name.value

    @cached_property
    def bound(self) -> Bound:
        """The names that its body binds."""
        return bound([self.node.body])

    @property
    def attributes(self) -> set[str]:
        """Every attribute, methods and others."""
        return self.bound.names | self.bound.typing_only

    def method(self, attribute: str) -> cst.FunctionDef | None:
        """Return the method of a name; of several definitions the last one, which is the effective one."""
        functions = self.bound.functions.get(attribute)
        return functions[-1] if functions else None

    @property
    def margin(self) -> str:
        """The indentation of its body."""
        first = self.node.body.body[0]
        if isinstance(self.node.body, cst.SimpleStatementSuite):
            return self.file.source.margin(self.file.start(self.node)) + self.unit
        return self.file.source.margin(self.file.start(first))

    @property
    def unit(self) -> str:
        """The indentation of its body relative to the class."""
        if isinstance(self.node.body, cst.IndentedBlock):
            return self.node.body.indent or self.file.module.default_indent
        return self.file.module.default_indent or _LEVEL

    def appended(self, blocks: Sequence[Sequence[str]]) -> list[Edit]:
        """Return edits that put blocks of lines at the end of its body, an empty line before each."""
        lines = [line for block in blocks for line in ("", *block)]
        return [*self._opened(), self.file.source.inserted(self._body_end(), lines)]

    def _opened(self) -> list[Edit]:
        """Return edits that move the body of a class in one line below it; only blanks are replaced."""
        if isinstance(self.node.body, cst.IndentedBlock):
            return []
        start = self.file.start(self.node.body.body[0])
        before = self.file.source.text[:start]
        return [Edit(len(before.rstrip(" \t")), start, f"\n{self.margin}")]

    def _body_end(self) -> int:
        """Return the start of the line after the last statement, and after the indented comments that follow it."""
        source = self.file.source
        end = source.statement_end(self.file.end(self.node))
        outer = len(source.margin(self.file.start(self.node)))
        at = end
        while at < len(source.text):
            stop = source.line_end(at)
            line = source.text[at:stop].strip()
            indented = len(source.margin(at)) > outer
            if line and not (line.startswith("#") and indented):
                break
            end = stop if line else end
            at = stop
        return end


def find_class(tree: Tree, folder: str, servicer: str) -> tuple[HandlerClass | None, list[UnreadableError]]:
    """Return the first class below a folder that derives from a servicer, in path order.

    If there is none, the errors are those of files that name the servicer and cannot be parsed.
    """
    broken: list[UnreadableError] = []
    for path in tree.files(folder):
        content = tree.read(path) if path.endswith(".py") else None
        if content is None or servicer.encode() not in content:
            continue
        try:
            file = parse(path, content)
        except UnreadableError as error:
            broken.append(error)
            continue
        node = class_in(file, servicer)
        if node is not None:
            return HandlerClass(file, node), []
    return None, broken


def class_in(file: PythonFile, servicer: str) -> cst.ClassDef | None:
    """Return the first class of a file that derives from a servicer."""
    finder = _Finder(servicer)
    file.module.visit(finder)
    return next((node for node in finder.classes if finder.derives(node)), None)


class _Finder(cst.CSTVisitor):
    def __init__(self, servicer: str) -> None:
        super().__init__()
        self.servicer = servicer
        self.names = {servicer}
        self.classes: list[cst.ClassDef] = []

    def visit_ImportAlias(self, node: cst.ImportAlias) -> None:
        if node.evaluated_name == self.servicer and node.evaluated_alias:
            self.names.add(node.evaluated_alias)

    def visit_ClassDef(self, node: cst.ClassDef) -> None:
        self.classes.append(node)

    def derives(self, node: cst.ClassDef) -> bool:
        """Return whether a base of the class is the servicer, under any name that it was imported by."""
        return any(
            (isinstance(base.value, cst.Attribute) and base.value.attr.value == self.servicer)
            or (isinstance(base.value, cst.Name) and base.value.value in self.names)
            for base in node.bases
        )
