"""policies: what is declared more weakly and more strongly about a method becomes one policy."""

from collections.abc import Mapping
from typing import Any

import pytest
from google.protobuf.descriptor_pb2 import MethodDescriptorProto, ServiceDescriptorProto

from protoc_gen_pyservice.errors import ProtoError
from protoc_gen_pyservice.model import Policy
from protoc_gen_pyservice.policies import PolicyTable


def policy(declared: Mapping[str, Mapping[str, Any]]) -> Policy:
    """The policy of acme.Vault/Open."""
    method = MethodDescriptorProto(name="Open")
    return PolicyTable([], declared).policy("acme.Vault", ServiceDescriptorProto(name="Vault"), method)


@pytest.mark.parametrize(
    ("service", "method", "merged"),
    [
        ({"roles": ["a"]}, {"roles": ["b"]}, Policy(roles=("b",))),
        ({"roles": ["a"]}, {"scopes": ["x"]}, Policy(roles=("a",), scopes=("x",))),
        ({"roles": ["a"], "timeout": 5}, {"public": True}, Policy(public=True, timeout=5)),
        ({"public": True}, {"roles": ["a"]}, Policy(roles=("a",))),
        ({"public": True}, {"scopes": ["x"]}, Policy(scopes=("x",))),
        ({"public": True}, {"public": False}, Policy()),
        ({"roles": ["a"]}, {"public": False}, Policy(roles=("a",))),
    ],
)
def test_a_method_goes_before_its_service(
    service: Mapping[str, Any], method: Mapping[str, Any], merged: Policy
) -> None:
    """Who may call is one statement: `public` and roles or scopes undo each other."""
    assert policy({"acme.Vault/*": service, "acme.Vault/Open": method}) == merged


def test_one_place_cannot_say_both() -> None:
    """Which of the two was meant, nobody knows."""
    with pytest.raises(ProtoError, match=r"acme\.Vault/Open is declared public and needs roles or scopes too"):
        policy({"acme.Vault/Open": {"public": True, "roles": ["a"]}})
