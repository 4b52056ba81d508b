"""The distributions that a generated project needs: their use, minimum versions, and the protos they ship.

A module that a distribution ships is imported from it and never generated again: a process can load
only one version of a proto, and other libraries import it from the distribution too.
"""

from collections.abc import Mapping
from typing import NamedTuple

BUILT_IN_SERVICES = frozenset({"grpc.health.v1.Health", "grpc.reflection.v1alpha.ServerReflection"})
"""Services that every generated server implements itself, without a handler."""

RUN, ASKED, SERVER, REDIS, DEV, BUILD = "run", "asked", "server", "redis", "dev", "build"
"""The uses of a distribution: clients and servers, protos that need it, the extras of the project, and its wheel."""


class Distribution(NamedTuple):
    """One row of the table; its import names are in `installed`."""

    name: str
    minimum: str = ""
    """The minimum version; if empty, that of the grpcio that wrote ``gen/``."""
    uses: tuple[str, ...] = (RUN,)
    extra: str = ""
    """An extra to install with it: ``crypto`` of pyjwt."""
    below: str = ""
    """A further bound: ``,<0.4``."""
    marker: str = ""
    """The environment marker, if it is not installed everywhere."""
    protos: Mapping[str, str] = {}
    """The protos that it ships: folder -> stems, separated by blanks."""

    @property
    def specifier(self) -> str:
        """The requirement as pyproject.toml has it."""
        extra = f"[{self.extra}]" if self.extra else ""
        return f"{self.name}{extra}>={self.minimum}{self.below}{'; ' if self.marker else ''}{self.marker}"


GOOGLEAPIS = Distribution(
    "googleapis-common-protos",
    "1.70.0",
    protos={
        "google/api": "annotations auth backend billing client config_change consumer context control distribution documentation endpoint error_reason field_behavior field_info http httpbody label launch_stage log logging metric monitored_resource monitoring policy quota resource routing service source_info system_parameter usage visibility",
        "google/cloud": "common_resources extended_operations",
        "google/cloud/location": "locations",
        "google/gapic/metadata": "gapic_metadata",
        "google/logging/type": "http_request log_severity",
        "google/longrunning": "operations_proto",
        "google/rpc": "code error_details http status",
        "google/rpc/context": "attribute_context audit_context",
        "google/type": "calendar_period color date datetime dayofweek decimal expr fraction interval latlng localized_text money month phone_number postal_address quaternion timeofday",
    },
)
PROTOBUF = Distribution(
    "protobuf",
    "6.33",
    protos={
        "google/protobuf": "any api descriptor duration empty field_mask source_context struct timestamp type wrappers"
    },
)
RUNTIME = "pyservice-runtime"
"""The runtime as a distribution."""
PROTOVALIDATE = Distribution("protovalidate", "2.1", (ASKED,))
"""Before 2.0 it was a thousand times slower."""

DISTRIBUTIONS = (
    GOOGLEAPIS,
    Distribution("grpcio"),
    Distribution("grpcio-channelz", uses=(ASKED,), protos={"grpc/channelz/v1": "channelz"}),
    Distribution("grpcio-health-checking", uses=(SERVER,), protos={"grpc/health/v1": "health"}),
    Distribution("grpcio-reflection", uses=(SERVER,), protos={"grpc/reflection/v1alpha": "reflection"}),
    # Imported only if the settings enable them.
    Distribution("opentelemetry-exporter-otlp-proto-grpc", "1.36", (SERVER,)),
    Distribution("opentelemetry-sdk", "1.36", (SERVER,)),
    Distribution("prometheus-client", "0.22", (SERVER,)),
    PROTOBUF,
    PROTOVALIDATE,
    Distribution("pydantic-settings", "2.7", (SERVER,)),
    # Imported only with AUTH_MODE=jwt. Before 2.13 a key could be used with an algorithm other than its own.
    Distribution("pyjwt", "2.13", (SERVER,), extra="crypto"),
    Distribution("uvloop", "0.21", (SERVER,), marker="sys_platform != 'win32'"),
    Distribution("black", "25.1", (DEV,)),
    Distribution("hypothesis", "6.150", (DEV,)),
    Distribution("mypy", "1.15", (DEV,)),
    Distribution("pytest", "8.3", (DEV,)),
    Distribution("pytest-asyncio", "1.0", (DEV,)),
    Distribution("pytest-cov", "7.0", (DEV,)),
    Distribution("redis", "5.0.1", (REDIS, DEV)),
    Distribution("ruff", "0.9", (DEV,)),
    Distribution("types-grpcio", "1.0.0.20250703", (DEV,)),
    Distribution("types-grpcio-health-checking", "1.0.0.20250506", (DEV,)),
    Distribution("types-grpcio-reflection", "1.0.0.20250506", (DEV,)),
    Distribution("types-protobuf", "6.30", (DEV,)),
    Distribution("hatchling", "1.26", (BUILD,)),
)
"""Every distribution that the pyproject.toml of a project may name, in its order."""

_SHIPPED = {
    f"{folder}/{stem}.proto": distribution
    for distribution in DISTRIBUTIONS
    for folder, stems in distribution.protos.items()
    for stem in stems.split()
}


def runtime_distribution(version: str, extra: str = "") -> Distribution:
    """Return the distribution of the runtime that code generated by ``version`` needs."""
    major, minor = version.split(".")[:2]
    return Distribution(RUNTIME, version, extra=extra, below=f",<{major}.{int(minor) + 1}")


def shipped_by(proto: str) -> Distribution | None:
    """Return the distribution that ships a proto's module; None where the project has to generate it."""
    return _SHIPPED.get(proto)


def used_for(use: str) -> tuple[Distribution, ...]:
    """Return the distributions of a use: one of `RUN`, `ASKED`, `REDIS`, `DEV` and `BUILD`."""
    return tuple(distribution for distribution in DISTRIBUTIONS if use in distribution.uses)


class Needs(NamedTuple):
    """The imports of a folder of the runtime, besides those of the folders below it."""

    below: tuple[str, ...]
    """The folders that it may import."""
    distributions: tuple[str, ...] = ()
    """Imported with it."""
    on_demand: tuple[str, ...] = ()
    """Imported if settings, protos or a program need it."""


_TRACES = ("opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-grpc")

COMPONENT_NEEDS: Mapping[str, Needs] = {
    "version": Needs(()),
    "sbom": Needs(("version",)),
    "core": Needs((), ("grpcio", "protobuf", "googleapis-common-protos"), ("prometheus-client",)),
    "errors": Needs(("core",)),
    "settings": Needs(("core",), ("pydantic-settings",)),
    "jwt": Needs(("core", "settings"), ("pyjwt",)),
    "redis": Needs(("core", "settings"), ("redis",)),
    "interceptors": Needs(("core", "settings", "jwt", "redis"), (), ("protovalidate", *_TRACES)),
    "server": Needs(
        ("core", "settings", "interceptors"),
        ("grpcio-health-checking", "grpcio-reflection"),
        ("prometheus-client", "pyjwt", "uvloop"),
    ),
    "client": Needs(("core",), (), ("prometheus-client", "opentelemetry-sdk")),
    "testing": Needs((), ("grpcio", "protobuf", "googleapis-common-protos", "pytest"), ("hypothesis", "pyjwt")),
}
"""The folders and public modules of the runtime, lowest first: each imports only those below it."""
