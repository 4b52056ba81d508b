"""Reports uses of NotWritten that NotImplementedError does not replace."""

import re

import libcst as cst

from ..handlers.python_file import PythonFile, parse
from .manual_changes import ManualChange
from .references import References
from .renamed_members import BUILT_IN

_NAMES = {what.name: new for what, new in BUILT_IN.items()}
_IN_STRING = re.compile("|".join(rf"\b{re.escape(f'{what.module}.{what.name}')}\b" for what in BUILT_IN))
_SERVICER = "Servicer"


def find_not_written(path: str, before: bytes, content: bytes) -> list[ManualChange]:
    """Return the uses that changed their meaning in an upgraded file; none if it never named NotWritten.

    ``before`` is the file of the old project.

    Raises UnreadableError.
    """
    if not any(name.encode() in before for name in _NAMES):
        return []
    file = parse(path, content)
    finder = _Finder(file)
    file.module.visit(finder)
    return sorted(dict.fromkeys(finder.changes))


class _Finder(cst.CSTVisitor):
    """Finds names that have no meaning any more, and errors that do not come from a handler's own method."""

    def __init__(self, file: PythonFile) -> None:
        super().__init__()
        self._file = file
        self._references = References(file)
        self._enclosing: list[cst.ClassDef | cst.FunctionDef | cst.Lambda] = []
        self.changes: list[ManualChange] = []

    def visit_ClassDef(self, node: cst.ClassDef) -> None:
        self._enclosing.append(node)

    def leave_ClassDef(self, original_node: cst.ClassDef) -> None:
        self._enclosing.pop()

    def visit_FunctionDef(self, node: cst.FunctionDef) -> None:
        self._enclosing.append(node)

    def leave_FunctionDef(self, original_node: cst.FunctionDef) -> None:
        self._enclosing.pop()

    def visit_Raise(self, node: cst.Raise) -> None:
        error = node.exc.func if isinstance(node.exc, cst.Call) else node.exc
        if isinstance(error, cst.Name) and error.value in _NAMES.values() and not self._is_in_handler():
            text = (
                f"raises {error.value}, which ends a call with INTERNAL unless the method of a handler raises it itself"
            )
            self._add(node, text)

    def _is_in_handler(self) -> bool:
        """Return whether the innermost function is a public method of a class that derives from a servicer."""
        if len(self._enclosing) < 2 or not isinstance(method := self._enclosing[-1], cst.FunctionDef):
            return False
        owner = self._enclosing[-2]
        bases = (self._file.code(base.value) for base in owner.bases) if isinstance(owner, cst.ClassDef) else ()
        return not method.name.value.startswith("_") and any(base.endswith(_SERVICER) for base in bases)

    def visit_Name(self, node: cst.Name) -> None:
        if node.value in _NAMES and not self._references.binds(node.value):
            self._add(node, f"{node.value} is the builtin {_NAMES[node.value]} now")

    def visit_SimpleString(self, node: cst.SimpleString) -> None:
        if _IN_STRING.search(node.value):
            self._add(node, f"names {node.raw_value}, which is a builtin now")

    def _add(self, node: cst.CSTNode, text: str) -> None:
        self.changes.append(ManualChange(self._file.line(node), text))
