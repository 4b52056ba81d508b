"""The floor under every plugin written in Python: it reads the request and answers nothing.

The benchmark installs this file as `protoc-gen-empty`.
"""

import sys

from google.protobuf.compiler import plugin_pb2
from google.protobuf.descriptor_pb2 import Edition


def main() -> None:
    """Answer the request on stdin with the features that a plugin has to claim, and no file."""
    plugin_pb2.CodeGeneratorRequest.FromString(sys.stdin.buffer.read())
    features = plugin_pb2.CodeGeneratorResponse.Feature
    response = plugin_pb2.CodeGeneratorResponse(
        supported_features=features.FEATURE_PROTO3_OPTIONAL | features.FEATURE_SUPPORTS_EDITIONS,
        minimum_edition=Edition.EDITION_PROTO2,
        maximum_edition=Edition.EDITION_2024,
    )
    sys.stdout.buffer.write(response.SerializeToString())


if __name__ == "__main__":
    main()
