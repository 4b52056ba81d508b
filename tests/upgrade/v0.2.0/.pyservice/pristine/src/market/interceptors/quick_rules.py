"""The simple rules of ``buf.validate`` as plain Python.

protovalidate decides what is wrong and how that is said. But most rules are bounds and lengths, and
those are checked here at a fifth of its cost.
"""

from collections.abc import Callable, Mapping
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from .quick import Quick, Test

_BOUNDS: Mapping[str, Callable[[Any], Test]] = {
    "gt": lambda bound: lambda value: bool(value > bound),
    "gte": lambda bound: lambda value: bool(value >= bound),
    "lt": lambda bound: lambda value: bool(value < bound),
    "lte": lambda bound: lambda value: bool(value <= bound),
    "const": lambda bound: lambda value: bool(value == bound),
    "in": lambda bound: frozenset(bound).__contains__,
}

_LENGTHS: Mapping[str, Callable[[Any], Test]] = {
    "min_len": lambda bound: lambda value: len(value) >= bound,
    "max_len": lambda bound: lambda value: len(value) <= bound,
    "len": lambda bound: lambda value: len(value) == bound,
    "min_items": lambda bound: lambda value: len(value) >= bound,
    "max_items": lambda bound: lambda value: len(value) <= bound,
    "min_pairs": lambda bound: lambda value: len(value) >= bound,
    "max_pairs": lambda bound: lambda value: len(value) <= bound,
    "const": _BOUNDS["const"],
    "in": _BOUNDS["in"],
}

_WHOLE = ("int32", "int64", "uint32", "uint64", "sint32", "sint64")
_FIXED = ("fixed32", "fixed64", "sfixed32", "sfixed64", "float", "double")
_SIZED = ("string", "bytes", "repeated", "map")

_LOWER = ("gte", "min_len", "min_items", "min_pairs")
_UPPER = ("lte", "max_len", "max_items", "max_pairs")
_ENDS = frozenset((*_LOWER, *_UPPER))
_LEAST, _MOST = -(2**63), 2**64 - 1

_KINDS: Mapping[str, Mapping[str, Callable[[Any], Test]]] = {
    **dict.fromkeys((*_WHOLE, *_FIXED), _BOUNDS),
    **dict.fromkeys(_SIZED, _LENGTHS),
}


def quick_test(descriptor: Descriptor) -> Quick | None:
    """The tests of all rules of a message; None where one of them is not simple."""
    if _rules(descriptor) or any(_rules(oneof) for oneof in descriptor.oneofs):
        return None
    quick = Quick()
    for field in descriptor.fields:
        for rules in _rules(field):
            for kind, value in rules.ListFields():
                bounds = _simple_bounds(field, kind.name, value)
                if bounds is None:
                    return None
                _add(quick, field, kind.name, bounds)
    return quick


def _simple_bounds(field: FieldDescriptor, kind: str, rules: Any) -> Mapping[str, Any] | None:
    """The rules of one kind for a field by name; None where one of them is not simple."""
    makers = _KINDS.get(kind)
    if makers is None or (field.message_type is not None and kind not in _MANY):
        return None
    bounds = {rule.name: bound for rule, bound in rules.ListFields()}
    return bounds if bounds.keys() <= makers.keys() and not _is_inverted(bounds) else None


def _add(quick: Quick, field: FieldDescriptor, kind: str, bounds: Mapping[str, Any]) -> None:
    whole, sized = kind in _WHOLE, kind in _SIZED
    if field.has_presence or not (whole or sized) or not bounds.keys() <= _ENDS:
        quick.others.append(_of_field(field, _joined(bounds, _KINDS[kind])))
        return
    lower = min((b for name, b in bounds.items() if name in _LOWER), default=_LEAST)
    upper = max((b for name, b in bounds.items() if name in _UPPER), default=_MOST)
    (quick.values if whole else quick.lengths).append((field.name, lower, upper))


def _joined(bounds: Mapping[str, Any], makers: Mapping[str, Callable[[Any], Test]]) -> Test:
    """One test of a value for all its bounds."""
    tests = [makers[name](bound) for name, bound in bounds.items()]
    return tests[0] if len(tests) == 1 else lambda value: all(test(value) for test in tests)


_MANY = ("repeated", "map")


def _of_field(field: FieldDescriptor, test: Test) -> Test:
    name = field.name
    if field.has_presence:
        return lambda message: not message.HasField(name) or test(getattr(message, name))
    return lambda message: test(getattr(message, name))


def _is_inverted(bounds: Mapping[str, Any]) -> bool:
    """Whether a lower bound above the upper one means a hole between them."""
    lower = bounds.get("gt", bounds.get("gte"))
    upper = bounds.get("lt", bounds.get("lte"))
    return lower is not None and upper is not None and lower >= upper


def _rules(thing: Any) -> list[Any]:
    """What buf.validate says of a message, a field or a oneof."""
    options = thing.GetOptions().ListFields()
    return [value for option, value in options if option.full_name.startswith("buf.validate.")]
