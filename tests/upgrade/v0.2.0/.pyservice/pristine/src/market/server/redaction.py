"""Messages for logs: without the fields that their protos declare ``debug_redact``.

Whatever logs a message logs ``redacted(message)``, and never the message itself.
"""

import math
from functools import cache
from itertools import islice
from typing import Any

from google.protobuf import any_pb2, descriptor_pool, json_format, message_factory
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import DecodeError, Message

_LONGEST_TEXT = 1024
_LONGEST_LIST = 100
_LONGEST_SPECIAL = 16 * 1024
"""What is longer is cut: a log is no copy of the data."""

_SPECIAL = frozenset(
    f"google.protobuf.{name}"
    for name in (
        *("Duration", "FieldMask", "ListValue", "Struct", "Timestamp", "Value"),
        *("BoolValue", "BytesValue", "DoubleValue", "FloatValue", "StringValue"),
        *("Int32Value", "Int64Value", "UInt32Value", "UInt64Value"),
    )
)
"""Messages that JSON has a form of its own for."""


def redacted(message: Message) -> Any:
    """The message as JSON has it: sensitive fields left out, long texts and lists cut."""
    if isinstance(message, any_pb2.Any):
        return _unpacked(message)
    if message.DESCRIPTOR.full_name in _SPECIAL:
        return _special(message)
    return {
        field.full_name if field.is_extension else field.name: _field(field, value)
        for field, value in message.ListFields()
        if not is_sensitive(field)
    }


@cache
def is_sensitive(field: FieldDescriptor) -> bool:
    """Whether a field's value must not be shown."""
    return bool(field.GetOptions().debug_redact)


def _field(field: FieldDescriptor, value: Any) -> Any:
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        of_values = field.message_type.fields_by_name["value"]
        some = islice(value.items(), _LONGEST_LIST)
        return {str(_value(key)): _one(of_values, item) for key, item in some}
    if field.is_repeated:
        return [_one(field, item) for item in islice(value, _LONGEST_LIST)]
    return _one(field, value)


def _one(field: FieldDescriptor, value: Any) -> Any:
    if field.message_type is not None:
        return redacted(value)
    if field.enum_type is not None:
        known = field.enum_type.values_by_number.get(value)
        return known.name if known else value
    return _value(value)


def _value(value: Any) -> Any:
    """A plain value as JSON can hold it, and no longer than a log line should."""
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    if isinstance(value, str):
        return value if len(value) <= _LONGEST_TEXT else f"{value[:_LONGEST_TEXT]}..."
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {_value(key): _value(item) for key, item in islice(value.items(), _LONGEST_LIST)}
    if isinstance(value, list):
        return [_value(item) for item in islice(value, _LONGEST_LIST)]
    return value


def _special(message: Message) -> Any:
    """What has a form of its own in JSON, unless what it says has none: a year 300,000, say."""
    size = message.ByteSize()
    if size > _LONGEST_SPECIAL:
        return f"{size} bytes"
    try:
        return _value(json_format.MessageToDict(message))
    except (json_format.Error, ValueError, OverflowError):
        return f"no valid {message.DESCRIPTOR.full_name}"


def _unpacked(packed: any_pb2.Any) -> dict[str, Any]:
    """What is packed; only its type where this process does not know which fields are sensitive."""
    shown: dict[str, Any] = {"@type": packed.type_url}
    try:
        descriptor = descriptor_pool.Default().FindMessageTypeByName(packed.TypeName())
        inner = message_factory.GetMessageClass(descriptor).FromString(packed.value)
    except (KeyError, DecodeError):
        return shown
    value = redacted(inner)
    return {**shown, **value} if isinstance(value, dict) else {**shown, "value": value}
