"""model: what a proxy has to know of a method."""

import pytest

from protoc_gen_pyservice.model.comments import Doc
from protoc_gen_pyservice.model.services import Import, Method, Policy, Type

_TYPE = Type("a.M", Import(".", "a_pb2", "a_pb2"), "a_pb2.M", "a_pb2.M")


def method(policy: Policy, requests: bool = False, replies: bool = False) -> Method:
    """A method with a policy; ``requests`` and ``replies`` say what streams."""
    return Method("B", "/a.A/B", "b", _TYPE, _TYPE, requests, replies, Doc(), "", False, policy)


@pytest.mark.parametrize(
    ("given", "retried", "alone"),
    [
        (method(Policy()), False, False),
        (method(Policy(roles=("admin",), rate=5.0, audit=True)), False, False),  # the service's business
        (method(Policy(idempotent=True)), True, True),
        (method(Policy(idempotent=True), replies=True), True, True),  # until the first response
        (method(Policy(idempotent=True), requests=True), False, False),  # a stream cannot be sent again
        (method(Policy(), replies=True), False, True),  # it lasts
        (method(Policy(), requests=True), False, False),
        (method(Policy(public=True)), False, True),
        (method(Policy(timeout=0.5)), False, True),
    ],
)
def test_a_route_of_its_own(given: Method, retried: bool, alone: bool) -> None:
    """Only what a proxy treats differently gets one; what can be sent twice is sent twice."""
    assert (given.retried, given.routed_alone) == (retried, alone)


@pytest.mark.parametrize(("seconds", "text"), [(0.5, "1.5s"), (30.0, "31s"), (0.001, "1.001s"), (3600.0, "3601s")])
def test_the_service_ends_a_call_first(seconds: float, text: str) -> None:
    """A proxy waits a second longer."""
    assert method(Policy(timeout=seconds)).gateway_timeout == text
