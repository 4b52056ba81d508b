"""The distributions that a generated project needs: what for, since which version, and which protos they ship.

A module that a distribution ships is imported from there and never generated again: one process can hold
only one version of a proto, and other libraries import it from there too.
"""

from collections.abc import Mapping
from typing import NamedTuple

BUILT_IN_SERVICES = frozenset({"grpc.health.v1.Health", "grpc.reflection.v1alpha.ServerReflection"})
"""Services that every generated server answers by itself; no handler is written for them."""

RUN, ASKED, REDIS, DEV, BUILD = "run", "asked", "redis", "dev", "build"
"""What a distribution is for: each run, protos that ask for it, the extras of the project, and its wheel."""


class Distribution(NamedTuple):
    """One row of the table; its import names are in `installed`."""

    name: str
    minimum: str = ""
    """The oldest version that will do; where there is none, that of the grpcio that wrote ``gen/``."""
    uses: tuple[str, ...] = (RUN,)
    extra: str = ""
    """An extra to install along: ``crypto`` of pyjwt."""
    marker: str = ""
    """Where it is installed, if not everywhere."""
    protos: Mapping[str, str] = {}
    """The protos that it ships: folder -> the stems in it, joined by blanks."""

    @property
    def specifier(self) -> str:
        """The requirement as pyproject.toml has it."""
        extra = f"[{self.extra}]" if self.extra else ""
        return f"{self.name}{extra}>={self.minimum}{'; ' if self.marker else ''}{self.marker}"


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
PROTOVALIDATE = Distribution("protovalidate", "2.1", (ASKED,))
"""Before 2.0 it was a thousand times slower."""

DISTRIBUTIONS = (
    GOOGLEAPIS,
    Distribution("grpcio"),
    Distribution("grpcio-channelz", uses=(ASKED,), protos={"grpc/channelz/v1": "channelz"}),
    Distribution("grpcio-health-checking", protos={"grpc/health/v1": "health"}),
    Distribution("grpcio-reflection", protos={"grpc/reflection/v1alpha": "reflection"}),
    # Imported only where the settings switch them on.
    Distribution("opentelemetry-exporter-otlp-proto-grpc", "1.36"),
    Distribution("opentelemetry-sdk", "1.36"),
    Distribution("prometheus-client", "0.22"),
    PROTOBUF,
    PROTOVALIDATE,
    Distribution("pydantic-settings", "2.7"),
    # Imported only with AUTH_MODE=jwt. Before 2.13 a key could be used with an algorithm that is not its own.
    Distribution("pyjwt", "2.13", extra="crypto"),
    Distribution("uvloop", "0.21", marker="sys_platform != 'win32'"),
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
"""Every distribution that pyproject.toml of a project may name, in the order in which it does."""

_SHIPPED = {
    f"{folder}/{stem}.proto": distribution
    for distribution in DISTRIBUTIONS
    for folder, stems in distribution.protos.items()
    for stem in stems.split()
}


def shipped_by(proto: str) -> Distribution | None:
    """The distribution that ships a proto's module; None where the project has to generate it."""
    return _SHIPPED.get(proto)


def used_for(use: str) -> tuple[Distribution, ...]:
    """The distributions that are for something: one of `RUN`, `ASKED`, `REDIS`, `DEV` and `BUILD`."""
    return tuple(distribution for distribution in DISTRIBUTIONS if use in distribution.uses)
