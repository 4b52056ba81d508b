"""Messages for tests: complete, valid by what their protos say, and the same every time.

    sample(order_pb2.Order)                  something sensible in every field
    sample(order_pb2.Order, quantity=3)      with fields of your choice; None leaves one out

What is sensible beyond the protos, nobody knows but you: say it in `SENSIBLE`.
"""

from collections.abc import Mapping
from typing import Any, TypeAlias, TypeVar

from google.protobuf.descriptor import Descriptor
from google.protobuf.descriptor import FieldDescriptor as Field
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from .rules import Rules, fitting, flat, is_map, rules_of

M = TypeVar("M", bound=Message)

Tree: TypeAlias = dict[str, Any]
"""The fields of a message by their names; those of messages in it are trees too."""

SENSIBLE: Mapping[str, Mapping[str, Any]] = {
    # "market.v1.OrdersRequest": {"symbol": "ACME", "quantity": 5, "note": None},
}
"""Fields by the full name of their message, for all tests in tests/gen/ and for load/.

TODO(you): name what your service takes, such as an id that exists. None leaves a field out.
"""

_LEFT_OUT = frozenset({"etag", "page_token", "read_mask", "update_mask", "validate_only"})
"""Fields whose conventional meaning (google.aip.dev) makes a made-up value wrong."""

_KNOWN: Mapping[str, Tree] = {
    "google.protobuf.Any": {},
    "google.protobuf.Duration": {"seconds": 1},
    "google.protobuf.FieldMask": {},
    "google.protobuf.ListValue": {},
    "google.protobuf.Struct": {},
    "google.protobuf.Timestamp": {"seconds": 1_700_000_000},
    "google.protobuf.Value": {"string_value": "value"},
}
"""Types of Google's that mean more than their fields say."""


def sample(kind: type[M], /, **fields: Any) -> M:
    """A message of a type; ``fields`` go before what is sensible."""
    descriptor: Any = kind.DESCRIPTOR
    message = build(descriptor, {**sample_tree(descriptor), **fields})
    assert isinstance(message, kind)
    return message


def sample_tree(descriptor: Descriptor, above: tuple[str, ...] = ()) -> Tree:
    """The fields of a message; messages that contain themselves stop at the first."""
    tree: Tree = {}
    if descriptor.full_name in _KNOWN:
        tree |= _KNOWN[descriptor.full_name]
    else:
        chosen = {oneof.fields[0].name for oneof in descriptor.oneofs if oneof.fields}
        for field in descriptor.fields:
            if field.containing_oneof is not None and field.name not in chosen:
                continue
            if field.name not in _LEFT_OUT or field.is_required:
                value = _value(field, (*above, descriptor.full_name))
                if value is not None:
                    tree[field.name] = value
    for name, value in SENSIBLE.get(descriptor.full_name, {}).items():
        oneof = descriptor.fields_by_name[name].containing_oneof
        for other in oneof.fields if oneof is not None else ():
            tree.pop(other.name, None)
        tree[name] = value
    return tree


def build(descriptor: Descriptor, tree: Any) -> Message:
    """The message of a tree, made from the inside out."""
    if isinstance(tree, Message):
        return tree
    fields = descriptor.fields_by_name
    values = {name: value for name, value in tree.items() if value is not None}
    # Only a constructor takes fields of any name: one called CopyFrom hides the method.
    kind: Any = GetMessageClass(descriptor)
    message: Message = kind(**{name: _built(fields[name], value) for name, value in values.items()})
    return message


def entry(field: Field) -> tuple[Field, Field]:
    """Key and value of a map."""
    assert field.message_type is not None
    return field.message_type.fields_by_name["key"], field.message_type.fields_by_name["value"]


def _built(field: Field, value: Any) -> Any:
    if field.message_type is None:
        return value
    if is_map(field):
        inner = entry(field)[1].message_type
        return value if inner is None else {k: build(inner, v) for k, v in value.items()}
    if field.is_repeated:
        return [build(field.message_type, item) for item in value]
    return build(field.message_type, value)


def _value(field: Field, above: tuple[str, ...]) -> Any:
    rules = rules_of(field)
    if is_map(field):
        key, value = entry(field)
        inner = _one(value, flat(rules["values"]) if "values" in rules else {}, above)
        first = fitting(key, flat(rules["keys"]) if "keys" in rules else {})
        return {} if inner is None else {first: inner}
    if field.is_repeated:
        one = _one(field, flat(rules["items"]) if "items" in rules else {}, above)
        many = 1 if rules.get("unique") else max(1, int(rules.get("min_items", 1)))
        return [] if one is None else [one] * many
    return _one(field, rules, above)


def _one(field: Field, rules: Rules, above: tuple[str, ...]) -> Any:
    if field.message_type is None:
        return fitting(field, rules)
    name = field.message_type.full_name
    return None if name in above else sample_tree(field.message_type, above)
