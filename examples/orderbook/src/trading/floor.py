"""The exchange at work: every change goes through here, and everybody it concerns is told."""

from collections.abc import Iterable, Sequence

from .exchange import Exchange
from .market import Market
from .order import Cancellation, Execution, Fill, Order
from .session import Session


class Floor:
    """Places and cancels orders, tells the watchers the prices and the live traders their fills.

    No method waits for anything. On one event loop that makes each call atomic without
    a lock: no other order, report or price can come in between.
    """

    def __init__(self, exchange: Exchange) -> None:
        self.market = Market(exchange.symbols)
        self._exchange = exchange
        self._owners: dict[str, Session] = {}  # of the resting orders of live traders

    def place(self, orders: Sequence[Order], owner: Session | None = None) -> list[Execution]:
        """Place the orders, all or none (see Exchange.place), to live as long as their owner."""
        executions = self._exchange.place(orders)
        if owner is not None:
            for execution in executions:
                if execution.resting:
                    self._own(execution.order.id, owner)
        for execution in executions:
            for fill in execution.fills:
                self._report(fill)
        self._publish(order.symbol for order in orders)
        return executions

    def cancel(self, order_id: str, by: Session | None = None) -> Cancellation:
        """Cancel an order and tell its owner, unless that is who asks. Raises UnknownOrder."""
        cancellation = self._exchange.cancel(order_id)
        owner = self._disown(order_id)
        if owner is not None and owner is not by:
            owner.tell(cancellation)
        self._publish([cancellation.symbol])
        return cancellation

    def part(self, session: Session) -> None:
        """Cancel what a trader has resting, report it, and close the session."""
        cancellations = [self._exchange.cancel(order_id) for order_id in session.orders]
        for cancellation in cancellations:
            self._disown(cancellation.order_id)
            session.tell(cancellation)
        session.close()
        self._publish(cancellation.symbol for cancellation in cancellations)

    def _own(self, order_id: str, owner: Session) -> None:
        self._owners[order_id] = owner
        owner.orders[order_id] = None

    def _disown(self, order_id: str) -> Session | None:
        owner = self._owners.pop(order_id, None)
        if owner is not None:
            del owner.orders[order_id]
        return owner

    def _report(self, fill: Fill) -> None:
        owner = self._owners.get(fill.maker)
        if owner is not None:
            owner.tell(fill)
            if not fill.maker_remaining:
                self._disown(fill.maker)

    def _publish(self, symbols: Iterable[str]) -> None:
        for symbol in dict.fromkeys(symbols):
            self.market.publish(symbol, self._exchange.quote(symbol))
