"""The proto with our options: its name, and the one before it had a version."""

OPTIONS_PROTO = "pyservice/v1/options.proto"
OLD_PROTO = "pyservice/options.proto"
