"""The simple rules of ``buf.validate`` as plain Python: whether a message is fine, and no more.

protovalidate decides what is wrong and how that is said. But most messages are fine, most rules are
bounds and lengths, and those are checked here at a fifth of its cost. In doubt the answer is no, and
protovalidate has a look.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor

Test = Callable[[Any], bool]
"""Whether a value, or a message, keeps the rules."""

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

_NUMBERS = ("int32", "int64", "uint32", "uint64", "sint32", "sint64")
_FIXED = ("fixed32", "fixed64", "sfixed32", "sfixed64", "float", "double")

_KINDS: Mapping[str, Mapping[str, Callable[[Any], Test]]] = {
    **dict.fromkeys((*_NUMBERS, *_FIXED), _BOUNDS),
    **dict.fromkeys(("string", "bytes", "repeated", "map"), _LENGTHS),
}


def quick_test(descriptor: Descriptor) -> Test | None:
    """A test of all rules of a message; None where one of them is not simple.

    It may say no to a message that is fine, never yes to one that is not.
    """
    if _rules(descriptor) or any(_rules(oneof) for oneof in descriptor.oneofs):
        return None
    tests: list[Test] = []
    for field in descriptor.fields:
        found = list(_field_tests(field))
        if None in found:
            return None
        tests += [test for test in found if test is not None]
    return lambda message: all(test(message) for test in tests)


def _field_tests(field: FieldDescriptor) -> Iterator[Test | None]:
    """The tests of a message that its rules for one field ask for; None for a rule that is not simple."""
    for rules in _rules(field):
        for kind, value in rules.ListFields():
            makers = _KINDS.get(kind.name)
            if makers is None or (field.message_type is not None and kind.name not in _MANY):
                yield None
                continue
            bounds = {rule.name: bound for rule, bound in value.ListFields()}
            if _is_inverted(bounds) or not bounds.keys() <= makers.keys():
                yield None
                continue
            for name, bound in bounds.items():
                yield _of_field(field, makers[name](bound))


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
