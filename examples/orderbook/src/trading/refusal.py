"""Why the exchange says no: what a trader did wrong, in words for the trader."""


def _shown(name: str) -> str:
    # A status travels in headers, which have no room for whatever somebody sends as a name.
    return repr(name if len(name) <= 32 else name[:31] + "\N{HORIZONTAL ELLIPSIS}")


class Refusal(Exception):
    """An order or a cancellation that is refused and has changed nothing."""


class InvalidOrder(Refusal):
    """The request makes no sense, whatever the state of the market; `field` is what is wrong in it."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class UnknownSymbol(Refusal):
    """The symbol is not listed."""

    def __init__(self, symbol: str) -> None:
        super().__init__(f"symbol {_shown(symbol)} is not listed")


class UnknownOrder(Refusal):
    """No such order rests in a book."""

    def __init__(self, order_id: str) -> None:
        super().__init__(f"no order {_shown(order_id)} rests in the book")


class BookFull(Refusal):
    """The book of a symbol holds as many orders as it may."""

    def __init__(self, symbol: str, capacity: int) -> None:
        super().__init__(f"the book of {symbol} has no room beyond {capacity} resting orders")


class BatchTooLong(Refusal):
    """A batch has more orders than it may."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"a batch has at most {limit} orders")
