"""Errors come back as what the service raised, and stop where they are not meant to go on."""

from typing import Any

import grpc
import pytest
from google.protobuf.any_pb2 import Any as Any_
from google.rpc import status_pb2

from tests.client.harness import DepotProject

RAISED: dict[str, tuple[str, dict[str, Any]]] = {
    "invalid": ("InvalidArgument", {"violations": {"what": "is odd", "load": "is too heavy"}}),
    "precondition": ("FailedPrecondition", {"kind": "FULL", "subject": "depot 1", "message": "it is full"}),
    "range": ("OutOfRange", {"message": "past the end"}),
    "unauthenticated": ("Unauthenticated", {}),
    "denied": ("PermissionDenied", {}),
    "missing": ("NotFound", {"resource": "parcel", "name": "7", "message": "parcel 7 was not found"}),
    "exists": ("AlreadyExists", {"resource": "parcel", "name": "7", "message": "it is there"}),
    "aborted": ("Aborted", {}),
    "exhausted": ("ResourceExhausted", {"retry_after": 0.5}),
    "unavailable": ("Unavailable", {"retry_after": 30.0, "message": "closed"}),
    "late": ("DeadlineExceeded", {}),
    "cancelled": ("Cancelled", {}),
    "internal": ("Internal", {"message": "broken"}),
    "loss": ("DataLoss", {}),
    "unimplemented": ("Unimplemented", {}),
    "plain": ("StatusError", {"message": "who knows"}),
    "crash": ("Internal", {}),
}


@pytest.mark.parametrize("what", RAISED)
async def test_each_class_comes_back(depot: DepotProject, what: str) -> None:
    """The same class, the same attributes, the same details; a crash tells nothing."""
    name, attributes = RAISED[what]
    async with depot.running() as port, depot.client(f"127.0.0.1:{port}") as client:
        with pytest.raises(depot.errors.StatusError) as caught:
            await client.put(what=what)
    error = caught.value
    assert type(error).__name__ == name
    assert {key: getattr(error, key) for key in attributes} == attributes
    assert error.rpc == "depot.v1.Depot/Put"
    assert "hunter2" not in str(error)


async def test_details_of_other_types_stay_packed(depot: DepotProject) -> None:
    """A detail of an unknown type is kept packed, and garbage is ignored."""
    errors_from_status = depot.module("runtime.core.errors_from_status")
    packed = Any_(type_url="type.googleapis.com/acme.Odd", value=b"x")
    for raw, details in (
        (status_pb2.Status(details=[packed]).SerializeToString(), (packed,)),
        (b"\xff\xff", ()),
    ):
        trailing = grpc.aio.Metadata(("grpc-status-details-bin", raw))
        error = grpc.aio.AioRpcError(grpc.StatusCode.NOT_FOUND, grpc.aio.Metadata(), trailing, "gone")
        found = errors_from_status.error_from_rpc(error, "a/b")
        assert (found.details, found.resource, found.name, found.message) == (details, "", "", "gone")


async def test_a_connection_that_breaks_under_a_request_is_no_mistake_of_the_services(depot: DepotProject) -> None:
    """grpc.aio calls it INTERNAL where no status comes at all: to a caller the service was not there."""
    stream_status = depot.module("runtime.client.stream_status")
    nothing = grpc.aio.Metadata()
    error = grpc.aio.AioRpcError(grpc.StatusCode.INTERNAL, nothing, nothing, stream_status._INTERNAL_ERROR)
    found = await stream_status.StreamStatus(_Silent()).final(error)
    assert (found.code(), found.details()) == (grpc.StatusCode.UNAVAILABLE, "the connection was lost")


class _Silent:
    """A call that never says what it ended with."""

    def add_done_callback(self, callback: object) -> None:
        """It is not called."""

    async def code(self) -> grpc.StatusCode:
        """What grpc.aio says instead."""
        return grpc.StatusCode.INTERNAL

    async def details(self) -> str:
        """The same in words."""
        return "Internal error from Core"


PASSED_ON = {
    # What another service answers: what the caller of this one sees.
    "missing": ("Internal", "internal error"),
    "denied": ("Internal", "internal error"),
    "unavailable": ("Unavailable", "a service that this one depends on did not respond"),
    "late": ("DeadlineExceeded", "a service that this one depends on did not respond"),
}


@pytest.mark.parametrize("what", PASSED_ON)
async def test_another_services_answer_is_not_ours(depot: DepotProject, what: str) -> None:
    """A handler that lets a client's error pass does not tell its caller what was meant for itself."""
    name, words = PASSED_ON[what]
    async with depot.running() as port, depot.client(f"127.0.0.1:{port}") as client:
        with pytest.raises(depot.errors.StatusError, match=words) as caught:
            await client.put(what="forward", target=f"127.0.0.1:{port}", load=what.encode())
    assert type(caught.value).__name__ == name
    assert "parcel" not in str(caught.value)
    assert not caught.value.details
