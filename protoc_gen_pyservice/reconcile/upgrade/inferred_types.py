"""Classes of names, as far as annotations and constructors show them."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import libcst as cst

from .index import Index
from .references import References
from .renamed_members import ATTRIBUTES, RETURNS, RETURNS_OF_METHODS, Symbol

_TASKS = frozenset({"create_task", "ensure_future"})
"""Functions that return a task, which is awaited like its coroutine."""

_Bound: TypeAlias = dict[tuple[int, str], list[tuple[cst.Name, Symbol | None]]]


class InferredTypes:
    """The classes of names in one file."""

    def __init__(self, index: Index, references: References, symbols: Mapping[int, Symbol]) -> None:
        self._symbols = symbols
        self._names: dict[int, Symbol] = {}
        if not symbols:
            return
        given = [(name, value, False) for name, value in index.annotated]
        given += [(name, value, True) for name, value in (*index.assigned, *index.entered)]
        # Results of methods of names that one round infers are inferred in the next.
        for _ in range(3):
            for (_, name), values in self._bound(references, given).items():
                kinds = {kind for _, kind in values}
                first = values[0][0]
                if len(kinds) == 1 and None not in kinds and references.times_bound(first, name) == len(values):
                    self._names.update(
                        (id(use), kind) for use in references.of_name(first, name) for kind in kinds if kind
                    )

    def _bound(self, references: References, given: Sequence[tuple[cst.Name, cst.BaseExpression, bool]]) -> _Bound:
        """Return the classes of the values that each name of each scope is bound to."""
        bound: _Bound = {}
        for name, value, is_value in given:
            kind = self.of(value) if is_value else self._annotated(value)
            bound.setdefault((id(references.scopes.get(name)), name.value), []).append((name, kind))
        return bound

    def _annotated(self, annotation: cst.BaseExpression) -> Symbol | None:
        kind = self._symbols.get(id(annotation))
        return kind if kind in ATTRIBUTES else None

    def of(self, node: cst.BaseExpression) -> Symbol | None:
        """Return the class of an expression once it is awaited; None if it is unknown."""
        if isinstance(node, cst.Await):
            return self.of(node.expression)
        if isinstance(node, cst.Call):
            return self._returned(node)
        return self._names.get(id(node))

    def _returned(self, call: cst.Call) -> Symbol | None:
        function = call.func
        symbol = self._symbols.get(id(function))
        if symbol is not None:
            return RETURNS.get(symbol)
        if not isinstance(function, cst.Attribute):
            return None
        if function.attr.value in _TASKS and call.args:
            return self.of(call.args[0].value)
        owner = self.of(function.value)
        return RETURNS_OF_METHODS.get((owner, function.attr.value)) if owner is not None else None
