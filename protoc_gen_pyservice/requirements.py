"""What a generated project asks to have installed, with the oldest versions that will do."""

from .descriptors import Files
from .distributions import DISTRIBUTIONS, PROTOBUF, PROTOVALIDATE, RUN, Distribution, shipped_by, used_for
from .pb2 import Compiled

_PROTOVALIDATE_PROTO = "buf/validate/validate.proto"


def requirements(files: Files, compiled: Compiled) -> tuple[Distribution, ...]:
    """The run-time requirements, in the order of the table.

    grpcio and protobuf are at least the versions that wrote ``gen/``: generated modules refuse older
    ones. A distribution that is not always needed is named when a proto of the project imports from it.
    """
    wanted = {distribution.name for distribution in used_for(RUN)}
    for file in files.all:
        distribution = PROTOVALIDATE if file.name == _PROTOVALIDATE_PROTO else shipped_by(file.name)
        if distribution is not None:
            wanted.add(distribution.name)
    minima = {PROTOBUF.name: compiled.protobuf or PROTOBUF.minimum}
    return tuple(
        distribution._replace(minimum=minima.get(distribution.name) or distribution.minimum or compiled.grpcio)
        for distribution in DISTRIBUTIONS
        if distribution.name in wanted
    )
