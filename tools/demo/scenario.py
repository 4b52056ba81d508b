"""What the demo knows to tell of an example: how its proto grows, and a client that talks to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Scenario:
    """One example's part of the story."""

    client: Path
    """A program that takes the server's address."""
    proto: str
    """The proto that grows, below the project's folder."""
    place: str
    """The line of it that the new RPC follows."""
    rpc: str
    """The new RPC."""
    handler: str
    """Where its stub goes, below the project's folder."""


SCENARIOS: Mapping[str, Scenario] = {
    "orderbook": Scenario(
        client=_HERE / "trade.py",
        proto="proto/orderbook.proto",
        place="service OrderBook {\n",
        rpc="  // Cancels an order.\n  rpc CancelOrder(CancelRequest) returns (OrderResponse);\n",
        handler="src/trading/handlers/order_book.py",
    )
}
"""By the name of the example."""
