"""What the protos say that a field may hold: one value that fits, and values that certainly do not.

Read from ``google.api.field_behavior`` and ``buf.validate``, as the server reads them. Rules in CEL
are nobody's to guess: say in `tests.messages.SENSIBLE` what satisfies them.
"""

import random
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, TypeAlias

from google.protobuf.descriptor import FieldDescriptor as Field

Rules: TypeAlias = Mapping[str, Any]
"""The rules of one field by their names: ``{"min_len": 3, "max_len": 8}``."""

ABSENT: Any = None
"""Stands where a value would, for a field that is not set."""

BOUNDS = {
    Field.CPPTYPE_INT32: (-(2**31), 2**31 - 1),
    Field.CPPTYPE_UINT32: (0, 2**32 - 1),
    Field.CPPTYPE_INT64: (-(2**63), 2**63 - 1),
    Field.CPPTYPE_UINT64: (0, 2**64 - 1),
}
"""The least and the largest number of each kind."""

_FLOATS = (Field.CPPTYPE_DOUBLE, Field.CPPTYPE_FLOAT)
_REQUIRED = 2  # google.api.FieldBehavior
_IF_ZERO, _ALWAYS = 1, 3  # buf.validate.Ignore

_FORMATS: Mapping[str, Any] = {
    "email": "somebody@example.com",
    "hostname": "example.com",
    "host_and_port": "example.com:443",
    "address": "example.com",
    "ip": "192.0.2.1",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "ip_prefix": "192.0.2.0/24",
    "ipv4_prefix": "192.0.2.0/24",
    "ipv6_prefix": "2001:db8::/32",
    "ip_with_prefixlen": "192.0.2.1/24",
    "ipv4_with_prefixlen": "192.0.2.1/24",
    "ipv6_with_prefixlen": "2001:db8::1/32",
    "uri": "https://example.com/x",
    "uri_ref": "/x",
    "uuid": "123e4567-e89b-42d3-a456-426614174000",
    "tuuid": "123e4567e89b42d3a456426614174000",
    "ulid": "01ARZ3NDEKTSV4RRFFQ69G5FAV",
}


def rules_of(field: Field) -> Rules:
    """What is declared about a field."""
    found: dict[str, Any] = {}
    for option, value in field.GetOptions().ListFields():
        if option.full_name == "google.api.field_behavior" and _REQUIRED in value:
            found["expected"] = True
        elif option.full_name == "buf.validate.field":
            found |= flat(value)
    return {} if found.get("ignore") == _ALWAYS else found


def flat(rules: Any) -> Rules:
    """A buf.validate.FieldRules: its own rules, and beside them those of the field's type."""
    found: dict[str, Any] = {}
    for field, value in rules.ListFields():
        kind = field.containing_oneof
        if kind is not None and kind.name == "type":
            found |= {rule.name: setting for rule, setting in value.ListFields()}
        else:
            found[field.name] = value
    return found


def is_map(field: Field) -> bool:
    """Whether a field is a map."""
    return field.message_type is not None and bool(field.message_type.GetOptions().map_entry)


def is_open(field: Field) -> bool:
    """Whether an enum takes numbers that it has no name for."""
    return field.enum_type is not None and not field.enum_type.is_closed


def fitting(field: Field, rules: Rules) -> Any:
    """A value of a scalar field that is as its rules want it."""
    if "const" in rules:
        return rules["const"]
    if rules.get("in"):
        return rules["in"][0]
    if field.enum_type is not None:
        return _member(field, rules)
    if field.cpp_type == Field.CPPTYPE_BOOL:
        return bool(rules.get("required") or rules.get("expected"))
    if field.type == Field.TYPE_BYTES:
        return _long_enough(field.name, rules, "bytes").encode()
    if field.type == Field.TYPE_STRING:
        return _text(field, rules)
    return _number(field, rules)


def breaking(field: Field, rules: Rules) -> Iterator[tuple[str, Any]]:
    """Values that break a rule of a field, each with the rule's name."""
    for rule, value in _breaking(field, rules):
        if value or rules.get("ignore") != _IF_ZERO:
            yield rule, value


def _breaking(field: Field, rules: Rules) -> Iterator[tuple[str, Any]]:
    if rules.get("required") or (rules.get("expected") and _can_tell(field)):
        yield "required", ABSENT
    if is_map(field):
        if rules.get("min_pairs"):
            yield "min_pairs", {}
    elif field.is_repeated:
        if rules.get("min_items"):
            yield "min_items", []
    elif field.type == Field.TYPE_STRING:
        yield from _wrong_texts(rules)
    elif field.type == Field.TYPE_BYTES:
        yield from ((rule, text.encode()) for rule, text in _wrong_lengths(rules, "bytes"))
    elif field.enum_type is not None:
        if rules.get("defined_only") and is_open(field):
            yield "defined_only", unknown(field)
    elif field.message_type is None and field.cpp_type != Field.CPPTYPE_BOOL:
        yield from _wrong_numbers(field, rules)


def _can_tell(field: Field) -> bool:
    """Whether a missing value differs from a zero, for whoever says REQUIRED and no more."""
    if field.has_presence or field.is_repeated or field.cpp_type == Field.CPPTYPE_STRING:
        return True
    zero = field.enum_type.values_by_number.get(0) if field.enum_type is not None else None
    return zero is not None and bool(zero.name.endswith("_UNSPECIFIED"))


def _member(field: Field, rules: Rules) -> int:
    """The first member of an enum that is no zero, if there is one: a zero may mean nothing."""
    assert field.enum_type is not None
    numbers = [value.number for value in field.enum_type.values]
    allowed = [number for number in numbers if number not in rules.get("not_in", ())] or numbers
    return next((number for number in allowed if number), allowed[0])


def unknown(field: Field) -> int:
    """A number that an enum has no name for."""
    assert field.enum_type is not None
    return next(n for n in range(10_007, 2**31) if n not in field.enum_type.values_by_number)


def _number(field: Field, rules: Rules) -> Any:
    is_float = field.cpp_type in _FLOATS
    low, high = BOUNDS.get(field.cpp_type, (-1e9, 1e9))
    step = 0 if is_float else 1
    low = max(low, rules.get("gte", low), rules.get("gt", low - step) + step)
    high = min(high, rules.get("lte", high), rules.get("lt", high + step) - step)
    middle = (low + high) / 2 if is_float else (low + high) // 2
    within = [number for number in (1, low, high) if low <= number <= high]
    within = [n for n in within if n not in (rules.get("gt"), rules.get("lt"))] or [middle]
    return next((n for n in within if n not in rules.get("not_in", ())), within[0])


def _wrong_numbers(field: Field, rules: Rules) -> Iterator[tuple[str, Any]]:
    is_float = field.cpp_type in _FLOATS
    least, most = BOUNDS.get(field.cpp_type, (-1e300, 1e300))
    wrong: list[tuple[str, Any]] = []
    # A lower bound above the upper one excludes what is between them: nothing to rely on here.
    bounded_twice = rules.keys() & {"gt", "gte"} and rules.keys() & {"lt", "lte"}
    low = rules.get("gt", rules.get("gte"))
    high = rules.get("lt", rules.get("lte"))
    if not (bounded_twice and low is not None and high is not None and low > high):
        wrong += [("gt", rules["gt"])] if "gt" in rules else []
        wrong += [("gte", rules["gte"] - 1)] if "gte" in rules else []
        wrong += [("lt", rules["lt"])] if "lt" in rules else []
        wrong += [("lte", rules["lte"] + 1)] if "lte" in rules else []
    wrong += [("const", rules["const"] + 1)] if "const" in rules else []
    wrong += [("in", max(rules["in"]) + 1)] if rules.get("in") else []
    wrong += [("not_in", rules["not_in"][0])] if rules.get("not_in") else []
    wrong += [("finite", float("nan"))] if rules.get("finite") and is_float else []
    yield from ((rule, n) for rule, n in wrong if n != n or least <= n <= most)


def _text(field: Field, rules: Rules) -> str:
    known = next((text for name, text in _FORMATS.items() if rules.get(name)), None)
    if known is not None:
        return str(known)
    if "pattern" in rules:
        return _matching(
            str(rules["pattern"]), rules.get("min_len", 1), rules.get("max_len", 10**6)
        )
    word = _long_enough(field.name, rules, "len")
    if len(word.encode()) < rules.get("min_bytes", 0):
        word = word.ljust(rules["min_bytes"], "x")
    start, end, inside = (str(rules.get(name, "")) for name in ("prefix", "suffix", "contains"))
    taken = len(start) + len(end) + len(inside)
    return f"{start}{inside}{word[: max(0, len(word) - taken)]}{end}"


def _long_enough(word: str, rules: Rules, unit: str) -> str:
    exactly = rules.get("len", rules.get("len_bytes"))
    least = exactly if exactly is not None else rules.get("min_len", 0)
    most = exactly if exactly is not None else rules.get("max_len", rules.get("max_bytes", 10**6))
    return word.ljust(int(least), "x")[: int(most)]


@cache
def _matching(pattern: str, least: int, most: int) -> str:
    """A text that matches; only where there is a pattern is it worth importing hypothesis."""
    from hypothesis import find
    from hypothesis.strategies import from_regex

    def fits(text: str) -> bool:
        return least <= len(text) <= most

    try:
        found: str = find(from_regex(pattern), fits, random=random.Random(0))
    except Exception:
        # Not every pattern of RE2 is one of Python's.
        return "x"
    return found


def _wrong_texts(rules: Rules) -> Iterator[tuple[str, str]]:
    yield from _wrong_lengths(rules, "len")
    for rule in ("prefix", "suffix", "contains", "const"):
        if rules.get(rule):
            yield rule, "\N{SNOWMAN}"
    if rules.get("in"):
        yield "in", "\N{SNOWMAN}".join(rules["in"])
    for rule in _FORMATS:
        if rules.get(rule):
            yield rule, "no such thing \N{SNOWMAN}"
    if "pattern" in rules:
        yield from (("pattern", text) for text in _mismatches(str(rules["pattern"])))


def _mismatches(pattern: str) -> Iterator[str]:
    try:
        found = re.compile(pattern)
    except re.error:
        return
    yield from (text for text in ("\N{SNOWMAN}\n",) if not found.search(text))


def _wrong_lengths(rules: Rules, unit: str) -> Iterator[tuple[str, str]]:
    for rule in ("min_len", "min_bytes"):
        if rules.get(rule):
            yield rule, "x" * (int(rules[rule]) - 1)
    for rule in ("max_len", "max_bytes", "len", "len_bytes"):
        if rule in rules and rules[rule] < 10**6:
            yield rule, "x" * (int(rules[rule]) + 1)
