"""Messages with what protos can declare about their fields, made without a compiler."""

from collections.abc import Mapping
from typing import Any

from google.api import field_behavior_pb2  # type: ignore[import-untyped]
from google.protobuf import descriptor_pb2, descriptor_pool, field_mask_pb2, text_format
from google.protobuf.message_factory import GetMessageClass

FILE = """
name: "pyservice/probe/v1/probe.proto" package: "pyservice.probe.v1" syntax: "proto3"
dependency: "google/protobuf/field_mask.proto"
enum_type { name: "Color"
  value { name: "COLOR_UNSPECIFIED" number: 0 } value { name: "RED" number: 1 } }
message_type { name: "Item"
  field { name: "label" number: 1 type: TYPE_STRING options { [google.api.field_behavior]: 2 } }
  field { name: "order" number: 2 type: TYPE_MESSAGE type_name: "Order" } }
message_type { name: "Note"
  field { name: "item" number: 1 type: TYPE_MESSAGE type_name: "Item" } }
message_type { name: "Order"
  field { name: "name" number: 1 type: TYPE_STRING options { [google.api.field_behavior]: 2 } }
  field { name: "color" number: 2 type: TYPE_ENUM type_name: "Color"
    options { [google.api.field_behavior]: 2 } }
  field { name: "count" number: 3 type: TYPE_INT32 options { [google.api.field_behavior]: 2 } }
  field { name: "main" number: 4 type: TYPE_MESSAGE type_name: "Item"
    options { [google.api.field_behavior]: 2 } }
  field { name: "items" number: 5 type: TYPE_MESSAGE type_name: "Item" label: LABEL_REPEATED }
  field { name: "named" number: 6 type: TYPE_MESSAGE type_name: "NamedEntry" label: LABEL_REPEATED }
  field { name: "post" number: 7 type: TYPE_STRING oneof_index: 0
    options { [google.api.field_behavior]: 2 } }
  field { name: "mail" number: 8 type: TYPE_STRING oneof_index: 0 }
  field { name: "update_mask" number: 9 type: TYPE_MESSAGE type_name: "google.protobuf.FieldMask" }
  field { name: "password" number: 10 type: TYPE_STRING options { debug_redact: true } }
  field { name: "counts" number: 11 type: TYPE_MESSAGE type_name: "CountsEntry"
    label: LABEL_REPEATED }
  field { name: "note" number: 12 type: TYPE_MESSAGE type_name: "Note" }
  oneof_decl { name: "way" }
  nested_type { name: "NamedEntry" options { map_entry: true }
    field { name: "key" number: 1 type: TYPE_STRING }
    field { name: "value" number: 2 type: TYPE_MESSAGE type_name: "Item" } }
  nested_type { name: "CountsEntry" options { map_entry: true }
    field { name: "key" number: 1 type: TYPE_INT32 }
    field { name: "value" number: 2 type: TYPE_ENUM type_name: "Color" } } }
"""


_LOADED = (field_behavior_pb2, field_mask_pb2)
"""What has to be known before the file is read."""


def types(text: str) -> Mapping[str, Any]:
    """The messages of a file that no compiler has seen, by their names."""
    file = text_format.Parse(text, descriptor_pb2.FileDescriptorProto())
    descriptor_pool.Default().Add(file)
    known: Any = descriptor_pool.Default().FindFileByName(file.name)
    return {name: GetMessageClass(one) for name, one in known.message_types_by_name.items()}


TYPES = types(FILE)
Item, Note, Order = TYPES["Item"], TYPES["Note"], TYPES["Order"]
