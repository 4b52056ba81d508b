"""Uses of the names that a file binds."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TypeAlias

import libcst as cst
from libcst.metadata import Assignment, ImportAssignment, MetadataWrapper, Scope, ScopeProvider

from ..handlers.python_file import PythonFile
from ..handlers.splice import UnreadableError

ImportNode: TypeAlias = cst.Import | cst.ImportFrom


class References:
    """The scopes of a file: the names that they bind, and the uses of these."""

    def __init__(self, file: PythonFile) -> None:
        self._file = file

    @cached_property
    def scopes(self) -> Mapping[cst.CSTNode, Scope | None]:
        """The scope of each node. Raises UnreadableError for a file that is nested too deeply."""
        # Resolved on demand, because it takes longer than the rest of the upgrade.
        try:
            return MetadataWrapper(self._file.module, unsafe_skip_copy=True).resolve(ScopeProvider)
        except RecursionError:
            raise UnreadableError(self._file.path, None, "it is nested too deeply") from None

    @cached_property
    def _all(self) -> list[Scope]:
        return [scope for scope in dict.fromkeys(self.scopes.values()) if scope is not None]

    @cached_property
    def _imports(self) -> Mapping[tuple[int, str], list[Assignment]]:
        imports: dict[tuple[int, str], list[Assignment]] = {}
        for assignment in self._assignments():
            if isinstance(assignment, ImportAssignment):
                imports.setdefault((id(assignment.node), assignment.name), []).append(assignment)
        return imports

    def _assignments(self) -> Iterator[Assignment]:
        for scope in self._all:
            for assignment in scope.assignments:
                if isinstance(assignment, Assignment):
                    yield assignment

    def of_import(self, node: ImportNode, local: str) -> list[cst.CSTNode]:
        """Return the nodes that use a name bound by an import statement, in no particular order."""
        return [access.node for one in self._imports.get((id(node), local), ()) for access in one.references]

    def of_name(self, node: cst.CSTNode, name: str) -> list[cst.CSTNode]:
        """Return the nodes that use a name bound by the scope around ``node``."""
        scope = self.scopes.get(node)
        if scope is None:
            return []
        return [a.node for one in scope[name] if isinstance(one, Assignment) for a in one.references]

    def times_bound(self, node: cst.CSTNode, name: str) -> int:
        """Return how often the scope around ``node`` binds a name."""
        scope = self.scopes.get(node)
        return 0 if scope is None else len(scope[name])

    def binds(self, name: str) -> bool:
        """Return whether any scope of the file binds a name."""
        return any(True for scope in self._all for _ in scope.assignments[name])
