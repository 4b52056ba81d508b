"""Messages with rules of buf.validate."""

import importlib
from collections.abc import Mapping
from functools import cache
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, duration_pb2, timestamp_pb2

from protoc_gen_pyservice.render.pb2 import _clear_json_names, _clear_json_names_of

from .probe_messages import TYPES, types

RULES = """
name: "pyservice/probe/v1/rules.proto" package: "pyservice.probe.v1" syntax: "proto3"
dependency: "buf/validate/validate.proto" dependency: "pyservice/probe/v1/probe.proto"
message_type { name: "Simple"
  field { name: "size" number: 1 type: TYPE_INT32
    options { [buf.validate.field] { int32 { gt: 1 lte: 5 } } } }
  field { name: "name" number: 2 type: TYPE_STRING proto3_optional: true oneof_index: 0
    options { [buf.validate.field] { string { min_len: 2 } } } }
  oneof_decl { name: "_name" } }
message_type { name: "Bounded"
  field { name: "size" number: 1 type: TYPE_INT32
    options { [buf.validate.field] { int32 { gte: 1 lte: 5 } } } }
  field { name: "name" number: 2 type: TYPE_STRING
    options { [google.api.field_behavior]: 2 [buf.validate.field] { string { min_len: 2 max_len: 4 } } } }
  field { name: "tags" number: 3 type: TYPE_STRING label: LABEL_REPEATED
    options { [buf.validate.field] { repeated { max_items: 2 } } } } }
message_type { name: "Formats"
  field { name: "mail" number: 1 type: TYPE_STRING
    options { [buf.validate.field] { string { email: true } } } }
  field { name: "far" number: 2 type: TYPE_INT32
    options { [buf.validate.field] { int32 { gt: 5 lt: 1 } } } } }
message_type { name: "Known"
  field { name: "color" number: 1 type: TYPE_ENUM type_name: "Color"
    options { [buf.validate.field] { enum { defined_only: true } } } } }
message_type { name: "Whole"
  field { name: "parts" number: 3 type: TYPE_MESSAGE type_name: "Simple" label: LABEL_REPEATED
    options { [buf.validate.field] { repeated { max_items: 1 } } } } }
message_type { name: "Divides"
  options { [buf.validate.message] {
    cel { id: "d" message: "m" expression: "10 / (this.by - 7) < 5" } } }
  field { name: "by" number: 1 type: TYPE_INT32 } }
message_type { name: "Broken"
  field { name: "name" number: 1 type: TYPE_STRING
    options { [buf.validate.field] { cel { id: "x" expression: "this.what" } } } } }
"""


@cache
def ruled_types() -> Mapping[str, Any]:
    """The messages by their names."""
    assert all((TYPES, duration_pb2, timestamp_pb2)), "what is imported has to be there"
    pool = descriptor_pool.Default()
    try:
        pool.FindFileByName("buf/validate/validate.proto")
    except KeyError:
        library = importlib.import_module("protovalidate._gen.buf.validate.validate_pb")
        file = descriptor_pb2.FileDescriptorProto.FromString(library.FieldPath.desc().file.proto.to_binary())
        # As generated modules have it: other tests import one in this process.
        file.ClearField("source_code_info")
        _clear_json_names(file.extension)
        for message in file.message_type:
            _clear_json_names_of(message)
        pool.Add(file)
    return types(RULES)
