"""Where a file uses what it binds."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TypeAlias

import libcst as cst
from libcst.metadata import Assignment, ImportAssignment, MetadataWrapper, Scope, ScopeProvider

from ..handlers.python_file import PythonFile
from ..handlers.splice import UnreadableError

ImportNode: TypeAlias = cst.Import | cst.ImportFrom


class References:
    """The scopes of a file: which names they bind, and where these are used."""

    def __init__(self, file: PythonFile) -> None:
        self._file = file

    @cached_property
    def scopes(self) -> Mapping[cst.CSTNode, Scope | None]:
        """The scope of each node. Raises UnreadableError for a file that is nested too deeply."""
        # Found out only when somebody asks: it takes longer than anything else.
        try:
            return MetadataWrapper(self._file.module, unsafe_skip_copy=True).resolve(ScopeProvider)
        except RecursionError:
            raise UnreadableError(self._file.path, None, "it is nested too deeply") from None

    @cached_property
    def _all(self) -> list[Scope]:
        return [scope for scope in dict.fromkeys(self.scopes.values()) if scope is not None]

    @cached_property
    def _imports(self) -> Mapping[tuple[int, str], list[Assignment]]:
        found: dict[tuple[int, str], list[Assignment]] = {}
        for assignment in self._assignments():
            if isinstance(assignment, ImportAssignment):
                found.setdefault((id(assignment.node), assignment.name), []).append(assignment)
        return found

    def _assignments(self) -> Iterator[Assignment]:
        for scope in self._all:
            for assignment in scope.assignments:
                if isinstance(assignment, Assignment):
                    yield assignment

    def of_import(self, node: ImportNode, local: str) -> list[cst.CSTNode]:
        """The nodes that use a name bound by an import statement, in no order."""
        return [access.node for one in self._imports.get((id(node), local), ()) for access in one.references]

    def of_name(self, node: cst.CSTNode, name: str) -> list[cst.CSTNode]:
        """The nodes that use the name that a scope around ``node`` binds."""
        scope = self.scopes.get(node)
        if scope is None:
            return []
        return [a.node for one in scope[name] if isinstance(one, Assignment) for a in one.references]

    def times_bound(self, node: cst.CSTNode, name: str) -> int:
        """How often the scope around ``node`` binds a name."""
        scope = self.scopes.get(node)
        return 0 if scope is None else len(scope[name])

    def binds(self, name: str) -> bool:
        """Whether any scope of the file binds a name."""
        return any(True for scope in self._all for _ in scope.assignments[name])
