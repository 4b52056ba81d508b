"""From messages to facts and back: the only place that knows both."""

import secrets
import time
from itertools import groupby

import grpc
from google.protobuf.timestamp_pb2 import Timestamp

from .gen import orderbook_pb2 as pb
from .market import Update
from .order import MAX_TICKS, Cancellation, Execution, Fill, Order, Side
from .refusal import BatchTooLong, BookFull, InvalidOrder, Refusal, UnknownOrder, UnknownSymbol
from .session import Result

TICKS_PER_UNIT = 100

STATUS = {
    InvalidOrder: grpc.StatusCode.INVALID_ARGUMENT,
    UnknownSymbol: grpc.StatusCode.NOT_FOUND,
    UnknownOrder: grpc.StatusCode.NOT_FOUND,
    BookFull: grpc.StatusCode.RESOURCE_EXHAUSTED,
    BatchTooLong: grpc.StatusCode.RESOURCE_EXHAUSTED,
}
REASON = {
    InvalidOrder: pb.REJECTION_REASON_INVALID,
    UnknownSymbol: pb.REJECTION_REASON_UNKNOWN_SYMBOL,
    UnknownOrder: pb.REJECTION_REASON_UNKNOWN_ORDER,
    BookFull: pb.REJECTION_REASON_BOOK_FULL,
}


def to_ticks(price: float) -> int:
    """A price in ticks. Raises InvalidOrder unless it is in range and exactly a multiple.

    Exactly means: the double nearest to that decimal. No tolerance could tell 10.005,
    which is a mistake, from the noise of a sum, and the trader can.
    """
    if not 0 < price <= MAX_TICKS / TICKS_PER_UNIT:  # not a number fails this as well
        most = MAX_TICKS // TICKS_PER_UNIT
        raise InvalidOrder(f"price must be more than 0 and at most {most}", "price")
    ticks = round(price * TICKS_PER_UNIT)
    if to_price(ticks) != price:
        raise InvalidOrder(f"price {price!r} is not a multiple of {1 / TICKS_PER_UNIT}", "price")
    return ticks


def to_price(ticks: int) -> float:
    """The double nearest to a price: a division of whole numbers rounds correctly."""
    return ticks / TICKS_PER_UNIT


def to_order(request: pb.OrderRequest) -> Order:
    """A new order, with an id that cannot be guessed. Raises InvalidOrder."""
    if request.type not in (pb.BUY, pb.SELL):
        raise InvalidOrder(f"type {request.type} is neither BUY nor SELL", "type")
    limit, rests = _terms(request)
    return Order(
        id=secrets.token_urlsafe(12),
        symbol=request.symbol,
        side=Side.BUY if request.type == pb.BUY else Side.SELL,
        quantity=request.quantity,
        limit=limit,
        rests=rests,
    )


def _terms(request: pb.OrderRequest) -> tuple[int | None, bool]:
    match request.WhichOneof("order_variant"):
        case "limit":
            force = request.limit.time_in_force
            if force not in pb.TimeInForce.values():
                raise InvalidOrder(f"time_in_force {force} is not known", "limit.time_in_force")
            return to_ticks(request.price), force == pb.TIME_IN_FORCE_GOOD_TILL_CANCELLED
        case "market":
            if request.price:
                problem = "a market order has no price; send a limit order to set one"
                raise InvalidOrder(problem, "price")
            return None, False
        case _:
            raise InvalidOrder("order_variant is required: market or limit", "order_variant")


def order_response(execution: Execution, at: int | None = None) -> pb.OrderResponse:
    """The answer to an order that was accepted at `at` (nanoseconds), or just now."""
    by_price = groupby(execution.fills, key=lambda fill: fill.price)
    return pb.OrderResponse(
        order_id=execution.order.id,
        status=_status(execution),
        created_at=timestamp(time.time_ns() if at is None else at),
        filled_quantity=execution.filled,
        remaining_quantity=execution.remaining,
        fills=[
            pb.Fill(price=to_price(price), quantity=sum(fill.quantity for fill in fills))
            for price, fills in by_price
        ],
    )


def _status(execution: Execution) -> pb.OrderStatus:
    if not execution.remaining:
        return pb.ORDER_STATUS_FILLED
    if not execution.resting:
        return pb.ORDER_STATUS_CANCELLED
    return pb.ORDER_STATUS_PARTIALLY_FILLED if execution.fills else pb.ORDER_STATUS_OPEN


def price_update(update: Update) -> pb.PriceUpdate:
    """How a symbol stands; what there is not is absent."""
    quote = update.quote
    reply = pb.PriceUpdate(
        symbol=update.symbol, timestamp=timestamp(update.at), sequence=update.sequence
    )
    if quote.last is not None:
        reply.price = to_price(quote.last)
    if quote.bid is not None:
        reply.bid_price, reply.bid_quantity = to_price(quote.bid.price), quote.bid.quantity
    if quote.ask is not None:
        reply.ask_price, reply.ask_quantity = to_price(quote.ask.price), quote.ask.quantity
    return reply


def trade_result(result: Result) -> pb.TradeResult:
    """What happened to a live trader."""
    reply = pb.TradeResult(action_id=result.action_id, occurred_at=timestamp(result.at))
    match result.event:
        case Execution() as execution:
            reply.placed.CopyFrom(order_response(execution, result.at))
        case Fill() as fill:
            reply.filled.order_id = fill.maker
            reply.filled.price = to_price(fill.price)
            reply.filled.quantity = fill.quantity
            reply.filled.remaining_quantity = fill.maker_remaining
        case Cancellation() as cancellation:
            reply.cancelled.order_id = cancellation.order_id
            reply.cancelled.cancelled_quantity = cancellation.quantity
        case Refusal() as refusal:
            reply.rejected.reason = REASON[type(refusal)]
            reply.rejected.detail = str(refusal)
    return reply


def timestamp(nanoseconds: int) -> Timestamp:
    """A point in time, from nanoseconds since 1970."""
    stamp = Timestamp()
    stamp.FromNanoseconds(nanoseconds)
    return stamp
