"""The names that a piece of Python binds, and those that it uses."""

from collections.abc import Iterable
from typing import NamedTuple

import libcst as cst


class Bound(NamedTuple):
    """The names that one scope binds, not those inside its functions and classes."""

    names: set[str]
    typing_only: set[str]
    """Names bound under ``if TYPE_CHECKING:``, which do not exist at run time."""
    functions: dict[str, list[cst.FunctionDef]]


def bound(nodes: Iterable[cst.CSTNode]) -> Bound:
    """Return the names that statements bind in their scope."""
    visitor = _Binder()
    for node in nodes:
        node.visit(visitor)
    return Bound(visitor.names, visitor.typing_only - visitor.names, visitor.functions)


def used(nodes: Iterable[cst.CSTNode]) -> set[str]:
    """Return every plain name that occurs in the nodes: ``a`` of ``a.b.c``, and names that are only bound, too."""
    visitor = _User()
    for node in nodes:
        node.visit(visitor)
    return visitor.names


class _Binder(cst.CSTVisitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.typing_only: set[str] = set()
        self.functions: dict[str, list[cst.FunctionDef]] = {}

    def visit_FunctionDef(self, node: cst.FunctionDef) -> bool:
        self.names.add(node.name.value)
        self.functions.setdefault(node.name.value, []).append(node)
        return False

    def visit_ClassDef(self, node: cst.ClassDef) -> bool:
        self.names.add(node.name.value)
        return False

    def visit_Lambda(self, node: cst.Lambda) -> bool:
        return False

    def visit_CompFor(self, node: cst.CompFor) -> bool:
        return False

    def visit_If(self, node: cst.If) -> bool:
        if not _is_type_checking(node.test):
            return True
        inside = bound([node.body])
        self.typing_only |= inside.names | inside.typing_only
        if node.orelse is not None:
            node.orelse.visit(self)
        return False

    def visit_AssignTarget(self, node: cst.AssignTarget) -> None:
        self._target(node.target)

    def visit_AnnAssign(self, node: cst.AnnAssign) -> None:
        self._target(node.target)

    def visit_For(self, node: cst.For) -> None:
        self._target(node.target)

    def visit_NamedExpr(self, node: cst.NamedExpr) -> None:
        self._target(node.target)

    def visit_TypeAlias(self, node: cst.TypeAlias) -> None:
        self._target(node.name)

    def visit_AsName(self, node: cst.AsName) -> None:
        self._target(node.name)

    def visit_ImportAlias(self, node: cst.ImportAlias) -> None:
        if node.asname is None:
            self.names.add(node.evaluated_name.partition(".")[0])

    def _target(self, target: cst.BaseExpression) -> None:
        if isinstance(target, cst.Name):
            self.names.add(target.value)
        elif isinstance(target, (cst.Tuple, cst.List)):
            for element in target.elements:
                self._target(element.value)


class _User(cst.CSTVisitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def visit_Name(self, node: cst.Name) -> None:
        self.names.add(node.value)

    def visit_Attribute(self, node: cst.Attribute) -> bool:
        node.value.visit(self)
        return False


def _is_type_checking(test: cst.BaseExpression) -> bool:
    name = test.attr if isinstance(test, cst.Attribute) else test
    return isinstance(name, cst.Name) and name.value == "TYPE_CHECKING"
