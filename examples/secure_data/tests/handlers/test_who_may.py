"""Every method is for those that its proto names, and for nobody else."""

from typing import Any

import grpc
import pytest

from securedata.gen.clients import SecureDataServiceClient
from securedata.gen.registry import SERVICES
from securedata.runtime.core import Method

from .._runtime.dev_token_issuer import Issuer
from .callers import Caller, refused

CODE = grpc.StatusCode
METHODS = {method.name: method for service in SERVICES for method in service.methods}
GUARDED = [name for name, method in METHODS.items() if not method.policy.public]


async def call(client: SecureDataServiceClient, method: Method, token: str | None) -> None:
    """Call a method with one empty message, or with none where it takes a stream."""
    metadata = [] if token is None else [("authorization", f"Bearer {token}")]
    request: Any = [] if method.kind.client_streaming else method.request()
    found = getattr(client, method.attribute)(request, metadata=metadata, timeout=5)
    if method.kind.server_streaming:
        async for _ in found:
            pass
    else:
        await found


def test_one_method_is_public() -> None:
    """Whoever adds another one does so knowingly."""
    assert METHODS.keys() - set(GUARDED) == {"GetLimits"}


@pytest.mark.parametrize("name", GUARDED)
async def test_nobody_gets_in_without_a_token(client: SecureDataServiceClient, name: str) -> None:
    """None, or one that nobody signed."""
    for token in (None, "", "not.a.token"):
        with refused(CODE.UNAUTHENTICATED):
            await call(client, METHODS[name], token)


@pytest.mark.parametrize("name", GUARDED)
async def test_an_expired_token_lets_nobody_in(
    client: SecureDataServiceClient, issuer: Issuer, name: str
) -> None:
    """Whatever role and scopes it has."""
    token = issuer.token("root", "admin", "data:read data:write audit:read", seconds=-120)
    with refused(CODE.UNAUTHENTICATED, "expired"):
        await call(client, METHODS[name], token)


@pytest.mark.parametrize("name", GUARDED)
@pytest.mark.parametrize("roles", ["", "guest"])
async def test_a_wrong_role_is_refused(
    client: SecureDataServiceClient, issuer: Issuer, name: str, roles: str
) -> None:
    """All scopes are no role."""
    token = issuer.token("mallory", roles, "data:read data:write audit:read")
    with refused(CODE.PERMISSION_DENIED, "requires the role"):
        await call(client, METHODS[name], token)


@pytest.mark.parametrize("name", GUARDED)
async def test_a_role_without_its_scope_is_refused(
    client: SecureDataServiceClient, issuer: Issuer, name: str
) -> None:
    """A token for reading does not write, not even an admin's."""
    (needed,) = METHODS[name].policy.scopes
    others = {"data:read", "data:write", "audit:read"} - {needed}
    token = issuer.token("root", "admin", " ".join(others))
    with refused(CODE.PERMISSION_DENIED, f"requires the scope {needed}"):
        await call(client, METHODS[name], token)


async def test_an_auditor_sees_no_resources(alice: Caller, auditor: Caller) -> None:
    """Only who changed which; and a user does not see the trail."""
    resource = await alice.create()
    with refused(CODE.PERMISSION_DENIED):
        await auditor.get(resource.id)
    with refused(CODE.PERMISSION_DENIED):
        async for _ in alice.trail():
            pass
    assert [entry.resource_id async for entry in auditor.trail()] == [resource.id]


async def test_a_caller_is_who_its_token_says(alice: Caller, bob: Caller) -> None:
    """What a message says about an owner counts for nothing."""
    resource = await alice.create(owner="bob")
    with refused(CODE.NOT_FOUND):
        await bob.get(resource.id)


async def test_imports_have_a_rate(alice: Caller, bob: Caller) -> None:
    """Ten at once from each caller; another caller is not held up."""
    with refused(CODE.RESOURCE_EXHAUSTED):
        for _ in range(12):
            await alice.bring([])
    assert await bob.bring([]) == []
    assert not (await alice.page()).resources, "other calls of hers go on"
