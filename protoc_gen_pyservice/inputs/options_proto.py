"""The name of the proto with pyservice's options, and its name before it had a version."""

OPTIONS_PROTO = "pyservice/v1/options.proto"
OLD_PROTO = "pyservice/options.proto"
