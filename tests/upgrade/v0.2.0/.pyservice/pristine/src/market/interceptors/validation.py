"""Requests are what their protos say they are, or they do not reach a handler.

Two ways to say it, both read from the descriptors: ``google.api.field_behavior`` REQUIRED, and the
rules of ``buf.validate``. A refusal names every wrong field at once, in a BadRequest.
"""

import json
import logging
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from itertools import islice
from typing import Any, NamedTuple

from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message

from ..errors import InvalidArgument
from ..gen.registry import Method
from ..server.ports import StartError
from .call import Call, Steps
from .quick import Quick
from .quick_rules import quick_test
from .required import Required, reachable, required_fields

_LOG = logging.getLogger(__name__)

Violation = tuple[str, str]
"""The path of a field, and what is wrong with it."""

_MOST = 100
"""Violations that are looked for: who sends nothing else would keep all other calls waiting."""
_LARGE = 16 * 1024
"""Bytes above which only the first rule of buf.validate that a request breaks is told."""


class Validation:
    """Checks each request, those of streams one by one."""

    def __init__(self) -> None:
        self._rules: _Rules | None = None

    def steps(self, method: Method) -> Steps:
        """What the request's proto asks for, compiled; nothing where it asks for nothing.

        Raises StartError for rules that no message can be checked against.
        """
        finders = list(self._finders(method.request.DESCRIPTOR))
        if not finders:
            return Steps()
        tests = [finder.quick for finder in finders if finder.quick is not None]
        is_fine = Quick.joined(tests).is_fine if len(tests) == len(finders) else _in_doubt

        def check(call: Call, request: Message) -> None:
            if is_fine(request):
                return
            found: list[Violation] = []
            for finder in finders:
                found += finder.find(request)
            if found:
                raise InvalidArgument(_joined(found[:_MOST]))

        return Steps(check=check)

    def _finders(self, descriptor: Any) -> Iterable["_Finder"]:
        required = required_fields(descriptor)
        if required is not None:
            yield _Finder(lambda message: _absent(required, message), required.quick)
        if has_rules(descriptor):
            # One for all methods, made only where there are rules: importing it takes long.
            self._rules = self._rules or _Rules()
            yield self._rules.compile(descriptor)


class _Finder(NamedTuple):
    """Finds what is wrong with a message."""

    find: Callable[[Message], Sequence[Violation]]
    quick: Quick | None
    """Tells without it that nothing is; None where only it can tell."""


def _in_doubt(message: Message) -> bool:
    return False


def _absent(required: Required, message: Message) -> Sequence[Violation]:
    return [(path, "is required") for path in islice(required.missing(message), _MOST)]


class _Rules:
    """The rules of buf.validate."""

    def __init__(self) -> None:
        import protovalidate

        self._broken = (protovalidate.CompilationError, protovalidate.EvaluationError)
        self._validator: Any = protovalidate.Validator()

    def compile(self, descriptor: Descriptor) -> _Finder:
        """Compile the rules of a message and all in it. Raises StartError for a broken one."""
        from google.protobuf.message_factory import GetMessageClass

        for found in reachable(descriptor):
            try:
                self._validator.collect_violations(GetMessageClass(found)())
            except self._broken as error:
                raise StartError(f"the rules of {found.full_name} are broken: {error}.") from None
        if any(_has_own_rules(inner) for inner in reachable(descriptor)[1:]):
            return _Finder(self.violations, None)
        quick = quick_test(descriptor)
        if quick is None:
            return _Finder(self.violations, None)
        return _Finder(lambda m: () if quick.is_fine(m) else self.violations(m), quick)

    def violations(self, message: Message) -> list[Violation]:
        """What is wrong with a message."""
        collect = self._validator.collect_violations
        try:
            found = collect(message, fail_fast=True)
            if found and message.ByteSize() <= _LARGE:
                found = collect(message)
        except self._broken as error:
            # Rules that are broken were found at the start: this one had more to look at than it
            # may, or fails for what this message says, which is the message's fault.
            about = {"message_type": message.DESCRIPTOR.full_name, "reason": str(error)}
            _LOG.warning("a request could not be checked", extra=about)
            return [("", "it cannot be checked against its rules")]
        protos = (violation.proto for violation in found)
        return [(_path(one.field), one.message or f"breaks {one.rule_id}") for one in protos]


def has_rules(descriptor: Descriptor) -> bool:
    """Whether a message, or one in it, has rules of buf.validate."""
    return any(_has_own_rules(found) for found in reachable(descriptor))


@cache
def _has_own_rules(descriptor: Descriptor) -> bool:
    parts = (descriptor, *descriptor.fields, *descriptor.oneofs)
    options = (option for part in parts for option, _ in part.GetOptions().ListFields())
    return any(option.full_name.startswith("buf.validate.") for option in options)


def _path(field: Any) -> str:
    """``orders[0].notes["a"]``, out of a buf.validate.FieldPath."""
    path = ""
    for element in field.elements if field is not None else ():
        path += f".{element.field_name}" if path else element.field_name
        if element.subscript is not None:
            path += f"[{json.dumps(element.subscript.value)}]"
    return path


def _joined(violations: Iterable[Violation]) -> dict[str, str]:
    """One reason a field, which may break several rules."""
    reasons: dict[str, str] = {}
    for path, reason in violations:
        reasons[path] = f"{reasons[path]}; {reason}" if path in reasons else reason
    return reasons
