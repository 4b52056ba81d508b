"""Tells watchers how prices change, at the pace of each watcher."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from .matching import Quote
from .refusal import UnknownSymbol


@dataclass(frozen=True, slots=True)
class Update:
    """How a symbol stands since `at` (nanoseconds); `sequence` counts its changes from 0."""

    symbol: str
    quote: Quote
    sequence: int
    at: int


class Watcher:
    """What one watcher has yet to see: for each symbol the latest update and no other.

    So it holds at most one update per symbol, however slowly it is read.
    """

    def __init__(self, unseen: Iterable[Update]) -> None:
        self._unseen = OrderedDict((update.symbol, update) for update in unseen)
        self._news = asyncio.Event()

    def show(self, update: Update) -> None:
        """Put an update in the place of an unseen one, whose turn it keeps. Never waits."""
        self._unseen[update.symbol] = update
        self._news.set()

    def __aiter__(self) -> "Watcher":
        return self

    async def __anext__(self) -> Update:
        """The next update, as soon as there is one; a watcher is never at its end."""
        while not self._unseen:
            self._news.clear()
            await self._news.wait()
        return self._unseen.popitem(last=False)[1]


class Market:
    """The latest update of each symbol, and who watches it. For one event loop."""

    def __init__(self, symbols: Iterable[str], clock: Callable[[], int] = time.time_ns) -> None:
        self._clock = clock
        self._latest = {symbol: Update(symbol, Quote(), 0, clock()) for symbol in symbols}
        self._watchers: dict[str, set[Watcher]] = {symbol: set() for symbol in self._latest}

    def symbols(self, wanted: str) -> tuple[str, ...]:
        """The symbol that is wanted, or all of them for "". Raises UnknownSymbol."""
        if wanted and wanted not in self._latest:
            raise UnknownSymbol(wanted)
        return (wanted,) if wanted else tuple(self._latest)

    def publish(self, symbol: str, quote: Quote) -> None:
        """Show a quote to everybody who watches the symbol, unless nothing changed. Never waits."""
        latest = self._latest[symbol]
        if quote == latest.quote:
            return
        update = Update(symbol, quote, latest.sequence + 1, self._clock())
        self._latest[symbol] = update
        for watcher in self._watchers[symbol]:
            watcher.show(update)

    @contextmanager
    def watch(self, symbols: Iterable[str]) -> Iterator[Watcher]:
        """A watcher of these symbols that starts with how they stand now. Raises KeyError."""
        watched = tuple(symbols)
        watcher = Watcher(self._latest[symbol] for symbol in watched)
        for symbol in watched:
            self._watchers[symbol].add(watcher)
        try:
            yield watcher
        finally:
            for symbol in watched:
                self._watchers[symbol].discard(watcher)
