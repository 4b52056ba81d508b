"""The context of adapted servicers has what those of grpc have."""

from typing import Any

import grpc
import pytest

from pyservice_runtime.core.call import ServerCall
from pyservice_runtime.core.context import Context, ReaderWriterContext
from pyservice_runtime.core.registry import Method
from pyservice_runtime.server.plain_handlers import ThreadContext
from pyservice_runtime.testing.calls import begin, finish

from .legacy_servicers import (
    served,
    values,
)
from .probe_service import ECHO, KINDS, LIST, text, until

Code = grpc.StatusCode

each_kind = pytest.mark.parametrize("rpc", KINDS, ids=lambda rpc: rpc.name)


# --------------------------------------------------------------------------------------------- the context


@pytest.mark.parametrize("grpc_class", [grpc.ServicerContext, grpc.aio.ServicerContext])
@pytest.mark.parametrize("own", [Context, ThreadContext])
def test_the_context_has_every_name_of_grpc(grpc_class: type, own: type) -> None:
    """`read` and `write` are those of asynchronous handlers of `adapt`: others get an iterator and yield."""
    names = {name for name in dir(grpc_class) if not name.startswith("_")}
    assert {name for name in names if not callable(getattr(own, name, None))} <= {"read", "write"}
    assert all(callable(getattr(ReaderWriterContext, name, None)) for name in names)


class Asking:
    """Uses the rest of grpc's context, with and without `async`."""

    def __init__(self) -> None:
        self.seen: dict[str, Any] = {}
        self.ended: list[Any] = []

    def ask(self, context: Any) -> None:
        """Call each method, in an order in which it has an effect."""
        asked = ("peer", "auth_context", "peer_identity_key", "peer_identities", "code", "details", "done", "cancelled")
        self.seen = {name: getattr(context, name)() for name in (*asked, "is_active")}
        context.set_trailing_metadata([("x-end", "1")])
        self.seen["trailing"] = context.trailing_metadata()
        context.set_compression(grpc.Compression.Gzip)
        context.disable_next_message_compression()
        context.add_done_callback(self.ended.append)
        context.set_details("half of it")
        context.set_code(Code.DATA_LOSS)
        self.seen |= {"code then": context.code(), "details then": context.details()}
        context.set_code(Code.OK)
        with pytest.raises(ValueError, match="return a response"):
            context.abort(Code.OK, "")

    def Echo(self, request: Any, context: Any) -> Any:
        """Ask in a thread."""
        self.ask(context)
        assert list(context.send_initial_metadata([("x-first", "1")]).__await__()) == []
        return request

    async def List(self, request: Any, context: Any) -> Any:
        """Ask in the event loop."""
        self.ask(context)
        yield request


@pytest.mark.parametrize("rpc", [ECHO, LIST], ids=["plain", "async"])
async def test_the_rest_of_the_context(rpc: Method) -> None:
    """What it says before, during and after the call."""
    asking = Asking()
    async with served(asking) as channel:
        started = begin(channel, rpc, [text("a")])
        end = await finish(started)
        assert ("x-end", "1") in list(await started.trailing_metadata())
        await until(lambda: asking.ended)
    assert (end.code, values(end)) == (Code.OK, ["a"])
    assert asking.seen.pop("peer").startswith("ipv")
    assert asking.seen.pop("auth_context").keys() <= {"security_level", "transport_security_type"}
    assert asking.seen == {
        "peer_identity_key": None,
        "peer_identities": None,
        "code": None,
        "details": "",
        "done": False,
        "cancelled": False,
        "is_active": True,
        "trailing": (("x-end", "1"),),
        "code then": Code.DATA_LOSS,
        "details then": "half of it",
    }
    (context,) = asking.ended
    assert (context.done(), context.cancelled(), context.is_active()) == (True, False, False)


def test_the_certificate_of_a_caller() -> None:
    """Its names are the identities of the peer."""
    with pytest.MonkeyPatch.context() as patch:
        context: Any = Context(ServerCall("/a/b", ()))
        names = {"x509_common_name": [b"caller"], "x509_subject_alternative_name": [b"a.example", b"b.example"]}
        patch.setattr(Context, "auth_context", lambda _: names)
        assert context.peer_identity_key() == "x509_subject_alternative_name"
        assert context.peer_identities() == [b"a.example", b"b.example"]
