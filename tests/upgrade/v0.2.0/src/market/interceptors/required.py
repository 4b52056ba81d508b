"""What ``google.api.field_behavior`` says a request must have, as a few checks a message.

Read from the descriptors once, at start-up. A message that requires nothing, nor anything in it,
has no checks at all.
"""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from .quick import Quick, Test

_REQUIRED = 2
"""google.api.FieldBehavior.REQUIRED"""
_MOST = 2**63
"""No field is longer."""


class Required:
    """The required fields of one message, and of the messages in it."""

    def __init__(self, descriptor: Descriptor) -> None:
        self._own: list[tuple[str, Test]] = []
        self._quick = Quick()
        for field in descriptor.fields:
            if _is_required(field) and (is_there := _presence(field)):
                self._own.append((_shown(field), is_there))
                if _is_sized(field):
                    self._quick.lengths.append((field.name, 1, _MOST))
                else:
                    self._quick.others.append(is_there)
        self._masks = [
            field.name
            for field, inner in messages(descriptor)
            if inner.full_name == "google.protobuf.FieldMask" and not field.is_repeated
        ]
        self._inner: list[tuple[FieldDescriptor, Required]] = []

    @property
    def quick(self) -> Quick | None:
        """The tests whether all of them are there; None where messages inside have some too."""
        return None if self._inner else self._quick

    def missing(self, message: Any) -> Iterator[str]:
        """The paths of the fields that are required and absent."""
        for name, is_there in self._own:
            if not is_there(message):
                yield name
        mask = self._mask(message)
        for field, inner in self._inner:
            for place, value in _values(field, getattr(message, field.name), message):
                for found in inner.missing(value):
                    # An update of the fields in its mask: the others may be absent.
                    if mask is None or _is_in(mask, found):
                        yield f"{place}.{found}"

    def _mask(self, message: Any) -> frozenset[str] | None:
        """The fields that a request wants changed; None where it has no mask."""
        masks = [getattr(message, name) for name in self._masks if message.HasField(name)]
        return frozenset(path for mask in masks for path in mask.paths) if masks else None

    def lead_to(self, field: FieldDescriptor, inner: "Required") -> None:
        """Look into a field's messages too."""
        self._inner.append((field, inner))


def required_fields(descriptor: Descriptor) -> Required | None:
    """The checks of a message; None where neither it nor a message in it requires anything."""
    reached = {found.full_name: found for found in reachable(descriptor)}
    asking = {name for name, found in reached.items() if _asks(found)}
    # Messages contain each other in circles: mark until nothing more leads to a required field.
    while more := {name for name, d in reached.items() if name not in asking and _leads(d, asking)}:
        asking |= more
    checks = {name: Required(reached[name]) for name in asking}
    for name, check in checks.items():
        for field, inner in messages(reached[name]):
            if inner.full_name in asking:
                check.lead_to(field, checks[inner.full_name])
    return checks.get(descriptor.full_name)


def reachable(descriptor: Descriptor) -> list[Descriptor]:
    """A message and all messages in it, each once."""
    found = {descriptor.full_name: descriptor}
    for one in (waiting := [descriptor]):
        for _, inner in messages(one):
            if inner.full_name not in found:
                found[inner.full_name] = inner
                waiting.append(inner)
    return waiting


@cache
def messages(descriptor: Descriptor) -> tuple[tuple[FieldDescriptor, Descriptor], ...]:
    """The fields that hold messages, one or many, with the type of these."""
    pairs = ((f, _value_type(f) if _is_map(f) else f.message_type) for f in descriptor.fields)
    return tuple((field, inner) for field, inner in pairs if inner is not None)


@cache
def _asks(descriptor: Descriptor) -> bool:
    return any(_is_required(field) for field in descriptor.fields)


def _leads(descriptor: Descriptor, asking: set[str]) -> bool:
    return any(inner.full_name in asking for _, inner in messages(descriptor))


def _values(field: FieldDescriptor, value: Any, message: Any) -> Iterator[tuple[str, Any]]:
    """The messages in a field, each with its place: ``items[2]``."""
    if _is_map(field):
        for key, item in value.items():
            yield f"{field.name}[{json.dumps(key)}]", item
    elif field.is_repeated:
        for index, item in enumerate(value):
            yield f"{field.name}[{index}]", item
    elif message.HasField(field.name):
        yield field.name, value


def _is_in(mask: frozenset[str], path: str) -> bool:
    """Whether a mask has a path, or a field that the path is in; as fast for the longest mask."""
    ends = (at for at, letter in enumerate(path) if letter in ".[")
    return "*" in mask or path in mask or any(path[:end] in mask for end in ends)


def _is_required(field: FieldDescriptor) -> bool:
    for option, value in field.GetOptions().ListFields():
        if option.full_name == "google.api.field_behavior":
            return _REQUIRED in value
    return False


def _presence(field: FieldDescriptor) -> Test | None:
    """How to tell that a field is there; None where nobody can: a 0 may be meant or missing."""
    name, oneof = field.name, field.containing_oneof
    if oneof is not None:
        group = oneof.name
        return lambda message: message.WhichOneof(group) is not None
    if field.has_presence:
        return lambda message: bool(message.HasField(name))
    unset = field.enum_type.values_by_number.get(0) if field.enum_type is not None else None
    if _is_sized(field) or (unset and unset.name.endswith("_UNSPECIFIED")):
        return lambda message: bool(getattr(message, name))
    return None


def _is_sized(field: FieldDescriptor) -> bool:
    """Whether a field is there if it has a length."""
    texts = (FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_BYTES)
    return field.is_repeated or (field.type in texts and not field.has_presence)


def _shown(field: FieldDescriptor) -> str:
    oneof = field.containing_oneof
    return oneof.name if oneof is not None and len(oneof.fields) > 1 else field.name


def _is_map(field: FieldDescriptor) -> bool:
    return field.message_type is not None and bool(field.message_type.GetOptions().map_entry)


def _value_type(field: FieldDescriptor) -> Descriptor | None:
    """The messages in a map; None where its values are no messages."""
    assert field.message_type is not None
    return field.message_type.fields_by_name["value"].message_type
