"""The services of the base classes."""

from google.protobuf.wrappers_pb2 import StringValue

from pyservice_runtime.core import Kind, Method, Policy, Registry, Service

from ...probe_service import INFO, KINDS, NAME
from . import servicers

RECORD = Method(
    "Record", "/pyservice.probe.v1.Audit/Record", "record", Kind.UNARY_UNARY, StringValue, StringValue, Policy()
)

REGISTRY = Registry(
    INFO,
    (
        Service(NAME, servicers.ProbeServicer, KINDS),
        Service("pyservice.probe.v1.Audit", servicers.AuditServicer, (RECORD,)),
        Service("pyservice.probe.v1.Empty", servicers.EmptyServicer, ()),
    ),
)
