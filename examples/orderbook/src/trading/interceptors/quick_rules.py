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

_WHOLE = ("int32", "int64", "uint32", "uint64", "sint32", "sint64")
_FIXED = ("fixed32", "fixed64", "sfixed32", "sfixed64", "float", "double")
_LEAST, _MOST = -(2**63), 2**64 - 1

_KINDS: Mapping[str, Mapping[str, Callable[[Any], Test]]] = {
    **dict.fromkeys((*_WHOLE, *_FIXED), _BOUNDS),
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

    def is_fine(message: Any) -> bool:
        for test in tests:  # noqa: SIM110 - half the cost of all(): this runs for every request
            if not test(message):
                return False
        return True

    return is_fine


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
            yield _of_field(field, _joined(kind.name, bounds, makers))


def _joined(
    kind: str, bounds: Mapping[str, Any], makers: Mapping[str, Callable[[Any], Test]]
) -> Test:
    """One test of a value for all its bounds; a range is the quickest for whole numbers."""
    if kind in _WHOLE and bounds.keys() <= {"gte", "lte"}:
        return range(bounds.get("gte", _LEAST), bounds.get("lte", _MOST) + 1).__contains__
    if kind == "string" and bounds.keys() <= {"min_len", "max_len"}:
        lengths = range(bounds.get("min_len", 0), bounds.get("max_len", _MOST) + 1)
        return lambda value: len(value) in lengths
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
