"""The chain in app.py: what a service does not start with."""

from collections.abc import Sequence
from typing import Any

import grpc
import pytest

from pyservice_runtime.core.start_error import StartError
from pyservice_runtime.errors import PermissionDenied
from pyservice_runtime.interceptors import (
    AccessLog,
    Authentication,
    Authorization,
    ConcurrencyLimit,
    Deadline,
    Interceptor,
    Method,
    RateLimit,
    Tracing,
    Validation,
)
from pyservice_runtime.server.chain import recommended
from pyservice_runtime.server.chain_check import check_chain

from .probe_messages import Order
from .probe_service import ECHO, KINDS, method, probe_service, settings_for_tests

ROLES = method("Admin", roles=("admin",))
SETTINGS = settings_for_tests()


class Tenant(grpc.aio.ServerInterceptor):
    """An interceptor of grpc."""

    seen = 0

    async def intercept_service(self, continuation: Any, handler_call_details: Any) -> Any:
        """Count, and go on."""
        self.seen += 1
        return await continuation(handler_call_details)


class OwnAuthentication(Authentication):
    """Another way to authenticate."""


def without(*kinds: type) -> list[Interceptor]:
    """The recommended chain without some of its interceptors."""
    return [one for one in recommended(SETTINGS) if not isinstance(one, kinds)]


def problem(interceptors: Any, *methods: Method, settings: Any = SETTINGS, unenforced: Sequence[str] = ()) -> str:
    """Why a service does not start; empty if it does."""
    try:
        check_chain(interceptors, methods or KINDS, settings, unenforced)
    except StartError as error:
        return str(error)
    return ""


DECLARED = [
    (Authorization, ROLES, 'Probe/Admin needs Authorization in interceptors=[...]: nothing else enforces "roles"'),
    (Authentication, ROLES, 'Probe/Admin needs Authentication in interceptors=[...]: nothing else enforces "public"'),
    (Authorization, method("Read", scopes=("read",)), 'nothing else enforces "scopes"'),
    (RateLimit, method("Rare", rate=1.0), 'nothing else enforces "rate"'),
    (ConcurrencyLimit, method("Few", concurrency=1), 'nothing else enforces "concurrency"'),
    (Deadline, method("Brief", timeout=1.0), 'nothing else enforces "timeout"'),
    (Validation, method("Order", request=Order), 'nothing else enforces "rules"'),
]


@pytest.mark.parametrize(("kind", "rpc", "sentence"), DECLARED, ids=lambda part: getattr(part, "__name__", ""))
def test_a_declared_policy_needs_its_interceptor(kind: type, rpc: Method, sentence: str) -> None:
    """The sentence names the method, the interceptor, and how to insist."""
    said = problem(without(kind), rpc)
    assert sentence in said
    field = sentence.rpartition('"')[0].rpartition('"')[2]
    assert said.endswith(f'Add it, or insist with Application(unenforced={{"{field}"}}).')
    assert problem(without(kind), rpc, unenforced=[field, *(["scopes"] if field == "roles" else [])]) == ""
    assert problem(recommended(SETTINGS), rpc) == ""


@pytest.mark.parametrize(
    ("kind", "changes", "sentence"),
    [
        (Authentication, {"auth_mode": "mtls"}, "AUTH_MODE needs Authentication"),
        (RateLimit, {"rate_limit": 5.0}, "RATE_LIMIT needs RateLimit"),
        (ConcurrencyLimit, {"max_concurrent_rpcs": 5}, "MAX_CONCURRENT_RPCS needs ConcurrencyLimit"),
        (Deadline, {"default_timeout": 5.0}, "DEFAULT_TIMEOUT needs Deadline"),
    ],
)
def test_a_setting_needs_its_interceptor(kind: type, changes: dict[str, Any], sentence: str) -> None:
    """Where it is set; its default is given up with the interceptor."""
    changed = SETTINGS.model_copy(update=changes)
    changed.model_fields_set.update(changes)
    assert sentence in problem(without(kind), settings=changed)
    assert problem(without(kind)) == ""


def test_an_own_interceptor_may_enforce_a_policy() -> None:
    """It takes the place of the one that it says it replaces."""

    class Roles(Interceptor):
        """Asks another service."""

        enforces = ("roles",)
        after = (Authentication,)

    assert problem([OwnAuthentication(SETTINGS), Roles()], ROLES) == ""


WRONG: dict[str, tuple[Any, str]] = {
    "order": (
        [Authorization(SETTINGS), Authentication(SETTINGS)],
        "app.py: Authorization has to come after Authentication in interceptors=[...].",
    ),
    "order of a subclass": (
        [RateLimit(SETTINGS), OwnAuthentication(SETTINGS)],
        "app.py: RateLimit has to come after OwnAuthentication in interceptors=[...].",
    ),
    "twice": ([AccessLog(), AccessLog()], "app.py: interceptors=[...] has AccessLog twice: keep one."),
    "of grpc": ([Tenant()], "app.py: Tenant is an interceptor of grpc: pass it as grpc_interceptors=[...]."),
    "a class": ([AccessLog], "app.py: type in interceptors=[...] is not an interceptor: derive its class from"),
}


@pytest.mark.parametrize("what", WRONG)
def test_wrong_chains(what: str) -> None:
    """One sentence says what is wrong."""
    interceptors, sentence = WRONG[what]
    assert problem(interceptors).startswith(sentence)


def test_unknown_fields_are_not_insisted_on() -> None:
    """A misspelt one would leave its policy enforced, or not, against what its author thinks."""
    assert problem(recommended(SETTINGS), unenforced=["role"]).startswith('app.py: unenforced has "role", which is not')


def test_what_is_left_out_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Once, with the names; not for what `unenforced` names."""
    with caplog.at_level("INFO"):
        assert problem(without(Tracing, Deadline), unenforced=["timeout"]) == ""
    assert [getattr(record, "missing", None) for record in caplog.records] == ["Tracing"]


async def test_a_service_that_would_enforce_nothing() -> None:
    """It does not start, instead of letting everybody in."""
    with pytest.raises(StartError, match="nothing else enforces"):
        async with probe_service(SETTINGS, ROLES, interceptors=[]):
            pass
    async with probe_service(SETTINGS, ECHO, interceptors=[]) as service:
        assert (await service.call(ECHO, "a")).code is grpc.StatusCode.OK


async def test_interceptors_of_grpc() -> None:
    """They are called for each call of the port."""
    tenant = Tenant()
    async with probe_service(SETTINGS, ECHO, grpc_interceptors=[tenant]) as service:
        assert (await service.call(ECHO, "a")).code is grpc.StatusCode.OK
    assert tenant.seen == 1


class Broken(grpc.aio.ServerInterceptor):
    """An interceptor of grpc that raises."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def intercept_service(self, continuation: Any, handler_call_details: Any) -> Any:
        """Refuse, or fail."""
        raise self._error


@pytest.mark.parametrize(
    ("error", "code", "details"),
    [
        (PermissionDenied("no tenant"), grpc.StatusCode.PERMISSION_DENIED, "no tenant"),
        (ValueError("hunter2"), grpc.StatusCode.INTERNAL, "internal error; request id r-1"),
    ],
)
async def test_errors_of_interceptors_of_grpc(error: Exception, code: grpc.StatusCode, details: str) -> None:
    """They end the call as those of handlers do: grpc would send their text."""
    async with probe_service(SETTINGS, grpc_interceptors=[Broken(error)]) as service:
        for rpc in KINDS:
            end = await service.call(rpc, "a", metadata=[("x-request-id", "r-1")])
            assert (end.code, end.details) == (code, details)
