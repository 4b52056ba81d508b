"""What a till does. Mine: ``python -m market.till TARGET SKU``."""

import asyncio
import sys

from .client.options import Options
from .errors import SoldOut, StatusError
from .gen.clients import OrdersClient
from .gen.market.v1 import goods_pb2

_OPTIONS = Options(attempts=2, reconnect=1.0)
"""Mine: somebody stands in front of it."""


async def buy(orders: OrdersClient, sku: str) -> str:
    """Mine: order one of a good; returns what the till shows."""
    try:
        lines = [goods_pb2.Line(sku=sku, quantity=1)]
        order = await orders.place(lines=lines, metadata=[("x-shop", "main")])
    except SoldOut as error:
        return f"{error.left} left"  # mine
    except StatusError as error:
        return f"try again: {error.message}"  # mine
    return order.id


async def _main(target: str, sku: str) -> None:
    async with OrdersClient(target, options=_OPTIONS) as orders:
        print(await buy(orders, sku))  # mine


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:3]))
