"""Exceptions that handlers raise and callers see as a status with details.

StatusError
├── InvalidArgument      a field is wrong, whatever the state of things
├── FailedPrecondition   not possible as things stand
│   └── SoldOut          mine: there is not as much of it
├── OutOfRange           past the end
├── Unauthenticated      nobody knows who is calling
├── PermissionDenied     known, and not allowed
├── NotFound             there is no such thing
├── AlreadyExists        there is one already
├── Aborted              somebody else changed it; try the whole again
├── ResourceExhausted    too much or too often
├── Unavailable          not now; try this call again
├── DeadlineExceeded     it took too long
├── Cancelled            its caller does not want it any more
├── Internal             a bug: callers meet it; raise nothing but what you can explain
├── DataLoss             something is gone for good
└── Unimplemented        there is no such method
    └── NotWritten       an RPC that waits for its logic

Details follow google.rpc (error_details.proto). Any other exception ends a call with INTERNAL and
none of its text.

Clients raise the same classes. One that comes back from a called service says which method it is
from (``rpc``), and does not become the answer of a handler that lets it pass: what another service
tells this one is not meant for this one's callers. They get UNAVAILABLE or DEADLINE_EXCEEDED
without a word, or INTERNAL. ``raise NotFound("order", id) from error`` says it in the service's own name.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import grpc
from google.protobuf.any_pb2 import Any
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2

DETAILS_KEY = "grpc-status-details-bin"

_BUDGET = 4096
"""Bytes that details may take: they travel in metadata, which peers cut off from 8 KiB on."""

_LONGEST = 512
"""Bytes that a message may have: it travels beside the details, and within them."""


class StatusError(Exception):
    """Ends a call with a status; ``details`` are google.rpc messages."""

    code = grpc.StatusCode.UNKNOWN
    rpc = ""
    """The method of another service that it came back from; empty for one of our own."""

    def __init__(self, message: str, details: Sequence[Message] = ()) -> None:
        super().__init__(message)
        self.message = _cut(message)
        self.details = tuple(details)


class InvalidArgument(StatusError):
    """``InvalidArgument({"quantity": "must be positive"})``: each wrong field and why."""

    code = grpc.StatusCode.INVALID_ARGUMENT

    def __init__(self, violations: Mapping[str, str]) -> None:
        self.violations = dict(violations)
        listed = (f"{field}: {reason}".lstrip(": ") for field, reason in violations.items())
        super().__init__("; ".join(listed), [_bad_request(violations)])


class FailedPrecondition(StatusError):
    """``FailedPrecondition("the order is already filled", subject="order 42")``."""

    code = grpc.StatusCode.FAILED_PRECONDITION

    def __init__(self, message: str, *, kind: str = "STATE", subject: str = "") -> None:
        self.kind, self.subject = kind, subject
        failure = error_details_pb2.PreconditionFailure()
        failure.violations.add(type=kind, subject=subject, description=message)
        super().__init__(message, [failure])


class OutOfRange(StatusError):
    """``OutOfRange("offset 900 is past the end, 512")``."""

    code = grpc.StatusCode.OUT_OF_RANGE


class Unauthenticated(StatusError):
    """``Unauthenticated("the token has expired")``."""

    code = grpc.StatusCode.UNAUTHENTICATED


class PermissionDenied(StatusError):
    """``PermissionDenied("only its owner may cancel an order")``."""

    code = grpc.StatusCode.PERMISSION_DENIED


class _ResourceError(StatusError):
    """Concerns one thing, named by its kind and its id."""

    _verb = ""

    def __init__(self, resource: str, name: object, description: str = "") -> None:
        self.resource, self.name = resource, str(name)
        info = error_details_pb2.ResourceInfo(
            resource_type=resource,
            resource_name=self.name,
            description=description,
        )
        super().__init__(description or f"{resource} {name} {self._verb}", [info])


class NotFound(_ResourceError):
    """``NotFound("order", order_id)``."""

    code = grpc.StatusCode.NOT_FOUND
    _verb = "was not found"


class AlreadyExists(_ResourceError):
    """``AlreadyExists("account", name)``."""

    code = grpc.StatusCode.ALREADY_EXISTS
    _verb = "exists already"


class Aborted(StatusError):
    """``Aborted("the cart was changed meanwhile")``: the caller may start over."""

    code = grpc.StatusCode.ABORTED


class _RetryableError(StatusError):
    """Tells the caller when it may try again."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        """``retry_after`` is in seconds."""
        self.retry_after = retry_after
        super().__init__(message, [] if retry_after is None else [_retry_info(retry_after)])


class ResourceExhausted(_RetryableError):
    """``ResourceExhausted("100 orders a second are allowed", retry_after=0.5, quota="orders")``."""

    code = grpc.StatusCode.RESOURCE_EXHAUSTED

    def __init__(
        self, message: str, *, retry_after: float | None = None, quota: str | None = None
    ) -> None:
        """``quota`` says of what there is no more."""
        super().__init__(message, retry_after=retry_after)
        if quota is not None:
            failure = error_details_pb2.QuotaFailure()
            failure.violations.add(subject=quota, description=message)
            self.details = (*self.details, failure)


class Unavailable(_RetryableError):
    """``Unavailable("the exchange is closed", retry_after=30)``."""

    code = grpc.StatusCode.UNAVAILABLE


class DeadlineExceeded(StatusError):
    """The time of a call was over before it was."""

    code = grpc.StatusCode.DEADLINE_EXCEEDED


class Cancelled(StatusError):
    """The other side does not want the call any more, or its client was closed."""

    code = grpc.StatusCode.CANCELLED


class Internal(StatusError):
    """Something is broken; its logs know more."""

    code = grpc.StatusCode.INTERNAL


class DataLoss(StatusError):
    """``DataLoss("the second half of upload 7 is gone")``."""

    code = grpc.StatusCode.DATA_LOSS


class Unimplemented(StatusError):
    """There is no such method, or not here."""

    code = grpc.StatusCode.UNIMPLEMENTED


class NotWritten(Unimplemented):
    """An RPC that waits for its logic; the caller sees UNIMPLEMENTED and where to write it."""

    def __init__(self, message: str = "this RPC is not written yet") -> None:
        super().__init__(message)


class SoldOut(FailedPrecondition):
    """Mine: ``SoldOut("ACME", 3)``: what is left of a good."""

    def __init__(self, sku: str, left: int) -> None:
        self.left = left  # mine: for who wants less of it
        super().__init__(f"there are {left} of {sku}", kind="STOCK", subject=sku)


def status_metadata(error: StatusError) -> tuple[tuple[str, bytes], ...]:
    """The trailing metadata that carries an error's details; empty if it has none.

    Details that would not fit into the budget are left out, the last ones first.
    """
    details = [_packed(detail) for detail in error.details]
    while details:
        status = status_pb2.Status(code=error.code.value[0], message=error.message, details=details)
        encoded = status.SerializeToString()
        if len(encoded) <= _BUDGET:
            return ((DETAILS_KEY, encoded),)
        details.pop()
    return ()


def _packed(detail: Message) -> Any:
    packed = Any()
    packed.Pack(detail)
    return packed


def _cut(message: str) -> str:
    encoded = message.encode(errors="replace")
    if len(encoded) <= _LONGEST:
        return message
    return f"{encoded[:_LONGEST].decode(errors='ignore')}..."


def _bad_request(violations: Mapping[str, str]) -> Message:
    """All violations, or as many as fit: thousands are as much use to a caller as the first few."""
    detail = error_details_pb2.BadRequest()
    for field, reason in violations.items():
        detail.field_violations.add(field=field, description=reason)
        if detail.ByteSize() > _BUDGET - 2 * _LONGEST:
            del detail.field_violations[-1]
            break
    listed: Message = detail
    return listed


def _retry_info(seconds: float) -> Message:
    delay = Duration()
    delay.FromTimedelta(timedelta(seconds=seconds))
    detail: Message = error_details_pb2.RetryInfo(retry_delay=delay)
    return detail
