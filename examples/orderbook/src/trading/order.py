"""Orders, and the facts that follow from them. Prices are whole ticks, quantities whole units."""

from dataclasses import dataclass
from enum import Enum

from .refusal import InvalidOrder

MAX_QUANTITY = 1_000_000_000
MAX_TICKS = 1_000_000_000


class Side(Enum):
    """Which way an order trades."""

    BUY = "buy"
    SELL = "sell"


@dataclass(frozen=True, slots=True)
class Order:
    """A wish to trade. Raises InvalidOrder if it makes no sense.

    Without a `limit` it takes any price. Unless it `rests`, it is cancelled as far as it
    does not trade at once.
    """

    id: str
    symbol: str
    side: Side
    quantity: int
    limit: int | None
    rests: bool

    def __post_init__(self) -> None:
        if not 1 <= self.quantity <= MAX_QUANTITY:
            raise InvalidOrder(
                f"quantity must be at least 1 and at most {MAX_QUANTITY}", "quantity"
            )
        if self.limit is not None and not 1 <= self.limit <= MAX_TICKS:
            raise InvalidOrder(f"limit must be at least 1 and at most {MAX_TICKS} ticks", "price")
        if self.limit is None and self.rests:
            raise InvalidOrder("an order without a limit cannot rest")

    def accepts(self, price: int) -> bool:
        """Whether this order may trade at `price`."""
        if self.limit is None:
            return True
        return price <= self.limit if self.side is Side.BUY else price >= self.limit


@dataclass(frozen=True, slots=True)
class Fill:
    """One trade: the taker came, the maker was there first and set the price."""

    maker: str
    taker: str
    price: int
    quantity: int
    maker_remaining: int


@dataclass(frozen=True, slots=True)
class Execution:
    """What became of an order on arrival."""

    order: Order
    fills: tuple[Fill, ...]
    remaining: int

    @property
    def filled(self) -> int:
        """How much was traded."""
        return self.order.quantity - self.remaining

    @property
    def resting(self) -> bool:
        """Whether the remainder went into the book."""
        return self.remaining > 0 and self.order.rests


@dataclass(frozen=True, slots=True)
class Cancellation:
    """An order that left the book unfilled, and how much of it was still resting."""

    order_id: str
    symbol: str
    quantity: int
