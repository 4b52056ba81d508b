"""A method of a handler that is named almost like an RPC is named in the log at the start."""

from typing import Any

import pytest

from pyservice_runtime.core import Registry, Service
from pyservice_runtime.core.context import Context
from pyservice_runtime.server.handler_discovery import find_handlers

from .probe import handlers
from .probe_service import INFO, method

PLACE, CANCEL = method("PlaceOrder"), method("CancelOrder")


class OrderBookServicer:
    """A base class, as it is generated."""

    async def place_order(self, request: Any, context: Context) -> Any:
        """Not written."""
        raise NotImplementedError

    async def cancel_order(self, request: Any, context: Context) -> Any:
        """Not written."""
        raise NotImplementedError


async def written(self: Any, request: Any, context: Context) -> Any:
    """A method with logic."""
    return request


class Mixin:
    """A class of the user's that is not in handlers/."""

    place_orders = written


def handler(*bases: type, module: str = f"{handlers.__name__}.made_up", **members: Any) -> type:
    """A handler class in handlers/."""
    return type("OrderBook", bases or (OrderBookServicer,), {"__module__": module, **members})


def warnings(caplog: pytest.LogCaptureFixture, made: type) -> list[str]:
    """What the log says of a handler at the start."""
    service = Service("trading.OrderBook", OrderBookServicer, (PLACE, CANCEL))
    find_handlers(Registry(INFO, (service,)), [made()])
    assert {record.levelname for record in caplog.records} <= {"WARNING"}
    return [record.getMessage() for record in caplog.records]


def rename(name: str, attribute: str, rpc: str) -> str:
    """The message for one method."""
    return (
        f"OrderBook.{name} serves no RPC: rename it to {attribute} if it is meant for "
        f"pyservice.probe.v1.Probe/{rpc}, or to _{name} if it is a helper"
    )


NAMED: dict[str, tuple[type, list[str]]] = {
    "a letter is missing": (handler(place_oder=written), [rename("place_oder", "place_order", "PlaceOrder")]),
    "a plural": (handler(cancel_orders=written), [rename("cancel_orders", "cancel_order", "CancelOrder")]),
    "camel case": (handler(placeOrder=written), [rename("placeOrder", "place_order", "PlaceOrder")]),
    "as in the proto": (handler(PlaceOrder=written), [rename("PlaceOrder", "place_order", "PlaceOrder")]),
    "static": (handler(place_oder=staticmethod(written)), [rename("place_oder", "place_order", "PlaceOrder")]),
    "in a base class in handlers/": (
        handler(handler(place_oder=written)),
        [rename("place_oder", "place_order", "PlaceOrder")],
    ),
    "two": (
        handler(place_oder=written, CancelOrder=written),
        [rename("place_oder", "place_order", "PlaceOrder"), rename("CancelOrder", "cancel_order", "CancelOrder")],
    ),
}

UNNAMED = {
    "nothing of its own": handler(),
    "written": handler(place_order=written, place_oder=written, PlaceOrder=written),
    "written by a base class": handler(handler(place_order=written), place_oder=written),
    "a helper": handler(load=written, cancel_all=written),
    "private": handler(_place_order=written, __place_oder=written),
    "not a method": handler(place_oder=7, cancel_oder=property(lambda _: written), CancelOrder=int),
    "a method of a mixin": handler(Mixin, OrderBookServicer),
    "overridden from a mixin": handler(Mixin, OrderBookServicer, place_orders=written),
    "a class elsewhere": handler(place_oder=written, module="trading.books"),
}


@pytest.mark.parametrize(("made", "expected"), NAMED.values(), ids=NAMED)
def test_a_misspelled_method(caplog: pytest.LogCaptureFixture, made: type, expected: list[str]) -> None:
    """One line names the method, the RPC that it resembles, and what to do."""
    assert warnings(caplog, made) == expected


@pytest.mark.parametrize("made", UNNAMED.values(), ids=UNNAMED)
def test_other_methods(caplog: pytest.LogCaptureFixture, made: type) -> None:
    """A handler may have methods of its own, and an RPC that is written is not looked for."""
    assert warnings(caplog, made) == []


def test_the_name_in_the_proto_beside_the_stub(caplog: pytest.LogCaptureFixture) -> None:
    """A handler with a method named as in the proto has its stub still."""

    async def place_order(self: Any, request: Any, context: Context) -> Any:
        raise NotImplementedError

    made = handler(place_order=place_order, PlaceOrder=written, place_orders=written)
    assert warnings(caplog, made) == [rename("PlaceOrder", "place_order", "PlaceOrder")]
