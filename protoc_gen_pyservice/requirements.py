"""What a generated project asks to have installed, with the oldest versions that will do."""

from collections.abc import Iterator

from .descriptors import Files
from .distributions import DISTRIBUTIONS, GOOGLEAPIS, shipped_by
from .model import Requirement
from .pb2 import Compiled

_PYDANTIC_SETTINGS = Requirement("pydantic-settings", "2.7")
_PYJWT = Requirement("pyjwt", "2.13", "crypto")
"""Imported only with AUTH_MODE=jwt. Before 2.13 a key could be used with an algorithm that is not its own."""

_PROTOVALIDATE = Requirement("protovalidate", "2.1")
"""Before 2.0 it was a thousand times slower."""
_PROTOVALIDATE_PROTO = "buf/validate/validate.proto"
_TELEMETRY = (
    Requirement("opentelemetry-exporter-otlp-proto-grpc", "1.36"),
    Requirement("opentelemetry-sdk", "1.36"),
    Requirement("prometheus-client", "0.22"),
)
"""Imported only where the settings switch them on."""


def requirements(files: Files, compiled: Compiled) -> tuple[Requirement, ...]:
    """The run-time requirements, sorted by name.

    grpcio and protobuf are at least the versions that wrote ``gen/``: generated modules refuse older
    ones. A distribution is named when a proto of the project imports from it.
    """
    grpcio = compiled.grpcio
    found = {
        "grpcio": Requirement("grpcio", grpcio),
        "grpcio-health-checking": Requirement("grpcio-health-checking", grpcio),
        "grpcio-reflection": Requirement("grpcio-reflection", grpcio),
        GOOGLEAPIS.name: Requirement(GOOGLEAPIS.name, GOOGLEAPIS.minimum),
        "protobuf": Requirement("protobuf", compiled.protobuf or "6.33"),
        _PYDANTIC_SETTINGS.name: _PYDANTIC_SETTINGS,
        _PYJWT.name: _PYJWT,
        **{requirement.name: requirement for requirement in _TELEMETRY},
    }
    if any(file.name == _PROTOVALIDATE_PROTO for file in files.all):
        found[_PROTOVALIDATE.name] = _PROTOVALIDATE
    for name in _shipping(files):
        minimum = next(d.minimum for d in DISTRIBUTIONS if d.name == name)
        found.setdefault(name, Requirement(name, minimum or grpcio))
    return tuple(found[name] for name in sorted(found))


def _shipping(files: Files) -> Iterator[str]:
    for file in files.all:
        distribution = shipped_by(file.name)
        if distribution is not None:
            yield distribution.name
