"""Everything that can be wrong with the user's input.

GenerationError
├── OptionError       an option or a pyservice.toml key that is unknown or has a wrong value
├── ProtoError        a proto that cannot become a service
├── OutputError       an output folder or path that cannot be written
└── CompilerError     the protobuf compiler refused the files

Each message is one sentence or two with the subject, the problem and the way out. A bug of the
generator is none of these: it stays an ordinary exception with its traceback.
"""


class GenerationError(Exception):
    """A mistake of the user's; protoc prints the message and writes nothing."""


class OptionError(GenerationError):
    """An option is unknown, has no value, or has a wrong one."""


class ProtoError(GenerationError):
    """A proto file, or a set of them, cannot be generated."""


class OutputError(GenerationError):
    """The output folder cannot be used."""


class CompilerError(GenerationError):
    """The protobuf compiler refused the descriptors."""
