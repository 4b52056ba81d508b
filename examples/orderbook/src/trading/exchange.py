"""All the books together: a pure exchange for a fixed list of symbols."""

from collections import Counter
from collections.abc import Iterable, Sequence

from .matching import Book, Quote
from .order import Cancellation, Execution, Order
from .refusal import BookFull, UnknownOrder, UnknownSymbol


class Exchange:
    """One book per listed symbol, each with room for `capacity` resting orders.

    The list and the capacity are what bounds the memory of the whole service.
    """

    def __init__(self, symbols: Iterable[str], capacity: int = 100_000) -> None:
        self._books = {symbol: Book() for symbol in symbols}
        self._capacity = capacity
        self._symbol_of: dict[str, str] = {}  # of every resting order

    @property
    def symbols(self) -> tuple[str, ...]:
        """The listed symbols."""
        return tuple(self._books)

    def quote(self, symbol: str) -> Quote:
        """How a symbol stands. Raises UnknownSymbol."""
        return self._book(symbol).quote()

    def place(self, orders: Sequence[Order]) -> list[Execution]:
        """Place the orders one after the other or, if one has to be refused, none.

        Raises UnknownSymbol and BookFull.
        """
        self._admit(orders)
        return [self._place(order) for order in orders]

    def _admit(self, orders: Sequence[Order]) -> None:
        for order in orders:
            self._book(order.symbol)
        # An order that could trade in full is counted too: to know, one would have to place it.
        for symbol, count in Counter(order.symbol for order in orders if order.rests).items():
            if len(self._books[symbol]) + count > self._capacity:
                raise BookFull(symbol, self._capacity)

    def _place(self, order: Order) -> Execution:
        execution = self._books[order.symbol].place(order)
        for fill in execution.fills:
            if not fill.maker_remaining:
                del self._symbol_of[fill.maker]
        if execution.resting:
            self._symbol_of[order.id] = order.symbol
        return execution

    def cancel(self, order_id: str) -> Cancellation:
        """Take a resting order out. Raises UnknownOrder."""
        symbol = self._symbol_of.pop(order_id, None)
        if symbol is None:
            raise UnknownOrder(order_id)
        return Cancellation(order_id, symbol, self._books[symbol].cancel(order_id))

    def _book(self, symbol: str) -> Book:
        if symbol not in self._books:
            raise UnknownSymbol(symbol)
        return self._books[symbol]
