"""Updates of the signature of an edited method whose RPC changed its types."""

import re
from collections.abc import Callable
from typing import NamedTuple

import libcst as cst

from ...model.services import ASYNC_ITERATOR, PLAIN_ITERATOR, Method
from ..rpc_changes import Pair, parameter_annotation, return_annotation
from .handler_class import HandlerClass
from .splice import Edit


class Revised(NamedTuple):
    """The edits of one method, the annotations that they add, and whether one had been edited."""

    edits: list[Edit]
    annotations: list[str]
    unknown: bool


def revise(handler: HandlerClass, node: cst.FunctionDef, pair: Pair) -> Revised:
    """Return edits that update the annotations that are as generated; others stay."""
    edits: list[Edit] = []
    brought: list[str] = []
    unknown = False
    iterators = (ASYNC_ITERATOR, PLAIN_ITERATOR)[:: 1 if is_async(node) else -1]
    for annotation, annotate in ((_parameter(node), parameter_annotation), (node.returns, return_annotation)):
        if annotation is None or annotate(pair.old) == annotate(pair.new):
            continue
        start, end, text = _inside(handler, annotation.annotation)
        new = _revised(text, pair, annotate, iterators)
        if new is None:
            unknown = True
        elif _bare(text) != _bare(new):
            edits.append(Edit(start, end, new))
            brought.append(new)
    return Revised(edits, brought, unknown)


def is_async(node: cst.FunctionDef) -> bool:
    """Return whether a method is ``async def``."""
    return node.asynchronous is not None


def _revised(text: str, pair: Pair, annotate: Callable[[Method, str], str], iterators: tuple[str, ...]) -> str | None:
    """Return what an annotation is now; None for one that is not as generated.

    ``iterators`` are the types of streams: the one of the method's own style first.
    """
    for iterator in iterators:
        new = annotate(pair.new, iterator)
        if _bare(text) in (_bare(annotate(pair.old, iterator)), _bare(new)):
            return new
    return None


def misfits(pair: Pair, node: cst.FunctionDef | None) -> list[str]:
    """Return how the body of a method has to change, in words."""
    loop = "async for" if node is None or is_async(node) else "for"
    messages = []
    if pair.old.client_streaming != pair.new.client_streaming:
        messages.append(
            f"gets a stream of requests now: read it with `{loop}`"
            if pair.new.client_streaming
            else "gets a single request now, not a stream: use it directly"
        )
    if pair.old.server_streaming != pair.new.server_streaming:
        messages.append(
            "returns a stream of responses now: `yield` each response"
            if pair.new.server_streaming
            else "returns a single response now, not a stream: `return` it"
        )
    return messages


def outdated(pair: Pair, code: str, removed_modules: frozenset[str]) -> list[str]:
    """Return the outdated types in a piece of code: moved, or no longer the response.

    Names in removed modules are not among them: their imports were redirected.
    """
    messages = {}
    for old, new in ((pair.old.response, pair.new.response), (pair.old.request, pair.new.request)):
        is_used = re.search(rf"(?<![\w.]){re.escape(old.annotation)}\b", code)
        led = f"{old.module.module}.{old.module.name}".lstrip(".") in removed_modules
        if old.annotation == new.annotation or not is_used or led:
            continue
        if old.full.rpartition(".")[2] == new.full.rpartition(".")[2]:
            messages[old] = f"still uses {old.annotation}, which is {new.annotation} now"
        elif old == pair.old.response:
            messages[old] = f"still uses {old.annotation}, but has to return {new.annotation} now"
    return list(messages.values())


def _parameter(node: cst.FunctionDef) -> cst.Annotation | None:
    """Return the annotation of the parameter after ``self``."""
    parameters = (*node.params.posonly_params, *node.params.params)
    return parameters[1].annotation if len(parameters) > 1 else None


def _inside(handler: HandlerClass, expression: cst.BaseExpression) -> tuple[int, int, str]:
    """Return the place of an annotation's text; quotes around it stay."""
    start, end = handler.file.start(expression), handler.file.end(expression)
    if isinstance(expression, cst.SimpleString) and not expression.prefix:
        quote = len(expression.quote)
        start, end = start + quote, end - quote
    return start, end, handler.file.source.text[start:end]


def _bare(text: str) -> str:
    return re.sub(r"\s", "", text)
