"""Objects that cannot be adapted, and methods that they do not have."""

from types import SimpleNamespace
from typing import Any

import grpc
import pytest

from pyservice_runtime.core.start_error import StartError
from pyservice_runtime.server.handler_discovery import HandlerError, find_handlers
from pyservice_runtime.server.rpc_router import source_location
from pyservice_runtime.testing.calls import call

from .legacy_servicers import (
    Auditor,
    PlainLegacy,
    end_of,
    served,
    values,
)
from .probe.gen.registry import RECORD, REGISTRY
from .probe.gen.servicers import EmptyServicer, ProbeServicer
from .probe_service import ECHO, INFO, KINDS, LIST, TALK, text

Code = grpc.StatusCode

each_kind = pytest.mark.parametrize("rpc", KINDS, ids=lambda rpc: rpc.name)


# ---------------------------------------------------------------------------------- what is not implemented


async def test_a_method_that_is_missing() -> None:
    """It is not written yet; the caller sees which class needs it, or has it without logic."""

    class Half:
        def Echo(self, request: Any, context: Any) -> Any:
            return request

        def List(self, request: Any, context: Any) -> Any:
            context.set_code(Code.UNIMPLEMENTED)
            raise NotImplementedError("Method not implemented!")

    async with served(Half()) as channel:
        assert (await call(channel, ECHO, text("a"))).code is Code.OK
        stub = await call(channel, LIST, text("a"))
        assert stub.is_unwritten
        assert "test_adapted_refusals.py:" in stub.details
        missing = await call(channel, TALK, text("a"))
        assert missing.is_unwritten
        assert missing.details.endswith("tests.runtime.test_adapted_refusals, class Half: add Talk")


def generated_base() -> type:
    """The base class in `_pb2_grpc`, as grpc_tools makes it."""
    source = """
class ProbeServicer(object):
    def Echo(self, request, context):
        context.set_code(grpc.StatusCode.UNIMPLEMENTED)
        context.set_details('Method not implemented!')
        raise NotImplementedError('Method not implemented!')

    def List(self, request, context):
        raise NotImplementedError('Method not implemented!')
"""
    names = {"__name__": "probe_pb2_grpc", "grpc": grpc}
    exec(source, names)
    base: type = names["ProbeServicer"]  # type: ignore[assignment]
    return base


async def test_what_the_generated_base_has_is_not_implemented() -> None:
    """Its methods have no logic, so an object with nothing else is refused."""
    base = generated_base()

    class Legacy(base):  # type: ignore[misc, valid-type]
        def Echo(self, request: Any, context: Any) -> Any:
            return request

    assert (await end_of(Legacy(), LIST, "a")).is_unwritten
    with pytest.raises(StartError, match="without any RPC"):
        ProbeServicer.adapt(base())


async def test_a_handler_that_is_half_rewritten() -> None:
    """Methods of the subclass go first, and those that it lacks are the object's."""

    class Half(ProbeServicer):
        async def echo(self, request: Any, context: Any) -> Any:
            return text(f"new {request.value}")

    handler = Half.adapt(PlainLegacy())
    assert source_location(INFO, handler, ECHO) == source_location(INFO, Half(), ECHO)
    Half.__module__ = f"{INFO.package}.handlers.half"
    assert source_location(INFO, Half(), LIST) == "probe/handlers/half.py, class Half: add list"
    assert source_location(INFO, handler, LIST) == source_location(INFO, ProbeServicer.adapt(PlainLegacy()), LIST)
    async with served(handler) as channel:
        assert values(await call(channel, ECHO, text("a"))) == ["new a"]
        assert values(await call(channel, LIST, text("a"))) == ["a", "last"]


async def test_two_services_of_one_class() -> None:
    """Each servicer adapts the object for its own."""

    class Both(PlainLegacy, Auditor):
        pass

    both = Both()
    async with served(both, both) as channel:
        assert values(await call(channel, ECHO, text("a"))) == ["a"]
        assert values(await call(channel, RECORD, text("a"))) == ["recorded a"]


def test_a_service_without_methods() -> None:
    """Any object implements it."""
    assert isinstance(EmptyServicer.adapt(object()), EmptyServicer)


class Ledger:
    """An object with methods that are named almost like RPCs."""

    limit = 3

    def echo(self, request: Any, context: Any) -> Any:
        """A method in snake case."""


REFUSED = {
    "class": (PlainLegacy, "PlainLegacy) gets a class: pass an object of it, PlainLegacy(...)."),
    "handler": (
        ProbeServicer(),
        "ProbeServicer()) gets a handler already: pass it to handlers=[...] as it is.",
    ),
    "another": (
        Auditor(),
        "Auditor()) gets an object without any RPC of pyservice.probe.v1.Probe, but with those of "
        "pyservice.probe.v1.Audit: use AuditServicer.adapt.",
    ),
    "nearest": (
        Ledger(),
        "Ledger()) gets an object without any RPC of pyservice.probe.v1.Probe: rename echo to Echo if it is meant for "
        "that.",
    ),
    "nothing": (
        SimpleNamespace(echo=1),
        "SimpleNamespace()) gets an object without any RPC of pyservice.probe.v1.Probe: its methods are named as in "
        "the proto, such as Echo.",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused(what: str) -> None:
    """One sentence names the call in app.py, the reason and the way out."""
    implementation, message = REFUSED[what]
    with pytest.raises(StartError) as refused:
        ProbeServicer.adapt(implementation)
    assert str(refused.value) == f"app.py: ProbeServicer.adapt({message}"


def test_an_object_that_is_not_adapted() -> None:
    """The start is refused with the call that adapts it."""
    with pytest.raises(HandlerError) as refused:
        find_handlers(REGISTRY, [PlainLegacy()])
    assert str(refused.value) == (
        "app.py passes a PlainLegacy, which is not a subclass of a servicer in gen/servicers.py: "
        "pass ProbeServicer.adapt(...) of it."
    )
