"""Messages with a field for each rule that tests of a service are made from."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from .probe_messages import types
from .probe_rules import ruled_types

_TEXTS = (
    "len: 4",
    "min_len: 3 max_len: 8",
    "min_bytes: 12",
    "max_bytes: 2",
    'prefix: "pre-" suffix: "-post" contains: "in" min_len: 20',
    'const: "exactly"',
    'in: "one" in: "two"',
    'pattern: "^[a-f]{3}[0-9]+$" max_len: 9',
    r'pattern: "^\\p{Greek}*$"',
    "email: true",
    "uuid: true",
    "hostname: true",
    "ipv4: true",
    "uri: true",
)

_BYTES = ("min_len: 2 max_len: 3", "len: 5")

_NUMBERS = (
    ("INT32", "int32", "gt: 3 lt: 9"),
    ("INT32", "int32", "gte: 5"),
    ("SINT64", "sint64", "lte: -5"),
    ("UINT32", "uint32", "in: 4 in: 6"),
    ("UINT64", "uint64", "const: 7"),
    ("INT64", "int64", "not_in: 1"),
    ("INT32", "int32", "gt: 9 lt: 3"),
    ("FIXED32", "fixed32", "lt: 1000"),
    ("DOUBLE", "double", "gt: 0 lt: 1"),
    ("FLOAT", "float", "gte: 2.5 finite: true"),
)

_OTHERS = (
    "type: TYPE_BOOL options { [buf.validate.field] { bool { const: true } } }",
    "type: TYPE_BOOL options { [buf.validate.field] { required: true } }",
    'type: TYPE_ENUM type_name: "Color" options { [buf.validate.field] { enum { defined_only: true not_in: 0 } } }',
    'type: TYPE_MESSAGE type_name: "Item" options { [buf.validate.field] { required: true } }',
    'type: TYPE_MESSAGE type_name: "google.protobuf.Timestamp"',
    "type: TYPE_STRING options { [buf.validate.field] { ignore: IGNORE_ALWAYS string { min_len: 3 } } }",
    "type: TYPE_STRING options { [buf.validate.field] { ignore: IGNORE_IF_ZERO_VALUE string { min_len: 1 } } }",
    "type: TYPE_STRING label: LABEL_REPEATED options { [buf.validate.field] {"
    " repeated { min_items: 2 items { string { min_len: 2 } } } } }",
    "type: TYPE_INT32 label: LABEL_REPEATED options { [buf.validate.field] {"
    " repeated { min_items: 1 unique: true items { int32 { gt: 4 } } } } }",
    'type: TYPE_MESSAGE type_name: "Item" label: LABEL_REPEATED',
    'type: TYPE_MESSAGE type_name: "Many" label: LABEL_REPEATED',
)

_MAPS = (
    ("STRING", "INT32", "min_pairs: 1 keys { string { min_len: 3 } } values { int32 { gte: 2 } }"),
    ("BOOL", "STRING", ""),
)


@cache
def field_types() -> Mapping[str, Any]:
    """The messages by their names."""
    assert ruled_types(), "rules are known once these are"
    return types(_file())


def _file() -> str:
    fields = [
        *(f"type: TYPE_STRING options {{ [buf.validate.field] {{ string {{ {rule} }} }} }}" for rule in _TEXTS),
        *(f"type: TYPE_BYTES options {{ [buf.validate.field] {{ bytes {{ {rule} }} }} }}" for rule in _BYTES),
        *(
            f"type: TYPE_{kind} options {{ [buf.validate.field] {{ {name} {{ {rule} }} }} }}"
            for kind, name, rule in _NUMBERS
        ),
        *_OTHERS,
    ]
    numbered = [f'field {{ name: "f{number}" number: {number} {field} }}' for number, field in enumerate(fields, 1)]
    entries = []
    for number, (key, value, rules) in enumerate(_MAPS, len(fields) + 1):
        numbered.append(
            f'field {{ name: "f{number}" number: {number} type: TYPE_MESSAGE type_name: "F{number}Entry"'
            f" label: LABEL_REPEATED options {{ [buf.validate.field] {{ map {{ {rules} }} }} }} }}"
        )
        entries.append(
            f'nested_type {{ name: "F{number}Entry" options {{ map_entry: true }}'
            f' field {{ name: "key" number: 1 type: TYPE_{key} }}'
            f' field {{ name: "value" number: 2 type: TYPE_{value} }} }}'
        )
    return f"""
name: "pyservice/probe/v1/fields.proto" package: "pyservice.probe.v1" syntax: "proto3"
dependency: "buf/validate/validate.proto" dependency: "pyservice/probe/v1/probe.proto"
dependency: "google/protobuf/timestamp.proto"
message_type {{ name: "Many"
  field {{ name: "named" number: 1 type: TYPE_MESSAGE type_name: "NamedEntry" label: LABEL_REPEATED }}
  nested_type {{ name: "NamedEntry" options {{ map_entry: true }}
    field {{ name: "key" number: 1 type: TYPE_STRING }}
    field {{ name: "value" number: 2 type: TYPE_MESSAGE type_name: "Item" }} }} }}
message_type {{ name: "Fields" {" ".join(numbered)} {" ".join(entries)} }}
"""
