"""A progress line for commands that take a while."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_PROGRESS_DELAY_SECONDS = 1.0
"""Delay before the progress line appears."""


@contextmanager
def progress(activity: str) -> Iterator[None]:
    """Print a progress line on a terminal if the block takes more than a second; wiped afterwards."""
    if not sys.stderr.isatty():
        yield
        return
    is_shown = threading.Event()

    def show() -> None:
        is_shown.set()
        print(f"pyservice: {activity} ...", end="", flush=True, file=sys.stderr)

    timer = threading.Timer(_PROGRESS_DELAY_SECONDS, show)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        if is_shown.is_set():
            print("\r\033[K", end="", flush=True, file=sys.stderr)
