"""Which protos have their Python modules in a published distribution.

Such a module is imported from its distribution and never generated again: one process can hold only
one version of a proto, and other libraries import it from there too.
"""

from collections.abc import Mapping
from typing import NamedTuple

BUILT_IN_SERVICES = frozenset({"grpc.health.v1.Health", "grpc.reflection.v1alpha.ServerReflection"})
"""Services that every generated server answers by itself; no handler is written for them."""


class Distribution(NamedTuple):
    """A distribution, its oldest version that will do, and the protos it ships by folder."""

    name: str
    minimum: str
    protos: Mapping[str, str]
    """Folder -> the stems in it, joined by blanks."""


PROTOBUF = Distribution(
    "protobuf",
    "",
    {"google/protobuf": "any api descriptor duration empty field_mask source_context struct timestamp type wrappers"},
)
HEALTH = Distribution("grpcio-health-checking", "", {"grpc/health/v1": "health"})
REFLECTION = Distribution("grpcio-reflection", "", {"grpc/reflection/v1alpha": "reflection"})
CHANNELZ = Distribution("grpcio-channelz", "", {"grpc/channelz/v1": "channelz"})
GOOGLEAPIS = Distribution(
    "googleapis-common-protos",
    "1.70.0",
    {
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

DISTRIBUTIONS = (PROTOBUF, HEALTH, REFLECTION, CHANNELZ, GOOGLEAPIS)


def shipped_by(proto: str) -> Distribution | None:
    """The distribution that ships a proto's module; None where the project has to generate it."""
    folder, _, file = proto.rpartition("/")
    stem = file.removesuffix(".proto")
    for distribution in DISTRIBUTIONS:
        if stem in distribution.protos.get(folder, "").split():
            return distribution
    return None
