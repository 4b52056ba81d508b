"""A method that a person wrote, and an RPC that takes or answers something else now."""

import re
from typing import NamedTuple

import libcst as cst

from ..rpc_changes import Pair, parameter_annotation, return_annotation
from .handler_class import HandlerClass
from .splice import Edit


class Revised(NamedTuple):
    """The edits of one method, the annotations they bring, and whether one had been edited."""

    edits: list[Edit]
    annotations: list[str]
    unknown: bool


def revise(handler: HandlerClass, node: cst.FunctionDef, pair: Pair) -> Revised:
    """Bring the annotations along that still are what was generated; others stay."""
    edits: list[Edit] = []
    brought: list[str] = []
    unknown = False
    for annotation, old, new in (
        (_parameter(node), parameter_annotation(pair.old), parameter_annotation(pair.new)),
        (node.returns, return_annotation(pair.old), return_annotation(pair.new)),
    ):
        if annotation is None or old == new:
            continue
        start, end, text = _inside(handler, annotation.annotation)
        if _bare(text) == _bare(old):
            edits.append(Edit(start, end, new))
            brought.append(new)
        elif _bare(text) != _bare(new):
            unknown = True
    return Revised(edits, brought, unknown)


def misfits(pair: Pair) -> list[str]:
    """What the body of a method has to do otherwise than before, in words."""
    said = []
    if pair.old.client_streaming != pair.new.client_streaming:
        said.append(
            "is given a stream of requests now: read it with `async for`"
            if pair.new.client_streaming
            else "is given one request now, not a stream of them: take it as it is"
        )
    if pair.old.server_streaming != pair.new.server_streaming:
        said.append(
            "answers with a stream now: `yield` each reply"
            if pair.new.server_streaming
            else "answers with one reply now, not a stream of them: `return` it"
        )
    return said


def outdated(pair: Pair, code: str, removed_modules: frozenset[str]) -> list[str]:
    """Which types a piece of code still names that are elsewhere now, or no longer what is answered.

    Names in modules that are gone were led to the new place with their import.
    """
    said = {}
    for old, new in ((pair.old.reply, pair.new.reply), (pair.old.request, pair.new.request)):
        named = re.search(rf"(?<![\w.]){re.escape(old.annotation)}\b", code)
        led = f"{old.module.module}.{old.module.name}".lstrip(".") in removed_modules
        if old.annotation == new.annotation or not named or led:
            continue
        if old.full.rpartition(".")[2] == new.full.rpartition(".")[2]:
            said[old] = f"still says {old.annotation}, which is {new.annotation} now"
        elif old == pair.old.reply:
            said[old] = f"still says {old.annotation}, and has to answer {new.annotation} now"
    return list(said.values())


def _parameter(node: cst.FunctionDef) -> cst.Annotation | None:
    """The annotation of what comes after ``self``."""
    parameters = (*node.params.posonly_params, *node.params.params)
    return parameters[1].annotation if len(parameters) > 1 else None


def _inside(handler: HandlerClass, expression: cst.BaseExpression) -> tuple[int, int, str]:
    """Where an annotation's text is; one in quotes keeps them."""
    start, end = handler.file.start(expression), handler.file.end(expression)
    if isinstance(expression, cst.SimpleString) and not expression.prefix:
        quote = len(expression.quote)
        start, end = start + quote, end - quote
    return start, end, handler.file.source.text[start:end]


def _bare(text: str) -> str:
    return re.sub(r"\s", "", text)
