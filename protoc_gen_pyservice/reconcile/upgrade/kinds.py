"""Of which class things are, as far as annotations and what made them tell."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import libcst as cst

from .index import Index
from .references import References
from .renamed_members import ATTRIBUTES, RETURNS, RETURNS_OF_METHODS, Class

_TASKS = frozenset({"create_task", "ensure_future"})
"""What makes a task, which is awaited like its coroutine."""

_Bound: TypeAlias = dict[tuple[int, str], list[tuple[cst.Name, Class | None]]]


class Kinds:
    """The classes of names in one file."""

    def __init__(self, index: Index, references: References, meanings: Mapping[int, Class]) -> None:
        self._meanings = meanings
        self._names: dict[int, Class] = {}
        if not meanings:
            return
        given = [(name, value, False) for name, value in index.annotated]
        given += [(name, value, True) for name, value in (*index.assigned, *index.entered)]
        # What is made by a thing whose class is known is known in the second round, and so on.
        for _ in range(3):
            for (_, name), found in self._bound(references, given).items():
                kinds = {kind for _, kind in found}
                first = found[0][0]
                if len(kinds) == 1 and None not in kinds and references.times_bound(first, name) == len(found):
                    self._names.update(
                        (id(use), kind) for use in references.of_name(first, name) for kind in kinds if kind
                    )

    def _bound(self, references: References, given: Sequence[tuple[cst.Name, cst.BaseExpression, bool]]) -> _Bound:
        """What each name of each scope is bound to."""
        found: _Bound = {}
        for name, value, is_value in given:
            kind = self.of(value) if is_value else self._annotated(value)
            found.setdefault((id(references.scopes.get(name)), name.value), []).append((name, kind))
        return found

    def _annotated(self, annotation: cst.BaseExpression) -> Class | None:
        kind = self._meanings.get(id(annotation))
        return kind if kind in ATTRIBUTES else None

    def of(self, node: cst.BaseExpression) -> Class | None:
        """The class of an expression, once it is awaited; None for one that nobody knows."""
        if isinstance(node, cst.Await):
            return self.of(node.expression)
        if isinstance(node, cst.Call):
            return self._returned(node)
        return self._names.get(id(node))

    def _returned(self, call: cst.Call) -> Class | None:
        function = call.func
        meaning = self._meanings.get(id(function))
        if meaning is not None:
            return RETURNS.get(meaning)
        if not isinstance(function, cst.Attribute):
            return None
        if function.attr.value in _TASKS and call.args:
            return self.of(call.args[0].value)
        owner = self.of(function.value)
        return RETURNS_OF_METHODS.get((owner, function.attr.value)) if owner is not None else None
