"""The requirements of a generated project, with minimum versions."""

from ..inputs.descriptors import Files
from ..inputs.distributions import (
    DISTRIBUTIONS,
    PROTOBUF,
    PROTOVALIDATE,
    RUN,
    SERVER,
    Distribution,
    shipped_by,
    used_for,
)
from .pb2 import Compiled

_PROTOVALIDATE_PROTO = "buf/validate/validate.proto"


def requirements(files: Files, compiled: Compiled) -> tuple[Distribution, ...]:
    """Return the run-time requirements, in the order of the table.

    grpcio and protobuf are at least the versions that wrote ``gen/``: generated modules refuse older
    ones. A distribution that is not always needed is included if a proto of the project imports from it.
    """
    wanted = {distribution.name for distribution in (*used_for(RUN), *used_for(SERVER))}
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
