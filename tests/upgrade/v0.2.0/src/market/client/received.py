"""Errors as they come back: the class that the service raised, with its fields."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import grpc
from google.protobuf.any_pb2 import Any as Packed
from google.protobuf.message import DecodeError, Message
from google.rpc import error_details_pb2, status_pb2

from .. import errors

M = TypeVar("M", bound=Message)

_KINDS: dict[grpc.StatusCode, type[errors.StatusError]] = {
    kind.code: kind
    for kind in (
        errors.Cancelled,
        errors.InvalidArgument,
        errors.DeadlineExceeded,
        errors.NotFound,
        errors.AlreadyExists,
        errors.PermissionDenied,
        errors.ResourceExhausted,
        errors.FailedPrecondition,
        errors.Aborted,
        errors.OutOfRange,
        errors.Unimplemented,
        errors.Internal,
        errors.Unavailable,
        errors.DataLoss,
        errors.Unauthenticated,
    )
}

_DETAILS: dict[str, type[Message]] = {
    descriptor.full_name: getattr(error_details_pb2, name)
    for name, descriptor in error_details_pb2.DESCRIPTOR.message_types_by_name.items()
}


def received(error: grpc.aio.AioRpcError, rpc: str) -> errors.StatusError:
    """What stands for the status of a call; its ``rpc`` names the method that it comes from."""
    return restored(error.code(), error.details() or "", details(error), rpc)


def restored(
    code: grpc.StatusCode,
    message: str,
    found: Sequence[Message],
    rpc: str,
) -> errors.StatusError:
    """An exception of the class of a status, with what its details say."""
    kind = _KINDS.get(code, errors.StatusError)
    # Its own __init__ would write the message and the details anew.
    error = kind.__new__(kind)
    errors.StatusError.__init__(error, message, found)
    error.message, error.rpc = message, rpc
    for name, value in _fields(error).items():
        setattr(error, name, value)
    return error


def details(error: grpc.aio.AioRpcError) -> tuple[Message, ...]:
    """The google.rpc messages of a status; those of other types stay packed."""
    for key, value in error.trailing_metadata() or ():
        if key == errors.DETAILS_KEY and isinstance(value, bytes):
            try:
                return tuple(_unpacked(status_pb2.Status.FromString(value).details))
            except DecodeError:
                return ()
    return ()


def _unpacked(packed: Iterable[Packed]) -> Iterable[Message]:
    for item in packed:
        kind = _DETAILS.get(item.TypeName())
        yield kind.FromString(item.value) if kind else item


def _fields(error: errors.StatusError) -> dict[str, Any]:
    """The attributes that each class has beside message and details."""
    match error:
        case errors.InvalidArgument():
            bad = _first(error, error_details_pb2.BadRequest)
            wrong = bad.field_violations if bad else ()
            return {"violations": {each.field: each.description for each in wrong}}
        case errors.NotFound() | errors.AlreadyExists():
            about = _first(error, error_details_pb2.ResourceInfo)
            name = about.resource_name if about else ""
            return {"resource": about.resource_type if about else "", "name": name}
        case errors.FailedPrecondition():
            failure = _first(error, error_details_pb2.PreconditionFailure)
            first = next(iter(failure.violations), None) if failure else None
            return {"kind": first.type if first else "", "subject": first.subject if first else ""}
        case errors.ResourceExhausted() | errors.Unavailable():
            info = _first(error, error_details_pb2.RetryInfo)
            delay = info.retry_delay.ToTimedelta().total_seconds() if info else None
            return {"retry_after": delay}
        case _:
            return {}


def _first(error: errors.StatusError, kind: type[M]) -> M | None:
    return next((detail for detail in error.details if isinstance(detail, kind)), None)
